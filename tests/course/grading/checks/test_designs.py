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
        ({"norm": 0, "dropout": 0}, ""),
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
    given = {"designs": [RIGHT, {**RIGHT, **changed}]}
    sentence = said("designs", "designs", given, least=2)
    assert found in sentence and bool(found) == bool(sentence)


@pytest.mark.parametrize("value", [[], {}, "text", 3, [3, 4], [[], []], [None, None]])
def test_what_are_no_designs(said, value):
    given = {"designs": value, "errors": [0.1, 0.2]}
    assert said("designs", "designs", given, least=2)
    assert said("own_errors", "errors", given, designs="designs", low=0, high=1)


def test_seeds(said):
    def say(first, again, other, different=2):
        given = {"designs": first, "errors": again, "edfs": other}
        options = {"again": "errors", "other": "edfs", "different": different}
        return said("reproducible", "designs", given, **options)

    assert say(TABLE, TABLE, TABLE[:1]) == ""
    assert "differ" in say(TABLE, TABLE[:1], [])
    assert "are the same" in say(TABLE, TABLE, TABLE)
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
        ({"widths": [16, 16]}, "dense layers is (16, 16, 10): its design has (16, 8,"),
        ({"norm": False}, "norms is 0: its design has 2"),
        ({"dropout": 0.4}, "dropout is (0.4): its design has (0.2)"),
        ({"dropout": 0}, "dropout is (): its design has (0.2)"),
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
    assert "falling.1 is 0.7: by your own" in said(
        "own_edfs", "edfs", given, at=at, **own
    )
    assert said("own_shift", "shift", given, at=0.2, **own) == ""
    for word in ("falling", "all", "nothing"):
        sentence = said("own_shift", "shift", {**given, "shift": word}, at=0.2, **own)
        assert "your own numbers falling: 0.50" in sentence


@pytest.mark.parametrize(
    "results, found", [([True, 1, False], ""), ([True, True, True], "entry 2")]
)
def test_truths(said, results, found):
    given = {"edfs": results}
    sentence = said("truths", "edfs", given, values=[True, True, False])
    assert found in sentence and bool(found) == bool(sentence)
