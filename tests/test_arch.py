"""Architectures as numbers: what divides is accepted, the rest is named."""

from __future__ import annotations

import dataclasses
import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gluon_nets.arch import BLOCKS, STEMS, Arch, Stage, inner_width

WIDTHS = st.integers(1, 2048)
GROUP_WIDTHS = st.integers(1, 128)
# narrower than the block by a whole number, or wider by one; each is exact in binary
BOTTLENECKS = st.sampled_from([1, 2, 3, 4, 6, 8, 1.0, 1.5, 2.5, 0.5, 0.25, 0.125])
STAGES = st.builds(Stage, st.integers(1, 9), WIDTHS, stride=st.integers(1, 4))


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


# --- inner width --------------------------------------------------------------------


@given(WIDTHS, GROUP_WIDTHS, BOTTLENECKS)
def test_inner_width_accepts_exactly_what_divides(width, group_width, bottleneck):
    inner = Fraction(width) / Fraction(bottleneck)
    groups = inner / group_width
    if inner.denominator == groups.denominator == 1:
        found = inner_width(width, group_width, bottleneck)
        assert found == (inner, groups)
        assert [type(number) for number in found] == [int, int]
        return
    message = refused(inner_width, width, group_width, bottleneck)
    if inner.denominator != 1:
        assert names(message, width, bottleneck), message
    else:
        assert names(message, group_width, inner.numerator), message


@given(WIDTHS, GROUP_WIDTHS)
def test_what_fits_instead_fits(width, group_width):
    if width % group_width:
        message = refused(inner_width, width, group_width, 1)
        fits = [int(word) for word in message.split(" is ")[-1].split(", ")]
        assert fits == [n for n in range(1, width + 1) if width % n == 0]


@given(WIDTHS, st.integers(1, 48))
def test_a_reciprocal_widens(width, times):
    assert inner_width(width, 1, 1 / times) == (width * times, width * times)


@pytest.mark.parametrize("width, bottleneck, inner", [(21, 0.7, 30), (84, 0.7, 120)])
def test_a_decimal_bottleneck_that_divides(width, bottleneck, inner):
    assert inner_width(width, 10, bottleneck) == (inner, inner // 10)


@pytest.mark.parametrize("group_width", [0, -1, -16])
def test_a_group_has_at_least_one_channel(group_width):
    assert names(refused(inner_width, 32, group_width, 1), group_width)


@pytest.mark.parametrize("bottleneck", [0, 0.0, -1, float("nan"), float("inf")])
def test_a_bottleneck_is_a_positive_number(bottleneck):
    assert names(refused(inner_width, 32, 16, bottleneck), bottleneck)


# --- Stage --------------------------------------------------------------------------

NO_COUNTS = [0, -1, 2.0, 1.5, "3", None, True]


@pytest.mark.parametrize("value", NO_COUNTS, ids=repr)
@pytest.mark.parametrize("field", ["depth", "width", "stride", "group_width"])
def test_a_count_is_a_whole_number_of_one_or_more(field, value):
    good = {"depth": 1, "width": 8}
    if (field, value) == ("group_width", None):
        assert Stage(**good, group_width=None).group_width is None
        return
    message = refused(Stage, **{**good, field: value})
    assert message.startswith(f"{field} is {value!r}: ")


@pytest.mark.parametrize("value", [0, -1.0, float("nan")], ids=repr)
def test_a_stages_bottleneck_is_above_zero(value):
    message = refused(Stage, 1, 8, bottleneck=value)
    assert message.startswith(f"bottleneck is {value!r}: ")


@given(WIDTHS, GROUP_WIDTHS, BOTTLENECKS)
def test_a_stage_is_as_strict_as_inner_width(width, group_width, bottleneck):
    def messages(call, *arguments):
        try:
            call(*arguments)
        except ValueError as error:
            return str(error)

    assert messages(Stage, 1, width, group_width, bottleneck) == messages(
        inner_width, width, group_width, bottleneck
    )


@given(STAGES)
def test_a_stage_is_a_value(stage):
    assert stage == dataclasses.replace(stage)
    assert hash(stage) == hash(dataclasses.replace(stage))
    assert stage != dataclasses.replace(stage, width=stage.width + 1)
    assert eval(repr(stage)) == stage


def test_a_stage_halves_by_default_and_is_no_bottleneck():
    stage = Stage(4, 32)
    assert (stage.group_width, stage.bottleneck, stage.stride) == (None, 1, 2)


# --- Arch ---------------------------------------------------------------------------

STAGE = Stage(4, 32, group_width=16)
ARCH = Arch(32, (STAGE, Stage(6, 80, group_width=16)))


@pytest.mark.parametrize("value, field", [(STAGE, "width"), (ARCH, "stem_width")])
def test_frozen(value, field):
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(value, field, 16)


@given(st.lists(STAGES, min_size=1, max_size=5), WIDTHS, st.sampled_from(STEMS))
def test_stages_of_any_sequence_become_a_tuple(stages, stem_width, stem):
    arch = Arch(stem_width, stages, "residual", stem)
    assert arch.stages == tuple(stages)
    assert arch == Arch(stem_width, tuple(stages), "residual", stem)
    assert hash(arch) == hash(Arch(stem_width, iter(stages), "residual", stem))


@pytest.mark.parametrize("value", NO_COUNTS, ids=repr)
def test_stem_width_is_a_count(value):
    assert refused(Arch, value, (STAGE,)).startswith(f"stem_width is {value!r}: ")


@pytest.mark.parametrize("field, known", [("block", BLOCKS), ("stem", STEMS)])
@pytest.mark.parametrize("value", ["", "ResNeXt", "conv", None, 3], ids=repr)
def test_an_unknown_word_is_named_with_what_fits(field, known, value):
    message = refused(Arch, 32, (STAGE,), **{field: value})
    assert message.startswith(f"{field} is {value!r}: ")
    assert all(word in message for word in known)


def test_no_stages():
    assert "at least one stage" in refused(Arch, 32, ())


@given(st.integers(0, 3), st.integers(0, 3))
def test_the_stage_that_does_not_suit_its_block_is_named(before, after):
    grouped, plain = Stage(1, 8, group_width=4), Stage(1, 8)
    around = (before, after)
    for block, good, bad in (
        ("resnext", grouped, plain),
        ("residual", plain, grouped),
        ("residual", plain, Stage(1, 8, bottleneck=2)),
    ):
        stages = [good] * around[0] + [bad] + [good] * around[1]
        assert names(refused(Arch, 8, stages, block), before + 1)
        Arch(8, [good] * (before + 1), block)  # without it there is nothing to refuse
