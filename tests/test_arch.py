"""Architectures as numbers: each number is checked alone, then whether they fit."""

from __future__ import annotations

import dataclasses
import json
import re
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from gluon_nets.arch import BLOCKS, GROUPED, PREACT, STEMS, STRIDE_ON, Arch, Stage
from gluon_nets.compatible import ROUNDINGS, adjust, inner_width

WIDTHS = st.integers(1, 2048)
GROUP_WIDTHS = st.integers(1, 128)
BOTTLENECKS = st.sampled_from([1.0, 2.0, 4.0, 1.5, 0.5, 0.25])
RATIOS = st.sampled_from([0.0, 0.25, 1.0])
DEPTHS, STRIDES = st.integers(1, 9), st.integers(1, 4)
PLAIN = st.builds(Stage, DEPTHS, WIDTHS, stride=STRIDES)
GROUPED_STAGES = st.builds(
    Stage, DEPTHS, WIDTHS, GROUP_WIDTHS, BOTTLENECKS, STRIDES, RATIOS
)


@st.composite
def archs(draw):
    """Any arch that can be written down, whether it can be built or not."""
    block = draw(st.sampled_from(BLOCKS))
    stages = draw(
        st.lists(GROUPED_STAGES if block in GROUPED else PLAIN, min_size=1, max_size=5)
    )
    options = {"block": block, "stem": draw(st.sampled_from(STEMS))}
    if block in ("resnext", "residual"):
        options["shortcut_bn"] = draw(st.booleans())
    if block in GROUPED:
        options["stride_on"] = draw(st.sampled_from(STRIDE_ON))
    return Arch(draw(WIDTHS), stages, **options)


def names(message, *numbers):
    """Whether each number stands in a message, not as a part of another one."""
    words = re.findall(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|nan|inf", str(message))
    return all(f"{number:g}" in words for number in numbers)


def refused(call, *arguments, **options):
    """The message of the ValueError that a call must raise."""
    with pytest.raises(ValueError) as caught:
        call(*arguments, **options)
    message = str(caught.value)
    assert "\n" not in message
    return message


def fits(stage):
    """Whether `inner_width` accepts a stage's numbers."""
    try:
        inner_width(stage.width, stage.group_width, stage.bottleneck)
    except ValueError:
        return False
    return True


# --- Stage --------------------------------------------------------------------------

NO_COUNTS = [0, -1, 2.0, 1.5, "3", None, True, [3]]


@pytest.mark.parametrize("value", NO_COUNTS, ids=repr)
@pytest.mark.parametrize("field", ["depth", "width", "stride", "group_width"])
def test_a_count_is_a_whole_number_of_one_or_more(field, value):
    good = {"depth": 1, "width": 8}
    if (field, value) == ("group_width", None):
        assert Stage(**good, group_width=None).group_width is None
        return
    message = refused(Stage, **{**good, field: value})
    assert message.startswith(f"{field} is {value!r}: ")


NO_NUMBERS = [-1.0, float("nan"), float("inf"), "1", None, True, [1]]


@pytest.mark.parametrize("value", [*NO_NUMBERS, 0], ids=repr)
def test_a_bottleneck_is_above_zero(value):
    message = refused(Stage, 1, 8, bottleneck=value)
    assert message.startswith(f"bottleneck is {value!r}: ")


@pytest.mark.parametrize("value", [*NO_NUMBERS, 1.01], ids=repr)
def test_an_se_ratio_is_from_zero_to_one(value):
    message = refused(Stage, 1, 8, 4, se_ratio=value)
    assert message.startswith(f"se_ratio is {value!r}: ")


@given(WIDTHS, GROUP_WIDTHS, BOTTLENECKS)
def test_a_stage_does_not_ask_whether_its_numbers_fit(width, group_width, bottleneck):
    stage = Stage(1, width, group_width, bottleneck)
    found = (stage.width, stage.group_width, stage.bottleneck)
    assert found == (width, group_width, bottleneck)


@given(st.one_of(PLAIN, GROUPED_STAGES))
def test_a_stage_is_a_value(stage):
    assert stage == dataclasses.replace(stage)
    assert hash(stage) == hash(dataclasses.replace(stage))
    assert stage != dataclasses.replace(stage, width=stage.width + 1)
    assert eval(repr(stage)) == stage


def test_numbers_of_numpy_become_numbers_of_python():
    stage = Stage(*np.array([2, 32, 16]), np.float32(0.5), np.int8(2), np.float64(0.25))
    arch = Arch(np.int64(32), [stage])
    assert stage == Stage(2, 32, 16, 0.5, 2, 0.25)
    kinds = [type(value) for value in dataclasses.astuple(stage)]
    assert kinds == [int, int, int, float, int, float]
    assert Arch.from_json(arch.to_json()) == arch


def test_a_stage_halves_by_default_and_is_no_bottleneck():
    stage = Stage(4, 32)
    assert (stage.group_width, stage.bottleneck, stage.stride) == (None, 1, 2)
    assert stage.se_ratio == 0


# --- Arch ---------------------------------------------------------------------------

STAGE = Stage(4, 32, group_width=16)
ARCH = Arch(32, (STAGE, Stage(6, 80, group_width=16)))


@pytest.mark.parametrize("value, field", [(STAGE, "width"), (ARCH, "stem_width")])
def test_frozen(value, field):
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(value, field, 16)


@given(archs())
def test_stages_of_any_sequence_become_a_tuple(arch):
    assert isinstance(arch.stages, tuple)
    same = dataclasses.replace(arch, stages=iter(list(arch.stages)))
    assert same == arch
    assert hash(same) == hash(arch)
    assert eval(repr(arch)) == arch


@pytest.mark.parametrize("value", NO_COUNTS, ids=repr)
def test_stem_width_is_a_count(value):
    assert refused(Arch, value, (STAGE,)).startswith(f"stem_width is {value!r}: ")


@pytest.mark.parametrize(
    "field, known", [("block", BLOCKS), ("stem", STEMS), ("stride_on", STRIDE_ON)]
)
@pytest.mark.parametrize("value", ["", "ResNeXt", "conv", None, 3, ["conv3"]], ids=repr)
def test_an_unknown_word_is_named_with_what_fits(field, known, value):
    message = refused(Arch, 32, (STAGE,), **{field: value})
    assert message.startswith(f"{field} is {value!r}: ")
    assert all(word in message for word in known)


@pytest.mark.parametrize("value", [0, 1, "no", None], ids=repr)
def test_shortcut_bn_is_true_or_false(value):
    message = refused(Arch, 32, (STAGE,), shortcut_bn=value)
    assert message.startswith(f"shortcut_bn is {value!r}: ")


def test_no_stages():
    assert "at least one stage" in refused(Arch, 32, ())


def of_block(block):
    return Stage(1, 8, 4) if block in GROUPED else Stage(1, 8)


@pytest.mark.parametrize("block", BLOCKS)
@given(before=st.integers(0, 3), after=st.integers(0, 3))
@settings(max_examples=10)
def test_the_stage_that_does_not_suit_its_block_is_named(block, before, after):
    good = of_block(block)
    if block in GROUPED:
        unsuited = {"group_width": Stage(1, 8)}
    else:
        unsuited = {
            "group_width": Stage(1, 8, group_width=4),
            "bottleneck": Stage(1, 8, bottleneck=2),
            "se_ratio": Stage(1, 8, se_ratio=0.25),
        }
    for field, bad in unsuited.items():
        message = refused(Arch, 8, [good] * before + [bad] + [good] * after, block)
        assert message.startswith(f"stage {before + 1} ") and field in message
    Arch(8, [good] * (before + 1), block)  # without it there is nothing to refuse


@pytest.mark.parametrize("block", BLOCKS)
def test_options_that_a_block_does_not_have_are_refused(block):
    for field, value, suited in (
        ("shortcut_bn", False, block not in (*PREACT, "vanilla")),
        ("stride_on", "conv1", block in GROUPED),
    ):
        arch = Arch(8, (of_block(block),), block)
        if suited:
            assert dataclasses.replace(arch, **{field: value}) != arch
        else:
            message = refused(dataclasses.replace, arch, **{field: value})
            assert message.startswith(f"{field} is {value!r}: ")
            assert repr(block) in message


@given(archs())
def test_depth_and_stride(arch):
    assert arch.depth == len([0 for stage in arch.stages for _ in range(stage.depth)])
    side = 3 * arch.stride
    stem = {"conv3": [2], "conv3_s1": [1], "conv7_pool": [2, 2]}[arch.stem]
    for stride in [*stem, *(stage.stride for stage in arch.stages)]:
        assert side % stride == 0
        side //= stride
    assert side == 3


# --- whether the numbers fit --------------------------------------------------------


@given(archs())
def test_compatible_is_what_inner_width_accepts(arch):
    wrong = [
        index
        for index, stage in enumerate(arch.stages, 1)
        if stage.group_width is not None and not fits(stage)
    ]
    if not wrong:
        assert arch.check_compatible() is arch
        return
    stage = arch.stages[wrong[0] - 1]
    message = refused(arch.check_compatible)
    assert message.startswith(f"stage {wrong[0]}: ")
    head, _, tail = message.partition("; adjusted() makes it ")
    assert names(head, stage.group_width) or names(head, stage.width, stage.bottleneck)
    width, group_width = adjust(stage.width, stage.group_width, stage.bottleneck)
    assert tail == f"width {width} and group_width {group_width}"


def test_stages_without_groups_always_fit():
    arch = Arch(7, (Stage(1, 13), Stage(1, 5)), "residual")
    assert arch.check_compatible() is arch
    assert (arch.adjusted(), arch.adjustments()) == (arch, ())


@given(archs())
def test_what_is_adjusted_is_compatible(arch):
    adjusted = arch.adjusted()
    assert adjusted.check_compatible() is adjusted
    assert adjusted.adjusted() == adjusted
    assert adjusted.adjustments() == ()


@given(archs(), st.sampled_from(ROUNDINGS))
def test_adjustments_say_exactly_what_changed(arch, rounding):
    whole = all(stage.bottleneck % 1 == 0 for stage in arch.stages)
    assume(whole or rounding == "half_even")
    stages = [dataclasses.asdict(stage) for stage in arch.stages]
    for line in arch.adjustments(rounding):
        form = r"stage (\d+): (width|group_width) (\d+) → (\d+)"
        index, name, old, new = re.fullmatch(form, line).groups()
        assert stages[int(index) - 1][name] == int(old) != int(new), line
        stages[int(index) - 1][name] = int(new)
    redone = dataclasses.replace(arch, stages=[Stage(**stage) for stage in stages])
    assert redone == arch.adjusted(rounding)


@given(archs())
def test_the_other_rounding_fits_or_is_refused(arch):
    """It does not look at bottlenecks that are no whole numbers."""
    try:
        adjusted = arch.adjusted("half_up_guard")
    except ValueError as error:
        message = str(error)
        stage = arch.stages[int(message.split()[1].rstrip(":")) - 1]
        assert stage.bottleneck % 1 and names(message, stage.bottleneck), message
        assert "rounding is 'half_up_guard'" in message and "half_even" in message
        return
    assert adjusted.check_compatible() is adjusted


UGLY = st.one_of(
    st.fractions(Fraction(1, 48), 8, max_denominator=3000).map(float),
    st.sampled_from([3.14159, 1.2345, 2.999999, 1.0001, 0.0009, 1 / 1001]),
    st.floats(2**-9, 2**9, width=32),
)


@given(WIDTHS, GROUP_WIDTHS, UGLY)
@example(100, 16, np.float32(0.1))
def test_adjusted_fits_or_names_the_bottleneck(width, group_width, bottleneck):
    arch = Arch(32, (Stage(1, width, group_width, bottleneck),))
    try:
        adjusted = arch.adjusted()
    except ValueError as error:
        assert f"bottleneck is {arch.stages[0].bottleneck!r}: " in str(error)
        # the same is said where the arch is asked whether it fits, and no other advice
        assert refused(arch.check_compatible).endswith(str(error).partition(": ")[2])
        return
    assert adjusted.check_compatible() is adjusted
    assert adjusted.adjusted() == adjusted


def test_what_fits_by_chance_stays_as_it_is():
    """A bottleneck that widths cannot be rounded for, and a width that needs none."""
    arch = Arch(32, (Stage(1, 314159, 16, 3.14159),))
    assert arch.check_compatible() is arch
    assert (arch.adjusted(), arch.adjustments()) == (arch, ())


@pytest.mark.parametrize("call", [Arch.adjusted, Arch.adjustments])
def test_an_unknown_rounding_is_named_without_groups_too(call):
    arch = Arch(8, (Stage(1, 8),), "residual")
    assert refused(call, arch, "bogus").startswith("rounding is 'bogus': ")


@pytest.mark.parametrize(
    "stages, named",
    [
        (None, "stages is None: "),
        (3, "stages is 3: "),
        (Stage(4, 32, 16), "stages is Stage(depth=4, "),
        ((1, 2), "stage 1 is 1: "),
        ([Stage(4, 32, 16), "stage"], "stage 2 is 'stage': "),
        ([Stage(4, 32, 16), {"depth": 1}], "stage 2 is {'depth': 1}: "),
    ],
    ids=str,
)
def test_stages_that_are_none_are_named(stages, named):
    message = refused(Arch, 32, stages)
    assert message.startswith(named) and message.endswith("Stage")


# --- as text ------------------------------------------------------------------------


def test_text_reads_like_the_network():
    assert str(ARCH) == "conv3 32 → resnext: 4×32 g16 b1 /2 → 6×80 g16 b1 /2"


@given(archs(), archs())
def test_texts_differ_where_archs_do(one, other):
    assert (str(one) == str(other)) == (one == other)
    assert "\n" not in str(one)


FIELDS = {
    "stem_width": 48,
    "block": "preact_resnext",
    "stem": "conv3_s1",
    "shortcut_bn": False,
    "stride_on": "conv1",
}
STAGE_FIELDS = {
    "depth": 5,
    "width": 64,
    "group_width": 8,
    "bottleneck": 2.0,
    "stride": 1,
    "se_ratio": 0.25,
}


def test_the_text_shows_each_field():
    assert {*FIELDS, "stages"} == {field.name for field in dataclasses.fields(Arch)}
    assert set(STAGE_FIELDS) == {field.name for field in dataclasses.fields(Stage)}
    changed = [dataclasses.replace(ARCH, **{k: v}) for k, v in FIELDS.items()]
    for field, value in STAGE_FIELDS.items():
        stage = dataclasses.replace(STAGE, **{field: value})
        changed.append(dataclasses.replace(ARCH, stages=(stage, ARCH.stages[1])))
    texts = {str(arch) for arch in (ARCH, *changed)}
    assert len(texts) == 1 + len(FIELDS) + len(STAGE_FIELDS)


@given(archs())
def test_json_there_and_back(arch):
    text = arch.to_json()
    assert Arch.from_json(text) == arch
    assert json.loads(text)["stages"][0]["width"] == arch.stages[0].width


@given(archs())
def test_fields_with_a_default_may_be_left_out(arch):
    data = json.loads(arch.to_json())
    for part, kind in ((data, Arch), *((stage, Stage) for stage in data["stages"])):
        for field in dataclasses.fields(kind):
            if part[field.name] == field.default:
                del part[field.name]
    assert Arch.from_json(json.dumps(data)) == arch


@pytest.mark.parametrize("text", ["", "{", "resnext", "{'stem_width': 32}"])
def test_text_that_is_no_json(text):
    assert refused(Arch.from_json, text).startswith("the text is no JSON: ")


@pytest.mark.parametrize("data", [None, 3, "arch", [], [1]], ids=repr)
def test_json_that_is_no_object(data):
    assert refused(Arch.from_json, json.dumps(data)).startswith(f"{data!r} is not an ")
    stages = {"stem_width": 32, "stages": [data]}
    assert refused(Arch.from_json, json.dumps(stages)).startswith(f"{data!r} is not a ")


@pytest.mark.parametrize("stages", [None, 3, "", {}, {"depth": 1}], ids=repr)
def test_stages_that_are_no_list(stages):
    text = json.dumps({"stem_width": 32, "stages": stages})
    assert refused(Arch.from_json, text).startswith(f"stages is {stages!r}: ")


def spoiled(field, value):
    """ARCH as JSON with one value changed, in the arch or in its last stage."""
    data = json.loads(ARCH.to_json())
    part = data if field in data else data["stages"][-1]
    part[field] = value
    return json.dumps(data)


@pytest.mark.parametrize("value", ["x", [], {}, -1, float("nan")], ids=repr)
@pytest.mark.parametrize("field", [*FIELDS, *STAGE_FIELDS])
def test_a_wrong_value_is_named_by_its_field(field, value):
    message = refused(Arch.from_json, spoiled(field, value))
    assert message.startswith(f"{field} is {value!r}: ")


@pytest.mark.parametrize("field", ["depth", "width", "stem_width", "stages"])
def test_a_field_that_is_missing_is_named(field):
    data = json.loads(ARCH.to_json())
    del (data if field in data else data["stages"][-1])[field]
    assert refused(Arch.from_json, json.dumps(data)).endswith(f" lacks {field!r}")


@pytest.mark.parametrize("field", ["groups", "bot_mul", "Width"])
@pytest.mark.parametrize("cls", [Arch, Stage])
def test_an_unknown_field_is_named_with_those_that_fit(cls, field):
    data = json.loads(ARCH.to_json())
    (data if cls is Arch else data["stages"][-1])[field] = 1
    message = refused(Arch.from_json, json.dumps(data))
    assert message.startswith(f"{field!r} is no field of ")
    assert all(known.name in message for known in dataclasses.fields(cls))
