"""Complexity from numbers alone: the published ones, exactly, and many at once."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gluon_nets.arch import STEMS, Arch, Stage
from gluon_nets.compatible import adjust
from gluon_nets.cost import complexity
from gluon_nets.costs import complexities
from gluon_nets.quantized import regnet_arch
from gluon_nets.specs import ENTRIES, find
from gluon_nets.specs.regnet import RULES

PATH = Path(__file__).parent / "reference" / "complexity.json"
REFERENCE = json.loads(PATH.read_text(encoding="utf-8"))
COUNTS = ("params", "flops", "acts")


def label(entry):
    size, channels = entry["image_size"], entry["in_channels"]
    return f"{entry['name']} {channels}×{size}×{size}"


# --- what is published --------------------------------------------------------------


@pytest.mark.parametrize("entry", REFERENCE["networks"], ids=label)
def test_published_numbers(entry):
    found = complexity(
        entry["name"], entry["image_size"], entry["in_channels"], entry["num_classes"]
    )
    published = {name: entry[name] for name in COUNTS if name in entry}
    assert {name: getattr(found, name) for name in published} == published
    assert all(type(number) is int for number in dataclasses.astuple(found))


def test_an_entry_was_made_for_what_was_published_first():
    """`Entry` says the same image and classes as the first reference to it."""
    seen = {}
    for entry in REFERENCE["networks"]:
        seen.setdefault(entry["name"], entry)
    for name in set(seen) - {"vgg11", "resnet18"}:  # the chapters' own, a second time
        for field in ("image_size", "in_channels", "num_classes"):
            assert getattr(ENTRIES[name], field) == seen[name][field], (name, field)


def other_rounding(name):
    ratio = 0.25 if name.startswith("regnety") else 0.0
    return regnet_arch(*RULES[name], se_ratio=ratio, rounding="half_up_guard")


@pytest.mark.parametrize("entry", REFERENCE["half_up_guard"], ids=lambda e: e["name"])
def test_published_numbers_of_the_other_rounding(entry):
    arch = other_rounding(entry["name"])
    assert [stage.width for stage in arch.stages] == entry["widths"]
    assert complexity(arch).params == entry["params"]


def test_where_the_roundings_differ():
    published = {entry["name"] for entry in REFERENCE["half_up_guard"]}
    assert len(published) == 14
    differ = {name for name in RULES if other_rounding(name) != find(name).spec}
    # of the other two torchvision has none
    unpublished = {"regnetx_4.0gf", "regnety_4.0gf"}
    assert differ == {"regnetx_400mf", "regnety_800mf", "regnety_8.0gf", *unpublished}
    assert differ & published == differ - unpublished


def test_the_resnet_of_the_chapter():
    """Biases on its shortcuts; and before each BatchNorm one that changes nothing."""
    arch = dataclasses.replace(find("resnet18").spec, shortcut_bn=False)
    before_bn = 64 + 2 * 2 * (64 + 128 + 256 + 512)
    assert complexity(arch, 96, 1, 10).params + before_bn == 11_178_378


def test_the_stride_as_first_published_costs_less():
    """The model zoo's ResNet-50: 3,857,973,248 multiply-adds, and the head's biases."""
    arch = dataclasses.replace(find("resnet50").spec, stride_on="conv1")
    found, today = complexity(arch), complexity("resnet50")
    assert found.flops == 3_857_973_248 + 1000
    assert found.params == today.params
    assert found.acts < today.acts


# --- what is asked ------------------------------------------------------------------


@pytest.mark.parametrize("name", ["regnety_200mf", "vgg11_gap", "googlenet"])
def test_a_name_its_numbers_and_a_square_are_asked_alike(name):
    spec = find(name).spec
    assert complexity(name, 96) == complexity(spec, (96, 96), 3, 1000)
    assert complexity(name, np.int64(96), np.int8(3)) == complexity(name, 96)


@pytest.mark.parametrize("name", ["regnetx32", "resnet18_v2", "vgg11_gap", "mlp"])
def test_an_image_may_be_turned(name):
    assert complexity(name, (64, 96), 1) == complexity(name, (96, 64), 1)


@pytest.mark.parametrize("name", sorted(ENTRIES))
def test_each_class_is_one_row_of_the_head(name):
    entry = ENTRIES[name]
    shape = (entry.image_size, entry.in_channels)
    few, more, most = (complexity(name, *shape, classes) for classes in (1, 2, 12))
    row = more.params - few.params
    assert more.flops - few.flops == row
    assert more.acts - few.acts == 1
    assert most.params - few.params == most.flops - few.flops == 11 * row


# --- many at once -------------------------------------------------------------------


DEPTHS, WIDTHS, GROUP_WIDTHS = (
    st.integers(1, 6),
    st.integers(1, 256),
    st.integers(1, 64),
)
BOTTLENECKS = st.sampled_from([0.25, 0.5, 1.0, 2.0, 4.0])
RATIOS = st.sampled_from([0.0, 0.25])
OPTIONS = st.fixed_dictionaries(
    {
        "stem": st.sampled_from(STEMS),
        "stem_width": st.integers(1, 64),
        "in_channels": st.integers(1, 3),
        "num_classes": st.integers(1, 100),
        "image_size": st.sampled_from([128, (160, 128)]),
    }
)


@st.composite
def designs(draw):
    """(N, stages) arrays of designs that can be built."""
    stages = draw(st.integers(1, 5))
    cell = st.tuples(DEPTHS, WIDTHS, GROUP_WIDTHS, BOTTLENECKS, RATIOS)
    row = st.lists(cell, min_size=stages, max_size=stages)
    rows = draw(st.lists(row, min_size=1, max_size=3))
    depth, width, group_width, bottleneck, se_ratio = (
        np.array([[cell[field] for cell in row] for row in rows]) for field in range(5)
    )
    width, group_width = adjust(width, group_width, bottleneck)
    return depth, width, group_width, bottleneck, se_ratio


@given(designs(), OPTIONS, st.lists(st.integers(1, 2), min_size=5, max_size=5))
def test_many_at_once_are_those_one_by_one(tables, options, strides):
    *numbers, se_ratio = tables
    strides = strides[: se_ratio.shape[1]]
    many = complexities(*numbers, se_ratio=se_ratio, stride=strides, **options)
    stem, stem_width = options.pop("stem"), options.pop("stem_width")
    for row, design in enumerate(zip(*tables)):
        stages = [
            Stage(d, w, g, b, stride, q)
            for (d, w, g, b, q), stride in zip(zip(*design), strides)
        ]
        one = complexity(Arch(stem_width, stages, stem=stem), **options)
        found = tuple(getattr(many, name)[row] for name in COUNTS)
        assert found == dataclasses.astuple(one), stages
    for name in COUNTS:
        counts = getattr(many, name)
        assert (counts.shape, counts.dtype) == ((len(se_ratio),), np.int64), name


def test_one_number_serves_all_stages():
    depth, width, group_width = [[4, 6]], [[32, 80]], 16
    found = complexities(
        depth, width, group_width, image_size=96, in_channels=1, num_classes=10
    )
    expected = complexity("regnetx32", 96, 1, 10)
    assert dataclasses.astuple(found) == dataclasses.astuple(expected)


def test_all_of_the_paper_at_once():
    names = [name for name in RULES if len(find(name).spec.stages) == 4]
    assert len(names) == 24
    stages = [find(name).spec.stages for name in names]
    depth, width, group_width, se_ratio = (
        np.array([[getattr(stage, field) for stage in row] for row in stages])
        for field in ("depth", "width", "group_width", "se_ratio")
    )
    found = complexities(depth, width, group_width, se_ratio=se_ratio)
    for name, *counts in zip(names, found.params, found.flops, found.acts):
        assert tuple(counts) == dataclasses.astuple(complexity(name)), name


# --- what does not fit --------------------------------------------------------------


def refused(call, *arguments, **options):
    """The message of the ValueError that a call must raise."""
    with pytest.raises(ValueError) as caught:
        call(*arguments, **options)
    message = str(caught.value)
    assert "\n" not in message
    return message


NO_COUNTS = [0, -1, 1.5, 224.0, "3", None, True]


def many(**options):
    return complexities([[4, 6]], [[32, 80]], [[16, 16]], **options)


def one(**options):
    return complexity("regnetx32", **options)


@pytest.mark.parametrize("value", NO_COUNTS, ids=repr)
@pytest.mark.parametrize("field", ["image_size", "in_channels", "num_classes"])
@pytest.mark.parametrize("call", [one, many])
def test_a_count_that_is_none_is_named(call, field, value):
    assert refused(call, **{field: value}).startswith(f"{field} is {value!r}: ")


@pytest.mark.parametrize("value", [(), (96,), (3, 96, 96), (96, 0), (1.5, 96)])
@pytest.mark.parametrize("call", [one, many])
def test_an_image_size_that_is_none_is_named(call, value):
    wrong = value if len(value) != 2 else 0 if 0 in value else 1.5
    assert refused(call, image_size=value).startswith(f"image_size is {wrong}: ")


@pytest.mark.parametrize("name", sorted(ENTRIES))
@pytest.mark.parametrize("image_size", [1, (1, 224)], ids=str)
def test_an_image_too_small_is_named(name, image_size):
    if name.startswith("mlp"):
        assert complexity(name, image_size).params > 0
    else:
        message = refused(complexity, name, image_size)
        assert "1×" in message and message.endswith("it needs a larger image")


def test_an_unknown_name():
    assert "'regnetx_33'" in refused(complexity, "regnetx_33")


@pytest.mark.parametrize(
    "value", [None, 3, (1, 2), [32], Arch, Stage, Stage(4, 32)], ids=repr
)
def test_what_is_no_network(value):
    assert refused(complexity, value).startswith(f"{value!r} is no network: ")


def test_an_arch_that_does_not_fit_names_stage_and_numbers():
    arch = Arch(32, (Stage(1, 32, 16), Stage(1, 24, 16)))
    message = refused(complexity, arch)
    assert message == refused(arch.check_compatible)
    assert message.startswith("stage 2: group_width 16 does not divide")


WRONG = [
    ("depth", 0),
    ("depth", -3),
    ("depth", 1.5),
    ("width", 0),
    ("width", -8),
    ("width", 32.5),
    ("group_width", 0),
    ("group_width", -16),
    ("bottleneck", 0.0),
    ("bottleneck", -1.0),
    ("bottleneck", math.nan),
    ("bottleneck", math.inf),
    ("se_ratio", -0.25),
    ("se_ratio", 1.5),
    ("se_ratio", math.nan),
]
GOOD = {
    "depth": 1,
    "width": 32,
    "group_width": 16,
    "bottleneck": 1.0,
    "se_ratio": 0.0,
}


def spoiled(field, value, row=1, column=2):
    """Two designs of three stages with one wrong number."""
    tables = {name: np.full((2, 3), good) for name, good in GOOD.items()}
    tables[field] = tables[field].astype(type(value))
    tables[field][row, column] = value
    return tables


@pytest.mark.parametrize("field, value", WRONG)
def test_a_number_of_a_design_is_named(field, value):
    message = refused(complexities, **spoiled(field, value))
    if isinstance(value, float) and field in ("depth", "width"):
        # an array of floats: the first is no whole number either
        assert message.startswith(f"design 0, stage 1: {field} is {float(GOOD[field])}")
    else:
        assert message.startswith(f"design 1, stage 3: {field} is {value!r}: ")


@pytest.mark.parametrize(
    "field, value, numbers",
    [
        ("width", 40, ["16", "40"]),
        ("group_width", 24, ["24", "32"]),
        ("bottleneck", 4.0, ["16", "8"]),
        ("bottleneck", 1.5, ["32", "1.5", "21.3333"]),
        ("bottleneck", 64.0, ["32", "64", "0.5"]),
    ],
)
def test_a_design_that_does_not_fit_is_named(field, value, numbers):
    message = refused(complexities, **spoiled(field, value))
    assert message.startswith("design 1, stage 3: ")
    assert set(numbers) <= set(message.replace(":", "").split())


@pytest.mark.parametrize("shape", [(), (3,), (2, 0), (1, 2, 3)], ids=str)
def test_designs_are_a_table(shape):
    ones = np.ones(shape, int)
    assert f"shape {shape}:" in refused(complexities, ones, ones, ones)


@pytest.mark.parametrize(
    "field, value",
    [
        ("stem", "conv"),
        ("stem_width", 0),
        ("stem_width", 1.5),
        ("stride", 0),
        ("stride", 1.5),
        ("stride", [2]),
        ("stride", [2, 2, 2]),
    ],
)
def test_what_all_designs_share_is_named(field, value):
    assert refused(many, **{field: value}).startswith(f"{field} is {value!r}: ")


# --- beyond int64 -------------------------------------------------------------------


@pytest.mark.parametrize(
    "depth, width",
    [(10**6, 10**6), (2**31 - 1, 2**31 - 1), (10**9, 10**5), (300, 10**7)],
)
def test_a_design_beyond_int64_is_named(depth, width):
    """int64 would wrap around without a word."""
    arch = Arch(32, (Stage(depth, width, 1),))
    counts = dict(zip(COUNTS, dataclasses.astuple(complexity(arch))))
    message = refused(complexities, [[1], [2], [depth]], [[8], [8], [width]], 1)
    _, design, _, number, name, *_ = message.split()
    assert design == "2" and "int64" in message
    assert counts[name.rstrip(":")] > 2**63
    assert float(number) == pytest.approx(counts[name.rstrip(":")], rel=0.01)


@pytest.mark.parametrize("field", ["depth", "width", "group_width"])
@pytest.mark.parametrize("value", [2**31, 10**12, 2**63, 10**30])
def test_a_number_that_int64_products_do_not_bear_is_named(field, value):
    table = {"depth": [[4, 6]], "width": [[32, 80]], "group_width": [[16, 16]]}
    # as objects: beyond int64 NumPy makes doubles of a list
    table[field] = np.array([[table[field][0][0], value]], dtype=object)
    message = refused(complexities, **table)
    assert message.startswith(f"design 0, stage 2: {field} is {value}: ")


@pytest.mark.parametrize(
    "field", ["stem_width", "num_classes", "image_size", "in_channels"]
)
def test_what_all_designs_share_is_bounded_too(field):
    message = refused(many, **{field: 2**31})
    assert message.startswith(f"{field} is {2**31}: ")


@given(
    st.integers(1, 2**31 - 1), st.integers(1, 2**22), st.sampled_from([0.5, 1.0, 2.0])
)
@example(3, 94_906_267, 1.0)  # past 2⁵³, where doubles are no whole numbers
def test_large_counts_are_exact_or_refused(depth, width, bottleneck):
    width, group_width = adjust(width, 64, bottleneck)
    arch = Arch(32, (Stage(depth, width, group_width, bottleneck),))
    expected = dataclasses.astuple(complexity(arch))
    design = ([[depth]], [[width]], [[group_width]], bottleneck)
    if max(expected) >= 2**63 * (1 - 1e-9):
        assert refused(complexities, *design).startswith("design 0 has ")
        return
    found = complexities(*design)
    assert tuple(int(getattr(found, name)[0]) for name in COUNTS) == expected


def test_an_inner_width_beyond_all_numbers_is_refused():
    assert "int64" in refused(complexities, [[1]], [[1]], [[1]], 1e-300)


def test_numbers_of_python_are_counted_too():
    numbers = [np.array(n, dtype=object) for n in ([[4, 6]], [[32, 80]], [[16, 16]])]
    assert complexities(*numbers).params.tolist() == many().params.tolist()


def test_no_designs_have_no_complexity():
    none = np.ones((0, 4), int)
    assert complexities(none, none, none).params.shape == (0,)
