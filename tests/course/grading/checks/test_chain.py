"""Chains against tables, the last map, ReLUs between convolutions."""

from __future__ import annotations

import pytest
from mxnet import npx
from mxnet.gluon import nn

from course.grading.answers import Network
from course.grading.checks import CHECKS
from course.grading.extract import graph_text
from course.grading.findings import Miss
from course.grading.graph import read_graph

npx.set_np()
IMAGE = (1, 16, 16)


class Given:
    """Answers that are there: networks by their places."""

    def __init__(self, **nets):
        self.found = {
            name: Network(name, read_graph(graph_text(net, IMAGE), IMAGE))
            for name, net in nets.items()
        }

    def network(self, place):
        return self.found[place.replace(".", "_")]


def chain(*layers, act="relu", head=True):
    net = nn.HybridSequential()
    for layer in layers:
        if layer == "M":
            net.add(nn.MaxPool2D(2, 2))
        elif isinstance(layer, int):
            net.add(nn.Conv2D(layer, 3, padding=1, activation=act))
        else:
            net.add(layer)
    if head:
        net.add(nn.Flatten(), nn.Dense(10))
    return net


def said(check, net, **options) -> str:
    """The sentence of a check; '' where it holds."""
    try:
        CHECKS[check](Given(net=net), "net", **options)
    except Miss as miss:
        return str(miss)
    return ""


TABLE = [4, "M", 8, 8, "M"]


@pytest.mark.parametrize(
    "layers, found",
    [
        ((4, "M", 8, 8, "M"), ""),
        ((4, "M", 8, 8, "M", nn.GlobalAvgPool2D()), ""),
        ((4, "M", 8, 8, "M", 8), "number 6 is a 3×3 convolution of 8"),
        ((4, "M", 8, 8), "number 5 is missing"),
        ((4, "M", 8, "M"), "number 4 is 2×2 max pooling"),
        (
            (4, "M", 9, 8, "M"),
            "must be a 3×3 convolution of 8 with stride 1 and padding 1",
        ),
        ((4, nn.AvgPool2D(2, 2), 8, 8, "M"), "2×2 avg pooling with stride 2"),
        ((nn.Conv2D(4, 5, padding=2), "M", 8, 8, "M"), "a 5×5 convolution of 4"),
        ((4, "M", nn.Conv2D(8, 3, padding=1, groups=2), 8, "M"), "grouped or dilated"),
    ],
)
def test_trunk(layers, found):
    sentence = said("trunk", chain(*layers), layers=TABLE, only=True)
    assert found in sentence and bool(found) == bool(sentence)


def test_more_may_follow_a_trunk():
    net = chain(*TABLE, nn.Conv2D(10, 1))
    assert not said("trunk", net, layers=TABLE)


def test_outputs():
    assert not said("outputs", chain(4))
    assert "10" in said("outputs", chain(4, head=False))


def test_last_map():
    net = chain(4, "M", 4, "M")
    assert not said("last_map", net, least=4)
    assert "4 pixels a side: 5" in said("last_map", net, least=5)


@pytest.mark.parametrize(
    "head",
    [
        (nn.GlobalAvgPool2D(), nn.Conv2D(10, 1), nn.Flatten()),
        (nn.Conv2D(10, 1), nn.GlobalAvgPool2D(), nn.Flatten()),
        (nn.AvgPool2D(8), nn.Dense(10)),
        (nn.Dense(10),),
    ],
)
def test_a_head_has_no_last_map(head):
    net = chain(4, "M", *head, head=False)
    assert not said("last_map", net, least=8)
    assert "8 pixels a side: 9" in said("last_map", net, least=9)


def test_relus_between():
    assert not said("relu_between", chain(4, 4))
    assert "convolution 1" in said("relu_between", chain(4, 4, act=None))
    assert not said("relu_between", chain(4, nn.Conv2D(2, 1), nn.GlobalAvgPool2D()))
    assert "convolution 1" in said(
        "trunk", chain(4, 4, act=None), layers=[4], relu=True
    )
    assert not said("trunk", chain(4, 4), layers=[4], relu=True)


def test_biases():
    assert not said("relu_between", chain(4, 4), bias=True)
    bare = nn.Conv2D(4, 3, padding=1, use_bias=False, activation="relu")
    assert (
        said("relu_between", chain(4, bare), bias=True)
        == "net: convolution 2 has no bias"
    )
    assert not said("relu_between", chain(4, bare))
    bare = nn.Conv2D(4, 3, padding=1, use_bias=False)
    normed = chain(4, bare, nn.BatchNorm(), nn.Activation("relu"))
    assert not said("relu_between", normed, bias=True)


@pytest.mark.parametrize(
    "layers, convs, found",
    [
        ((4, "M", 4, nn.Conv2D(2, 1)), 2, ""),
        ((4, "M", 4), 3, "3 or more"),
        ((4, nn.Conv2D(4, 1), 4), 2, "number 2 is a 1×1 convolution"),
        ((4, nn.Conv2D(4, 3, 2, 1), 4), 2, "with stride 2"),
        ((4, nn.Conv2D(4, 3, padding=1), nn.BatchNorm(), 4), 2, "convolution 2"),
    ],
)
def test_vgg_like(layers, convs, found):
    sentence = said("vgg_like", chain(*layers), convs=convs)
    assert found in sentence and bool(found) == bool(sentence)


class Summed(nn.HybridBlock):
    """Branches that meet in a sum, or in a concatenation."""

    def __init__(self, body, merge="add"):
        super().__init__()
        self.body, self.merge = body, merge

    def hybrid_forward(self, F, x):
        y = self.body(x)
        return x + y if self.merge == "add" else F.np.concatenate([x, y], axis=1)


def conv():
    return nn.Conv2D(4, 3, padding=1, activation="relu")


@pytest.mark.parametrize(
    "layers, found",
    [
        ((4, Summed(conv()), 4), "branches, which meet in a sum"),
        ((4, 4, Summed(conv())), "branches, which meet in a sum"),
        ((4, Summed(conv(), "concat"), 4), "meet in a concatenation"),
        ((4, Summed(nn.GlobalAvgPool2D()), 4, 4), "2×2 max pooling"),
        ((4, 4, 4, Summed(nn.Conv2D(4, 1))), ""),
    ],
)
def test_a_vgg_has_no_branches_before_its_head(layers, found):
    sentence = said("vgg_like", chain(*layers), convs=3)
    assert found in sentence and bool(found) == bool(sentence)


def hidden(*layers):
    """Behind a convolution dense layers, and what stands behind each."""
    net = chain(4, head=False)
    net.add(*layers, nn.Dense(10))
    return net


@pytest.mark.parametrize(
    "layers, found",
    [
        ((nn.Dense(8, activation="relu"), nn.Dropout(0.5)), ""),
        ((nn.Dense(8), nn.Dropout(0.5), nn.Activation("relu")), ""),
        ((nn.Dense(9, activation="relu"), nn.Dropout(0.5)), "(9, 10): it must be"),
        ((nn.Dense(8), nn.Dropout(0.5)), "no ReLU follows dense layer 1"),
        (
            (nn.Dense(8, activation="sigmoid"), nn.Dropout(0.5)),
            "no ReLU follows dense layer 1",
        ),
        ((nn.Dense(8, activation="relu"),), "rate is 0: it must be 0.5"),
        ((nn.Dense(8, activation="relu"), nn.Dropout(0.2)), "rate is 0.2: it must"),
    ],
)
def test_classifier(layers, found):
    sentence = said("classifier", hidden(*layers), widths=[8, 10])
    assert found in sentence and bool(found) == bool(sentence)


def test_all_of():
    given = Given(nets_a=chain(4), nets_b=chain(4, 4, act=None))
    checks = [
        {"of": "outputs", "key": "a", "count": 10},
        {"of": "relu_between", "key": "a"},
    ]
    CHECKS["all_of"](given, "nets", checks=checks)
    checks.append({"of": "relu_between", "key": "b"})
    with pytest.raises(Miss, match="no ReLU"):
        CHECKS["all_of"](given, "nets", checks=checks)
    assert checks[0]["of"] == "outputs", "a rubric is read many times"


def test_each():
    given = Given(nets_a=chain(4), nets_b=chain(4, 4, act=None))
    CHECKS["each"](given, "nets", of="outputs", keys=["a", "b"], count=10)
    with pytest.raises(Miss, match="no ReLU"):
        CHECKS["each"](given, "nets", of="relu_between", keys=["a", "b"])


class Trained(Given):
    """Answers whose training gives the errors told, by the number of parameters."""

    def __init__(self, errors, **nets):
        super().__init__(**nets)
        self.errors = errors

    def train(self, network, **recipe):
        own = network is self.found["net"]
        return self.errors[own]


@pytest.mark.parametrize("own, holds", [(0.14, True), (0.16, False)])
def test_no_worse_than_vgg(own, holds):
    given = Trained({False: 0.135, True: own}, net=chain(4))
    options = {"blocks": [[1, 4, True]], "margin": 0.01, "seeds": 2}
    if holds:
        CHECKS["no_worse_than_vgg"](given, "net", **options)
        return
    with pytest.raises(Miss, match="the VGG as is"):
        CHECKS["no_worse_than_vgg"](given, "net", **options)


def test_what_is_too_dear_is_not_trained():
    given = Given(net=chain(4))
    with pytest.raises(Miss, match="more than 100 is not trained"):
        CHECKS["no_worse_than_vgg"](given, "net", blocks=[[1, 4]], largest=100)
