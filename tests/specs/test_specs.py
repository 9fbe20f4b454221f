"""Every network as numbers: names, searching, and what the variants vary."""

from __future__ import annotations

import dataclasses
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gluon_nets.arch import Arch
from gluon_nets.cost import complexity
from gluon_nets.specs import ENTRIES, FAMILIES, find, list_nets

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
