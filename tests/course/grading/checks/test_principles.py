"""Which principles a network keeps, its rule, and what stands around its stages."""

from __future__ import annotations

import re

import pytest
from mxnet import npx
from mxnet.gluon import nn

import gluon_nets as gn
from course.grading.answers import Network
from course.grading.checks import CHECKS, training
from course.grading.extract import graph_text
from course.grading.findings import Miss
from course.grading.graph import read_graph

npx.set_np()
IMAGE = (1, 28, 28)
FRAME = {"kind": "bottleneck", "stem": "conv3", "width": 16, "stages": 3}


class Given:
    """Answers that are there: a network `net`, and numbers by their places."""

    def __init__(self, arch, **numbers):
        net = gn.build(arch, num_classes=10, in_channels=1)
        graph = read_graph(graph_text(net, IMAGE), IMAGE)
        self.found, self.numbers = Network("net", graph), numbers

    def network(self, place):
        assert place.split(".")[0] == "net"
        return self.found

    def number(self, place):
        return self.numbers[place.split(".")[1]]


def arch(depths=(1, 2, 3), widths=(32, 64, 128), groups=(8,) * 3, ratios=(1,) * 3):
    columns = zip(depths, widths, groups, ratios)
    return gn.Arch(16, tuple(gn.Stage(*row) for row in columns))


BROKEN = {
    "d": arch(depths=(3, 2, 1)),
    "w": arch(widths=(72, 56, 32)),
    "g": arch(groups=(16, 8, 2)),
    "b": arch(ratios=(0.5, 1, 2)),
}


def said(check, of, numbers=None, **options) -> str:
    """The sentence of a check; '' where it holds."""
    try:
        CHECKS[check](Given(of, **(numbers or {})), "net", **options)
    except Miss as miss:
        return str(miss)
    return ""


@pytest.mark.parametrize("key", BROKEN)
def test_one_principle_is_broken_and_no_other(key):
    for principle in BROKEN:
        breaks = said("breaks", BROKEN[key], principle=principle)
        keeps = said("keeps", BROKEN[key], principle=principle)
        assert (breaks == "") == (keeps != "") == (key == principle)


def test_the_base_breaks_none():
    words = {"d": "depths (1, 2, 3) fall", "w": "widths (32, 64, 128) fall"}
    words.update(g="all stages have the group width 8", b="the bottleneck 1")
    for principle, word in words.items():
        assert word in said("breaks", arch(), principle=principle)
        assert not said("keeps", arch(), principle=principle)


def test_a_second_principle_is_named():
    both = arch(depths=(3, 2, 1), groups=(16, 8, 2))
    sentence = said("breaks", both, principle="d")
    assert "breaks g, too" in sentence and "(16, 16, 16, 8, 8, 2)" in sentence


def test_framed():
    def framed(of, **options):
        return said("framed", of, keys=["a", "b"], **{**FRAME, **options})

    assert not framed(arch())
    assert "must begin with" in framed(arch(), width=32)
    assert "has 3 stages: it must have 4" in framed(arch(), stages=4)
    assert "stage 1 has stride 2: it must be 1" in framed(arch(), stride=1)
    basic = gn.Arch(16, tuple(gn.Stage(1, w) for w in (8, 16, 32)), block="residual")
    assert "stage 1, block 1 is a basic block" in framed(basic)


def test_frame_names_stem_and_head():
    stem = gn.Arch(16, arch().stages, stem="conv3_s1")
    sentence = said("frame", stem)
    assert "net begins with a 3×3 convolution with stride 1" in sentence
    assert not said("frame", stem, stem="conv3_s1", width=16)


@pytest.mark.parametrize(
    ("behind", "found"),
    [
        ((), "to 8 channels, conv"),
        ((nn.BatchNorm(),), "to 8 channels, BatchNorm, conv"),
        ((nn.BatchNorm(), nn.Activation("relu")), ""),
    ],
)
def test_what_follows_the_stem(behind, found):
    net = nn.HybridSequential()
    net.add(nn.Conv2D(8, 3, 2, 1), *behind, nn.Conv2D(8, 3, padding=1))
    net.add(nn.GlobalAvgPool2D(), nn.Dense(10))
    given = Given(arch())
    given.found = Network("net", read_graph(graph_text(net, IMAGE), IMAGE))
    CHECKS["frame"](given, "net")
    if not found:
        CHECKS["frame"](given, "net", layers=True)
        return
    with pytest.raises(Miss, match=found):
        CHECKS["frame"](given, "net", layers=True)


RULE = {"w0": 32, "wa": 5, "wm": 2.5, "depth": 10}


@pytest.mark.parametrize(
    "changes, found",
    [
        ({}, ""),
        ({"w0": 32.0, "wa": 5.1}, ""),
        ({"depth": 9}, "depth is 9, which is not what your own network has"),
        ({"wm": 1.5}, "apart, 5.0% fit"),
        ({"w0": 20}, "w0 is 20: it must be a multiple of 8"),
        ({"w0": 0}, "w0 is 0"),
        ({"wm": 1}, "wm is 1"),
        ({"wa": 1e300}, "wa is"),
        ({"wa": 10**200}, "wa is"),
    ],
)
def test_own_rule(changes, found):
    of = gn.regnet_arch(32, 5, 2.5, 10, 16)
    given = Given(of, **{**RULE, **changes})
    try:
        CHECKS["own_rule"](given, "rule", "net")
        sentence = ""
    except Miss as miss:
        sentence = str(miss)
    assert found in sentence and bool(found) == bool(sentence)


def test_deeper():
    assert not said("deeper", arch(), least=6)
    assert "net has blocks: 6: it must be 7+" in said("deeper", arch(), least=7)


def test_rising_strictly():
    equal = arch(widths=(32, 64, 64))
    assert not said("rising", equal)
    found = said("rising", equal, strictly=True)
    told = "stage 3 has width 64: it must be more than 64, the width of stage 2"
    assert found == f"net, {told}"


def test_what_falls_is_named_with_its_stage():
    for check, option in ("rising", {"what": "depth"}), ("keeps", {"principle": "d"}):
        found = said(check, BROKEN["d"], **option)
        told = "stage 2 has depth 2: it must be 3 or more, the depth of stage 1"
        assert found == f"net, {told}"
    assert not said("rising", BROKEN["d"], what="depth", holds=False)
    found = said("rising", arch(), what="depth", holds=False)
    assert found.startswith("net: nowhere do the depths (1, 2, 3) fall")


def test_what_is_not_shared_is_named_with_its_block():
    for check, option in ("shared", {}), ("keeps", {"principle": "g"}):
        found = said(check, arch(groups=(8, 8, 16)), **option)
        told = "stage 3, block 1 has group width 16, and the first block of all has 8"
        assert found.startswith(f"net, {told}")
    assert not said("shared", BROKEN["g"], holds=False)
    told = "net: all stages have the group width 8: they must differ"
    assert said("shared", arch(), holds=False) == told


class Loose(nn.HybridBlock):
    """A basic block from which something may have been left out."""

    def __init__(self, norms=True, inner=True, last=True):
        super().__init__()
        self.f, self.last = nn.HybridSequential(), last
        for number in range(2):
            self.f.add(nn.Conv2D(8, 3, padding=1))
            if norms:
                self.f.add(nn.BatchNorm())
            if inner and not number:
                self.f.add(nn.Activation("relu"))

    def hybrid_forward(self, F, x):
        y = self.f(x) + x
        return F.npx.relu(y) if self.last else y


@pytest.mark.parametrize(
    ("left_out", "found"),
    [
        ({}, ""),
        ({"norms": False}, "stage 1, block 2 has 0 BatchNorms"),
        ({"inner": False}, "block 2: no ReLU between the convolutions 3x3 8 and 3x3 8"),
        ({"last": False}, "stage 1, block 2: no ReLU follows the sum"),
    ],
)
def test_layers_of_blocks(left_out, found):
    net = nn.HybridSequential()
    net.add(nn.Conv2D(8, 3, 2, 1), nn.BatchNorm(), nn.Activation("relu"), Loose())
    net.add(Loose(**{key: False for key in left_out}), nn.GlobalAvgPool2D())
    net.add(nn.Dense(10))
    given = Given(arch())
    given.found = Network("net", read_graph(graph_text(net, IMAGE), IMAGE))
    CHECKS["blocks"](given, "net", kind="basic", shortcut=True)
    if not found:
        CHECKS["blocks"](given, "net", layers=True)
        return
    with pytest.raises(Miss, match=re.escape(found)):
        CHECKS["blocks"](given, "net", layers=True)


def test_what_is_measured_may_be_a_network_of_ours():
    class Trained(Given):
        def train(self, network, **options):
            return 0.30 if network.name == "net" else 0.25

        def data(self, place):
            return self.numbers[place.split(".")[1]]

    given = Trained(arch(), a=0.26)
    CHECKS["measured"](given, "errors.a", "net", 0.02, like="regnetx32")
    with pytest.raises(Miss, match="errors.a is 26.0%: trained by us it is 30.0%"):
        CHECKS["measured"](given, "errors.a", "net", 0.02)


def test_what_cannot_be_trained():
    class Untrained(Given):
        def train(self, network, **options):
            raise AssertionError("it was trained")

    for options, word in ({"largest": 1000}, "is not trained"), ({}, "outputs"):
        given = Untrained(arch())
        if not options:
            net = gn.build(arch(), num_classes=7, in_channels=1)
            graph = read_graph(graph_text(net, IMAGE), IMAGE)
            given.found = Network("net", graph)
        with pytest.raises(Miss, match=word):
            CHECKS["trained"](given, "net", most=0.5, **options)


def test_a_giant_is_not_trained_whatever_its_rubric_says(monkeypatch):
    class Untrained(Given):
        def train(self, network, **options):
            raise AssertionError("it was trained")

    monkeypatch.setattr(training, "LARGEST", 1000)
    with pytest.raises(Miss, match="more than 1,000 is not trained"):
        CHECKS["trained"](Untrained(arch()), "net", most=0.5)


def test_what_was_trained_is_told_with_its_bound():
    class Trained(Given):
        def train(self, network, **options):
            return 0.30 if network.name == "net" else 0.25

    given = Trained(arch())
    CHECKS["trained"](given, "net", like="regnetx32", margin=0.06)
    told = r"net errs in 30.0% and regnetx32 in 25.0%: more than 26.0% is too much"
    with pytest.raises(Miss, match=told):
        CHECKS["trained"](given, "net", like="regnetx32", margin=0.01)
    CHECKS["trained"](given, "net", most=0.31)
    with pytest.raises(Miss, match="net errs in 30.0%: more than 29.0% is too much"):
        CHECKS["trained"](given, "net", most=0.29)
