"""Designs of MLPs as data: whatever they are, a sentence."""

from __future__ import annotations

import pytest
from mxnet import npx
from mxnet.gluon import nn

from course.grading.answers import Answers
from course.grading.checks import CHECKS
from course.grading.checks.designs import edf
from course.grading.collect import collect, specification
from course.grading.findings import Miss
from course.grading.rubric import load_exercise

npx.set_np()
RIGHT = {"depth": 2, "widths": [16, 8], "norm": True, "dropout": 0.2}
TABLE = [RIGHT, {"depth": 1, "widths": [8], "norm": False, "dropout": 0}]


@pytest.fixture
def exercise():
    return load_exercise("perfect_mlp")


@pytest.fixture
def said(exercise):
    """The sentence of a check on answers to the exercise; '' where it holds."""

    def say(check, answer, given, train=None, **options) -> str:
        raw = collect(specification(exercise, {}), given)
        try:
            CHECKS[check](Answers(exercise, raw, train), answer, **options)
        except Miss as miss:
            return str(miss)
        return ""

    return say


@pytest.mark.parametrize(
    "changed, found",
    [
        ({}, ""),
        ({"norm": 1, "dropout": 0.5}, ""),
        ({"dropout": 0}, "dropout is 0 in each of the designs: it must vary"),
        ({"depth": 1}, "entry 1: widths is (16, 8): 1 whole numbers"),
        ({"depth": 6, "widths": 6 * [8]}, "depth is 6: 1 to 5 fit"),
        ({"depth": 0, "widths": []}, "depth is 0"),
        ({"widths": [16, 9]}, "multiples of 8 up to 128"),
        ({"widths": [16, 136]}, "multiples of 8"),
        ({"widths": [16, 8.0]}, "whole numbers"),
        ({"widths": 16}, "widths is 16"),
        ({"dropout": 0.6}, "dropout is 0.6: 0 to 0.5 fit"),
        ({"dropout": "none"}, "dropout is none"),
        ({"norm": None}, "norm is None"),
        ({"name": "x"}, "it must be a dict with depth"),
    ],
)
def test_designs(said, changed, found):
    given = {"designs": [TABLE[1], {**RIGHT, **changed}]}
    sentence = said("designs", "designs", given, count=2)
    assert found in sentence and bool(found) == bool(sentence)


@pytest.mark.parametrize("value", [[], {}, "text", 3, [3, 4], [[], []], [None, None]])
def test_what_are_no_designs(said, value):
    given = {"designs": value, "errors": [0.1, 0.2]}
    assert said("designs", "designs", given, count=2)
    assert said("own_errors", "errors", given, designs="designs", low=0, high=1)


def test_so_many_designs_as_asked(said):
    sentence = said("designs", "designs", {"designs": 2 * TABLE}, count=3)
    assert sentence == "designs has 4 entries: it must have 3"


def test_seeds(said):
    def say(first, again, other, different=2):
        given = {"designs": first, "errors": again, "edfs": other}
        options = {"again": "errors", "other": "edfs", "different": different}
        return said("reproducible", "designs", given, **options)

    assert say(TABLE, TABLE, TABLE[:1]) == ""
    assert say(TABLE, TABLE[:1], []) == "designs gave two different lists"
    assert say(TABLE, TABLE, TABLE) == "designs and edfs gave the same list"
    assert "the same" in say(TABLE, TABLE, TABLE)
    assert "1 different designs" in say(2 * TABLE[:1], 2 * TABLE[:1], TABLE)


def build(design):
    net = nn.HybridSequential()
    for width in design["widths"]:
        net.add(nn.Dense(width))
        if design["norm"]:
            net.add(nn.BatchNorm())
        net.add(nn.Activation("relu"), nn.Dropout(design["dropout"]))
    net.add(nn.Dense(10))
    return net


@pytest.mark.parametrize(
    "changed, found",
    [
        ({}, ""),
        ({"widths": [16, 16]}, "layer 5 is dense 16: its design has dense 8 there"),
        ({"norm": False}, "layer 2 is ReLU: its design has BatchNorm there"),
        ({"dropout": 0.4}, "layer 4 is dropout 0.4: its design has dropout 0.2"),
        ({"dropout": 0}, "layer 4 is dense 8: its design has dropout 0.2"),
    ],
)
def test_networks_are_as_designed(said, changed, found):
    nets = [build({**RIGHT, **changed}), build(TABLE[1])]
    given = {"designs": TABLE, "nets": nets}
    sentence = said("as_designed", "nets", given, designs="designs", least=2)
    assert found in sentence and bool(found) == bool(sentence)
    given["nets"] = nets[:1]
    sentence = said("as_designed", "nets", given, designs="designs", least=2)
    assert "nets has 1 entries" in sentence


def sequence(*layers):
    net = nn.HybridSequential()
    net.add(*layers)
    return net


def layer_of(word):
    if isinstance(word, int):
        return nn.Dense(word)
    if isinstance(word, str):
        return nn.Flatten() if word == "flatten" else nn.Activation(word)
    return word


class Summed(nn.HybridBlock):
    def hybrid_forward(self, F, x):
        return x + F.npx.relu(x)


@pytest.mark.parametrize(
    "layers, found",
    [
        (["flatten", 8, "relu", 10], ""),
        ([8, "relu", "flatten", 10], ""),
        ([8, 10], "layer 2 is dense 10: its design has ReLU there"),
        ([8, "sigmoid", 10], "layer 2 is sigmoid"),
        ([nn.Conv2D(1, 3), 8, "relu", 10], "layer 1 is a convolution"),
        ([8, "relu", 10, "relu"], "layer 4 is ReLU: its design has no further one"),
        ([8, "relu"], "layer 3 is missing: its design has dense 10"),
        ([8, Summed(), 10], "layer 2 is ReLU|layer 3 is a branch"),
        ([nn.Dense(8, flatten=False), "relu", 10], "layer 1 is dense on each row"),
    ],
)
def test_networks_are_chains_of_told_layers(said, layers, found):
    net = sequence(*map(layer_of, layers))
    given = {"designs": TABLE[1:], "nets": [net]}
    sentence = said("as_designed", "nets", given, designs="designs", least=1)
    assert bool(found) == bool(sentence)
    assert any(part in sentence for part in found.split("|"))


def test_no_network_without_a_hidden_layer(said):
    table = [{**RIGHT, "depth": 0, "widths": []}]
    given = {"designs": table, "nets": [sequence(nn.Dense(10))]}
    sentence = said("as_designed", "nets", given, designs="designs", least=1)
    assert "depth is 0: 1 to 5 fit" in sentence


def test_errors_and_the_grader_s(said):
    options = {"designs": "designs", "low": 0.1, "high": 0.9}
    given = {"designs": TABLE, "errors": [0.3, 0.2]}
    assert said("own_errors", "errors", given, **options) == ""
    for errors in ([0.3], [0.3, 20], [0.3, "0.2"], 0.3, {"0": 0.3, "1": 0.2}):
        assert said("own_errors", "errors", {**given, "errors": errors}, **options)
    given["nets"] = list(map(build, TABLE))
    asked = []

    def train(graph, **recipe):
        asked.append(graph.params)
        return 0.24

    options = {"network": "nets", "designs": "designs", "epochs": 1}
    assert said("best_measured", "errors", given, train, within=0.05, **options) == ""
    sentence = said("best_measured", "errors", given, train, within=0.03, **options)
    assert "errors[1] is 20.0%: trained by us it is 24.0%" in sentence
    assert asked == 2 * [785 * 8 + 90]
    sentence = said(
        *("best_measured", "errors", given, train),
        **{"within": 0.05, "largest": 1000, **options},
    )
    assert sentence.endswith("what has more than 1,000 is not trained")
    assert len(asked) == 2


def test_edfs(said):
    designs = [*TABLE, {**RIGHT, "widths": [8, 16], "dropout": 0}]
    errors, at = [0.2, 0.4, 0.1], [0.1, 0.2]
    assert edf(designs, errors, "all", at) == [1 / 3, 2 / 3]
    assert edf(designs, errors, "falling", at) == [0, 0.5]
    assert edf(designs[:1], errors, "clean", at) is None
    edfs = {
        name: edf(designs, errors, name, at)
        for name in ("all", "falling", "shallow", "normed", "clean")
    }
    given = {"designs": designs, "errors": errors, "edfs": edfs, "shift": "normed"}
    own = {"designs": "designs", "errors": "errors"}
    assert said("own_edfs", "edfs", given, at=at, **own) == ""
    given["edfs"] = {**edfs, "falling": [0, 0.7]}
    assert "falling.1 is 0.7, which is not what your own designs" in said(
        "own_edfs", "edfs", given, at=at, **own
    )
    given["edfs"] = {**edfs, "falling": [0]}
    sentence = said("own_edfs", "edfs", given, at=at, **own)
    assert sentence == "edfs.falling has 1 entries: it must have 2"
    assert said("own_shift", "shift", given, at=0.2, **own) == ""
    for word in ("falling", "all", "nothing"):
        sentence = said("own_shift", "shift", {**given, "shift": word}, at=0.2, **own)
        assert "your own numbers falling: 0.50" in sentence


@pytest.mark.parametrize(
    "results, found",
    [
        ([True, 1, False], ""),
        ([True, True, True], "edfs.2 is True: it must be False"),
    ],
)
def test_truths(said, results, found):
    given = {"edfs": results}
    sentence = said("truths", "edfs", given, values=[True, True, False])
    assert found in sentence and bool(found) == bool(sentence)
