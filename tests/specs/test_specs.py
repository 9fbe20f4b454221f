"""Every network as numbers: names, searching, and what the variants vary."""

from __future__ import annotations

import dataclasses
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gluon_nets.arch import Arch, Stage
from gluon_nets.cost import complexity
from gluon_nets.specs import (
    ENTRIES,
    FAMILIES,
    AlexNetSpec,
    Entry,
    GoogLeNetSpec,
    Inception,
    MLPSpec,
    VGGSpec,
    find,
    list_nets,
)
from gluon_nets.specs.regnet import RULES

NAMES = sorted(ENTRIES)


# --- the table ----------------------------------------------------------------------


def test_no_name_is_in_two_families():
    names = [name for table in FAMILIES.values() for name in table]
    assert sorted(names) == NAMES
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", NAMES)
def test_an_entry_is_a_value_with_a_source(name):
    entry = ENTRIES[name]
    assert find(name) is entry
    assert entry.source.strip() == entry.source != ""
    assert hash(entry) == hash(dataclasses.replace(entry))
    with pytest.raises(dataclasses.FrozenInstanceError):
        entry.spec = None


@pytest.mark.parametrize("name", NAMES)
def test_an_entry_can_be_counted_as_it_was_made(name):
    entry = ENTRIES[name]
    shape = (entry.image_size, entry.in_channels, entry.num_classes)
    found = complexity(name, *shape)
    assert min(found.params, found.flops, found.acts) > 0
    assert complexity(entry.spec, *shape) == found


@pytest.mark.parametrize(
    "name", [n for n in NAMES if isinstance(ENTRIES[n].spec, Arch)]
)
def test_an_arch_can_be_built_and_survives_json(name):
    arch = ENTRIES[name].spec
    assert arch.check_compatible() is arch
    assert Arch.from_json(arch.to_json()) == arch


@pytest.mark.parametrize("pattern", ["resnet*", "resnext*", "vanilla*"])
def test_names_say_the_number_of_layers(pattern):
    """Layers with weights, but for projections: stem, convolutions, head."""
    for name in list_nets(pattern):
        arch = find(name).spec
        convolutions = 2 if arch.stages[0].group_width is None else 3
        said = int("".join(filter(str.isdigit, name.split("_")[0])))
        assert 1 + convolutions * arch.depth + 1 == said, name


@pytest.mark.parametrize("name", NAMES)
def test_a_source_is_a_chapter_or_a_place_in_a_paper(name):
    source = ENTRIES[name].source
    assert any(word in source for word in ("Dive into", "table", "figure", "section"))


@pytest.mark.parametrize("name", RULES)
def test_a_regnets_source_is_the_figure_of_its_kind(name):
    assert ENTRIES[name].source.endswith(f"figure {15 + name.startswith('regnety')}")


@pytest.mark.parametrize(
    "kind", [Stage, Arch, VGGSpec, AlexNetSpec, GoogLeNetSpec, MLPSpec, Entry]
)
def test_every_field_is_explained(kind):
    for field in dataclasses.fields(kind):
        lines = [line.split(" : ")[0].split(", ") for line in kind.__doc__.splitlines()]
        assert any(field.name in [n.strip() for n in names] for names in lines), field


# --- searching ----------------------------------------------------------------------


def test_all_are_listed_sorted():
    assert list_nets() == NAMES


@pytest.mark.parametrize(
    "pattern, names",
    [
        ("regnetx32", ["regnetx32"]),
        ("vgg1?", ["vgg11", "vgg13", "vgg16", "vgg19"]),
        ("resnet[25]0", ["resnet20", "resnet50"]),
        ("*_zoo", ["alexnet_zoo"]),
        ("no such*", []),
        ("", []),
    ],
)
def test_patterns(pattern, names):
    assert list_nets(pattern) == names


@given(st.sampled_from(NAMES), st.data())
def test_a_prefix_finds_what_begins_with_it(name, data):
    prefix = name[: data.draw(st.integers(0, len(name)))]
    assert list_nets(f"{prefix}*") == [n for n in NAMES if n.startswith(prefix)]


@pytest.mark.parametrize(
    "wrong, nearest",
    [
        ("regnetx_200", "regnetx_200mf"),
        ("resnet-50", "resnet50"),
        ("ResNet50_v2", "resnet50_v2"),
        ("vgg_16", "vgg16"),
        ("aleksnet", "alexnet"),
    ],
)
def test_an_unknown_name_is_told_the_nearest(wrong, nearest):
    with pytest.raises(ValueError) as caught:
        find(wrong)
    message = str(caught.value)
    assert message.startswith(
        f"there is no network {wrong!r}: the nearest is {nearest}"
    )
    assert "\n" not in message


@pytest.mark.parametrize("wrong", ["", "transformer of sorts", None, 3], ids=repr)
def test_where_no_name_is_near_the_list_is_offered(wrong):
    with pytest.raises(ValueError, match=r": list_nets\(\) lists them$"):
        find(wrong)


# --- what does not fit --------------------------------------------------------------

CONV = (8, 3, 1, 1, True)
BLOCK = Inception(1, (1, 1), (1, 1), 1)


@pytest.mark.parametrize(
    "make, named",
    [
        (lambda: AlexNetSpec(()), "convs is ()"),
        (lambda: AlexNetSpec(3), "convs is 3"),
        (lambda: AlexNetSpec((CONV, (8, 3))), "convs is ((8, 3, 1, 1, True), (8, 3))"),
        (lambda: AlexNetSpec(((0, *CONV[1:]),)), "channels is 0"),
        (lambda: AlexNetSpec(((8, 3, 1, -1, True),)), "padding is -1"),
        (lambda: AlexNetSpec(((8, 3, 1, 1, 1),)), "pooled is 1"),
        (lambda: AlexNetSpec((CONV,), hidden=0), "hidden is 0"),
        (lambda: AlexNetSpec((CONV,), hidden=2.5), "hidden is 2.5"),
        (lambda: VGGSpec(()), "blocks is ()"),
        (lambda: VGGSpec((1, 2)), "blocks is (1, 2)"),
        (lambda: VGGSpec(((1, 8, True, 3),)), "blocks is ((1, 8, True, 3),)"),
        (lambda: VGGSpec(((1, 8, "no"),)), "pooled is 'no'"),
        (lambda: VGGSpec(((1, 8),), bn="no"), "bn is 'no'"),
        (lambda: GoogLeNetSpec(()), "blocks is ()"),
        (lambda: GoogLeNetSpec(None), "blocks is None"),
        (lambda: GoogLeNetSpec((BLOCK, 3)), "blocks has 3"),
        (lambda: GoogLeNetSpec((BLOCK,), bn=[]), "bn is []"),
        (lambda: Inception(0, (1, 1), (1, 1), 1), "one is 0"),
        (lambda: Inception(1, (1, 0), (1, 1), 1), "three is 0"),
        (lambda: Inception(1, (1, 1), 5, 1), "five is (5,)"),
        (lambda: MLPSpec(2, 8, residual="no"), "residual is 'no'"),
        (lambda: MLPSpec(2, 8, 3.0), "width 8 with bottleneck 3"),
    ],
)
def test_numbers_that_make_no_network_are_named(make, named):
    with pytest.raises(ValueError) as caught:
        make()
    assert str(caught.value).startswith(named)


# --- relatives of regnetx32 ---------------------------------------------------------


def principles(arch):
    """Which of the four that lead from AnyNetX to RegNetX hold."""
    stages = arch.stages
    widths, depths = ([getattr(s, f) for s in stages] for f in ("width", "depth"))
    return {
        "bottleneck": len({stage.bottleneck for stage in stages}) == 1,
        "group_width": len({stage.group_width for stage in stages}) == 1,
        "width": widths == sorted(widths),
        "depth": depths == sorted(depths),
    }


@pytest.mark.parametrize("name", ["regnetx32", "regnetx_deep"])
def test_a_regnet_keeps_all_principles(name):
    assert all(principles(find(name).spec).values())


def test_there_is_a_vionet_for_each_principle():
    kinds = {name[len("vionet_") :] for name in list_nets("vionet_*")}
    assert kinds == set(principles(find("regnetx32").spec))


@pytest.mark.parametrize("name", list_nets("vionet_*"))
def test_a_vionet_breaks_its_principle_and_no_other(name):
    arch, regnet = find(name).spec, find("regnetx32").spec
    broken = [kind for kind, holds in principles(arch).items() if not holds]
    assert broken == [name[len("vionet_") :]]
    assert len(arch.stages) == len(regnet.stages)
    # what is around the stages is the same
    assert dataclasses.replace(arch, stages=regnet.stages) == regnet


@pytest.mark.parametrize(
    "name", [*list_nets("vionet_*"), "de_resnext32_matched", "regnetx_deep"]
)
def test_relatives_have_the_flops_of_regnetx32(name):
    expected = complexity("regnetx32", 96, 1, 10).flops
    assert complexity(name, 96, 1, 10).flops == pytest.approx(expected, rel=0.05)


def test_the_deep_one_has_four_stages_and_more_blocks():
    deep, regnet = find("regnetx_deep").spec, find("regnetx32").spec
    assert len(deep.stages) == 4
    assert deep.depth > regnet.depth


def test_without_matching_basic_blocks_cost_three_times_as_much():
    basic, regnet = find("de_resnext32").spec, find("regnetx32").spec
    numbers = [(stage.depth, stage.width) for stage in regnet.stages]
    assert [(stage.depth, stage.width) for stage in basic.stages] == numbers
    assert basic.block == find("de_resnext32_matched").spec.block == "residual"
    flops = [complexity(arch, 96, 1, 10).flops for arch in (basic, regnet)]
    assert flops[0] > 3 * flops[1]


# --- no network is built ------------------------------------------------------------


@pytest.mark.parametrize(
    "module", ["specs", "cost", "costs", "quantized", "catalog", "arch"]
)
def test_numbers_need_no_mxnet(module):
    code = f"import sys, gluon_nets.{module}; print('mxnet' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120
    )
    assert (done.stdout.strip(), done.returncode) == ("False", 0), done.stderr


def test_listing_and_counting_need_no_mxnet():
    code = (
        "import sys, gluon_nets as gn; gn.list_nets(); gn.complexity('regnetx32');"
        "gn.fit_regnet(gn.regnet_arch(32, 5, 2.5, 10, 16));"
        "print('mxnet' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120
    )
    assert (done.stdout.strip(), done.returncode) == ("False", 0), done.stderr
