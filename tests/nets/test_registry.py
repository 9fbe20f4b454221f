"""The registry: names become networks, and what does not fit is named."""

from __future__ import annotations

import dataclasses
import difflib
import fnmatch
import json

import numpy as onp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mxnet import np, npx

from gluon_nets.catalog import describe
from gluon_nets.nets import NetSpec, build, get_net
from gluon_nets.nets.alexnet import AlexNet
from gluon_nets.nets.anynet import AnyNet
from gluon_nets.nets.googlenet import GoogLeNet
from gluon_nets.nets.mlp import MLP
from gluon_nets.nets.registry import KINDS
from gluon_nets.nets.vgg import VGG
from gluon_nets.specs import ENTRIES, find, list_nets
from gluon_nets.table import summary

npx.set_np()

NETS = list_nets()
# the number of outputs is the head's; the rest of it costs the least in this one
SMALLEST = "regnetx32"


def refused(error=ValueError, *arguments, **options):
    """The one line that `get_net` raises."""
    with pytest.raises(error) as caught:
        get_net(*arguments, **options)
    message = str(caught.value)
    assert "\n" not in message
    return message


def shapes(net):
    """Shapes of the parameters by their place in the network."""
    return {key: p.shape for key, p in net._collect_params_with_prefix().items()}


def test_the_networks_of_the_chapters_are_there():
    assert {"regnetx32", "resnet18", "vgg11", "vgg11_quarter"} <= set(NETS)


def test_names_are_sorted_and_unique():
    assert NETS == sorted(set(NETS))


@pytest.mark.parametrize(
    "pattern", ["*", "vgg*", "*18", "vgg1?", "resnet18", "v[a-h]*", "regnety*"]
)
def test_a_pattern_chooses(pattern):
    expected = [name for name in NETS if fnmatch.fnmatchcase(name, pattern)]
    assert expected, "the pattern should match something"
    assert list_nets(pattern) == expected


def test_a_pattern_may_match_nothing():
    assert list_nets("lenet*") == []


# --- names --------------------------------------------------------------------------


@given(st.sampled_from(NETS), st.data())
def test_a_slip_is_answered_with_the_nearest_name(name, data):
    place = data.draw(st.integers(0, len(name) - 1))
    slip = data.draw(st.sampled_from(["", "x", name[place] * 2]))
    typed = name[:place] + slip + name[place + 1 :]
    if typed not in NETS:
        message = refused(ValueError, typed)
        start = f"there is no network {typed!r}: the nearest is "
        assert message.startswith(start)
        named = message[len(start) :].split(" or ")
        assert set(named) <= set(NETS)
        assert max(likeness(typed, other) for other in named) >= likeness(typed, name)


def likeness(typed, name):
    return difflib.SequenceMatcher(None, name, typed).ratio()


@pytest.mark.parametrize("typed", ["", "zzzzzzzz", "?"])
def test_a_name_like_none_is_answered_with_where_they_are_listed(typed):
    message = refused(ValueError, typed)
    assert repr(typed) in message
    assert message.endswith("list_nets() lists them")


# --- numbers ------------------------------------------------------------------------


@pytest.mark.parametrize("value", [0, -1, 2.5, 10.0, "10", None], ids=repr)
def test_a_bad_number_of_classes_is_named(value):
    message = refused(ValueError, SMALLEST, num_classes=value)
    assert message.startswith(f"num_classes is {value!r}: ")


@pytest.mark.parametrize("value", [0, -1, 2.5, "3"], ids=repr)
def test_a_bad_number_of_channels_is_named(value):
    message = refused(ValueError, SMALLEST, in_channels=value)
    assert message.startswith(f"in_channels is {value!r}: ")


@pytest.mark.parametrize(
    "make", [AnyNet, AlexNet, VGG, GoogLeNet, MLP], ids=lambda make: make.__name__
)
def test_each_class_of_networks_names_its_bad_ends(make):
    """They are public: nobody need come by `get_net`."""
    (kind,) = [kind for kind, net in KINDS.items() if net is make]
    spec = next(e.spec for e in ENTRIES.values() if type(e.spec) is kind)
    for value in (0, -1, 2.5, None):
        with pytest.raises(ValueError, match=f"^num_classes is {value}: "):
            make(spec, value)
    for value in (-1, 2.5, None):
        with pytest.raises(ValueError, match=f"^in_channels is {value}: "):
            make(spec, 10, value)


@pytest.mark.parametrize("value", [None, "regnetx32", {"stem_width": 32}], ids=repr)
def test_an_anynet_is_made_of_an_arch(value):
    with pytest.raises(ValueError, match="^arch is .*: it must be an Arch$"):
        AnyNet(value)


@pytest.mark.parametrize("value", [-1, 0.5, "0", None, True], ids=repr)
def test_a_bad_seed_is_named(value):
    message = refused(ValueError, SMALLEST, seed=value)
    assert message.startswith(f"seed is {value!r}: ")


@pytest.mark.parametrize(
    "name, num_classes",
    [("regnetx32", 1), ("regnetx32", 2), ("resnet18", 1), ("vgg11_quarter", 1)]
    + [(name, 1000) for name in ("regnetx32", "resnet18")],
)
def test_any_number_of_classes(name, num_classes):
    net = get_net(name, num_classes=num_classes)
    assert net(np.zeros((2, 1, 32, 32))).shape == (2, num_classes)


@pytest.mark.parametrize("channels", [1, 3, 5])
def test_the_first_batch_or_the_caller_tells_the_channels(channels):
    images = np.ones((2, channels, 32, 32))
    deferred, declared = get_net(SMALLEST), get_net(SMALLEST, in_channels=channels)
    assert shapes(declared)["stem.conv.weight"] == (32, channels, 3, 3)
    assert deferred(images).asnumpy().tolist() == declared(images).asnumpy().tolist()
    assert shapes(deferred) == shapes(declared)


def test_only_the_name_goes_without_a_keyword():
    refused(TypeError, SMALLEST, 10)


# --- options ------------------------------------------------------------------------


def test_shortcut_bn_of_resnet():
    with_bn = shapes(get_net("resnet18"))
    book = shapes(get_net("resnet18", shortcut_bn=False))
    changed = {
        key for key in {**with_bn, **book} if key not in with_bn or key not in book
    }
    assert changed, "the option changed nothing"
    assert all(".shortcut." in key for key in changed)
    assert [key for key in book if key.endswith("shortcut.bias")] == [
        f"stage{stage}.0.shortcut.bias" for stage in (2, 3, 4)
    ]


@pytest.mark.parametrize("name", ["vgg11_quarter", "mlp", "googlenet"])
def test_an_option_that_a_family_does_not_offer_is_named(name):
    message = refused(ValueError, name, shortcut_bn=False)
    assert message.startswith(f"{name} has no option 'shortcut_bn': what fits is ")


def test_an_option_that_nobody_offers_is_named():
    assert "'dilation'" in refused(ValueError, SMALLEST, dilation=2)


def test_tables_of_layers_are_no_option():
    assert "'stages'" in refused(ValueError, SMALLEST, stages=())
    assert "'blocks'" in refused(ValueError, "vgg11_quarter", blocks=())


def test_any_single_number_is_an_option():
    net = get_net(SMALLEST, stem="conv3_s1", stem_width=16, shortcut_bn=False)
    assert (net.arch.stem, net.arch.stem_width) == ("conv3_s1", 16)
    assert not any("shortcut.bn" in key for key in shapes(net))
    headless = get_net("vgg11_quarter", head="gap")
    assert not any(key.startswith("dense") for key in shapes(headless))


@pytest.mark.parametrize(
    "name, options, words",
    [
        ("alexnet", {"hidden": 0}, "hidden is 0: "),
        ("alexnet", {"hidden": -5}, "hidden is -5: "),
        ("alexnet", {"hidden": 2.5}, "hidden is 2.5: "),
        ("vgg11_quarter", {"bn": "no"}, "bn is 'no': "),
        ("googlenet", {"bn": []}, "bn is []: "),
        ("mlp", {"residual": "no"}, "residual is 'no': "),
        ("regnetx32", {"shortcut_bn": 0}, "shortcut_bn is 0: "),
    ],
    ids=str,
)
def test_an_option_that_does_not_fit_is_named(name, options, words):
    assert refused(ValueError, name, **options).startswith(words)


def test_options_of_numpy_become_options_of_python():
    options = {"num_classes": onp.int64(3), "in_channels": onp.int8(1)}
    net = get_net(SMALLEST, **options, stem_width=onp.int32(16), seed=onp.int64(2))
    expected = {"num_classes": 3, "in_channels": 1, "stem_width": 16}
    assert json.loads(json.dumps(dict(net.spec.options))) == expected


# --- numbers in, networks out ---------------------------------------------------------


def test_numbers_become_the_network_of_their_name():
    named, built = get_net(SMALLEST, seed=3), build(named_arch(), seed=3)
    images = np.ones((1, 1, 32, 32))
    assert built(images).asnumpy().tolist() == named(images).asnumpy().tolist()


def named_arch():
    return find(SMALLEST).spec


def test_what_is_no_network_is_refused():
    with pytest.raises(ValueError, match="what fits is Arch"):
        build({"stem_width": 32})


@pytest.mark.parametrize("name", [SMALLEST, "vgg11_quarter", "mlp"])
def test_the_docstring_tells_source_and_cost(name):
    net = get_net(name)
    told = describe(name)
    assert net.__doc__ == str(told)
    assert told.source in net.__doc__
    assert f"{told.complexity.params:,} parameters" in net.__doc__


@pytest.mark.parametrize(
    "name, options",
    [
        ("resnet18", {}),  # of 10 classes, not of the 1000 that its source has
        (
            "resnet18",
            {
                "shortcut_bn": False,
                "stem": "conv3_s1",
                "stem_width": 8,
                "num_classes": 3,
            },
        ),
        ("resnet50", {"stride_on": "conv1", "in_channels": 1}),
        ("vgg11_quarter", {"bn": True, "hidden": 64}),
        ("mlp", {"residual": True, "in_channels": 3}),
    ],
    ids=str,
)
def test_the_docstring_tells_the_cost_of_what_was_made(name, options):
    net, entry = get_net(name, **options), ENTRIES[name]
    channels = options.get("in_channels", entry.in_channels)
    found = summary(net, (1, channels, entry.image_size, entry.image_size))
    numbers = f"{found.params:,} parameters, {found.flops:,} flops, {found.acts:,} acti"
    assert numbers in net.__doc__
    assert f"{options.get('num_classes', 10)} classes" in net.__doc__
    for key in set(options) - {"num_classes", "in_channels"}:
        assert f"{key}={options[key]!r}" in net.__doc__


# --- the specification --------------------------------------------------------------


@pytest.mark.parametrize(
    "name, options",
    [
        ("regnetx32", {"num_classes": 7}),
        ("resnet18", {"num_classes": 3, "in_channels": 3, "shortcut_bn": False}),
        ("regnetx32", {"in_channels": 1}),
    ],
)
def test_a_specification_makes_the_same_network_again(name, options):
    net = get_net(name, seed=4, **options)
    again = get_net(net.spec.name, seed=4, **net.spec.options)
    assert again.spec == net.spec
    images = np.ones((1, options.get("in_channels", 1), 32, 32))
    assert again(images).asnumpy().tolist() == net(images).asnumpy().tolist()
    assert shapes(again) == shapes(net)


def test_a_specification_holds_what_was_asked_for():
    spec = get_net(SMALLEST, num_classes=7).spec
    assert spec == NetSpec(SMALLEST, {"num_classes": 7, "in_channels": None})
    assert "seed" not in get_net(SMALLEST, seed=3).spec.options


def test_a_specification_does_not_change():
    with pytest.raises(dataclasses.FrozenInstanceError):
        get_net(SMALLEST).spec.name = "resnet18"
