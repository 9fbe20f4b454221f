"""Residual families: small ones of the library, and what is wrong with others."""

from __future__ import annotations

import functools

import pytest
from mxnet import npx
from mxnet.gluon import nn

import gluon_nets as gn
from course.grading.answers import Network
from course.grading.checks import CHECKS
from course.grading.extract import graph_text
from course.grading.findings import Miss
from course.grading.graph import read_graph

npx.set_np()
IMAGE = (3, 32, 32)


def arch(block="residual", depths=(2, 1), strides=(1, 2), **stage):
    widths = (16, 32)
    stages = tuple(
        gn.Stage(d, w, stride=s, **{k: v * w // 16 for k, v in stage.items()})
        for d, w, s in zip(depths, widths, strides)
    )
    return gn.Arch(16, stages, block, "conv7_pool")


@functools.lru_cache(maxsize=None)
def network(numbers):
    net = gn.build(numbers, num_classes=10, in_channels=3)
    return Network("nets.a", read_graph(graph_text(net, IMAGE), IMAGE))


class Given:
    def __init__(self, found):
        self.found = found

    def network(self, place):
        return self.found


def said(check, numbers, *where, **options) -> str:
    found = network(numbers) if isinstance(numbers, gn.Arch) else numbers
    try:
        CHECKS[check](Given(found), "nets", *where, **options)
    except Miss as miss:
        return str(miss)
    return ""


BOTTLENECK = {"group_width": 4}


def test_plans():
    options = {"depths": {"a": [2, 1]}, "widths": [16, 32]}
    assert not said("plans", arch(), **options)
    sentence = said("plans", arch(depths=(1, 2)), **options)
    assert "1×16, 2×32" in sentence and "2×16, 1×32" in sentence


@pytest.mark.parametrize(
    "numbers, kind, found",
    [
        (arch(), "basic", ""),
        (arch(), "bottleneck", "block 1 is a basic block"),
        (arch("vanilla"), "basic", "vanilla"),
        (arch("preact_residual"), "basic", "preact_basic"),
    ],
)
def test_residual_blocks(numbers, kind, found):
    sentence = said("residual_blocks", numbers, keys=["a"], kind=kind)
    assert found in sentence and bool(found) == bool(sentence)


class Odd(nn.HybridBlock):
    """A block without the last BatchNorm, or with ReLUs in other places."""

    def __init__(self, norm: bool, before: bool, inner: bool):
        super().__init__()
        self.f, self.before = nn.HybridSequential(), before
        self.f.add(nn.Conv2D(8, 3, padding=1), nn.BatchNorm())
        if inner:
            self.f.add(nn.Activation("relu"))
        self.f.add(nn.Conv2D(8, 3, padding=1))
        if norm:
            self.f.add(nn.BatchNorm())

    def hybrid_forward(self, F, x):
        if self.before:
            return F.npx.relu(self.f(x)) + x
        return F.npx.relu(self.f(x) + x)


@pytest.mark.parametrize(
    "norm, before, inner, found",
    [
        (0, 0, 1, "1 BatchNorms"),
        (1, 1, 1, "ReLU must follow"),
        (1, 0, 0, "block 1: no ReLU between the convolutions 3x3 8 and 3x3 8"),
    ],
)
def test_blocks_that_are_not_finished(norm, before, inner, found):
    net = nn.HybridSequential()
    net.add(nn.Conv2D(8, 3, 2, 1), nn.BatchNorm(), nn.Activation("relu"))
    net.add(Odd(*map(bool, (norm, before, inner))), nn.GlobalAvgPool2D(), nn.Dense(10))
    odd = Network("odd", read_graph(graph_text(net, IMAGE), IMAGE))
    assert found in said("residual_blocks", odd, keys=["a"], kind="basic")


def test_strides():
    assert not said("strides", arch(), keys=["a"])
    found = said("strides", arch(strides=(2, 2)), keys=["a"])
    assert "block 1 has stride 2: it must be 1" in found
    found = said("strides", arch(strides=(1, 1)), keys=["a"])
    assert "block 3 has stride 1: it must be 2" in found


@pytest.mark.parametrize("shortcut_bn", [True, False])
def test_weights_are_without_biases_and_norms(shortcut_bn):
    stages = (gn.Stage(1, 8, stride=2),)
    numbers = gn.Arch(4, stages, "residual", "conv3", shortcut_bn=shortcut_bn)
    count = 3 * 4 * 9 + 4 * 8 * 9 + 8 * 8 * 9 + 4 * 8 + 8 * 10
    assert not said("weights", numbers, values={"a": count})
    assert f"{count:,}" in said("weights", numbers, values={"a": count + 1})
    assert not said("weights", numbers, values={"": count})


def test_weights_name_outputs_and_projections_that_are_too_many():
    found = said("weights", arch(), values={"a": 1}, classes=1000)
    assert found == "nets.a has 10 outputs: it must have 1,000"

    class Projected(nn.HybridBlock):
        def __init__(self):
            super().__init__()
            self.f, self.shortcut = nn.Conv2D(8, 3, padding=1), nn.Conv2D(8, 1)

        def hybrid_forward(self, F, x):
            return F.npx.relu(self.f(x) + self.shortcut(x))

    net = nn.HybridSequential()
    net.add(nn.Conv2D(8, 3, 2, 1), Projected(), nn.GlobalAvgPool2D(), nn.Dense(10))
    odd = Network("odd", read_graph(graph_text(net, IMAGE), IMAGE))
    assert "block 1 has a projection and needs none" in said(
        "weights", odd, values={"a": 1}
    )


def stem(*layers):
    net = nn.HybridSequential()
    net.add(*layers, nn.GlobalAvgPool2D(), nn.Dense(10))
    return Network("net", read_graph(graph_text(net, IMAGE), IMAGE))


def test_the_stem_of_a_resnet():
    layers = (nn.Conv2D(64, 7, 2, 3), nn.BatchNorm(), nn.Activation("relu"))
    assert not said("resnet_stem", stem(*layers, nn.MaxPool2D(3, 2, 1)))
    found = said("resnet_stem", stem(*layers, nn.MaxPool2D(2, 2)))
    assert "ReLU, max pool 2x2/2 to 8 pixels: it must begin with 7x7/2 64" in found
    assert "ReLU, global mean: it must" in said("resnet_stem", stem(*layers))
    found = said("resnet_stem", stem(nn.Conv2D(8, 3)), classes=1000)
    assert "10 outputs" in found
    net = nn.HybridSequential()
    net.add(*layers, nn.MaxPool2D(3, 2, 1), nn.GlobalMaxPool2D(), nn.Dense(10))
    found = said(
        "resnet_stem", Network("net", read_graph(graph_text(net, IMAGE), IMAGE))
    )
    assert "ends in global max pooling and a dense layer: it must end in" in found


class PreAct(nn.HybridBlock):
    """A block whose shortcut reads what it gets, or what its first ReLU gives."""

    def __init__(self, project: bool, active: bool):
        super().__init__()
        self.bn, self.relu, self.active = nn.BatchNorm(), nn.Activation("relu"), active
        self.f = nn.HybridSequential()
        self.f.add(nn.Conv2D(8, 3, padding=1), nn.BatchNorm(), nn.Activation("relu"))
        self.f.add(nn.Conv2D(8, 3, padding=1))
        self.shortcut = nn.HybridSequential()
        if project:
            self.shortcut.add(nn.Conv2D(8, 1))

    def hybrid_forward(self, F, x):
        a = self.relu(self.bn(x))
        return self.f(a) + self.shortcut(a if self.active else x)


@pytest.mark.parametrize(
    "project, active, found",
    [
        (False, False, ""),
        (True, True, ""),
        (False, True, "the identity on its shortcut reads what the first ReLU gives"),
        (True, False, "the convolution on its shortcut reads the block's input"),
    ],
)
def test_what_shortcuts_of_preactivation_read(project, active, found):
    sentence = said("preact_shortcuts", stem(nn.Conv2D(8, 3), PreAct(project, active)))
    assert found in sentence and bool(found) == bool(sentence)


def test_preactivation():
    first, second = arch(), arch("preact_residual")
    for check in ("preactivated", "open_sums", "final_norm"):
        assert said(check, first)
        assert not said(check, second)
    assert "sum" in said("open_sums", arch("vanilla"))
