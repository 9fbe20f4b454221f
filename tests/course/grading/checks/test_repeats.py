"""Errors measured more than once, and what follows from them."""

from __future__ import annotations

import pytest

from course.grading.answers import Answers
from course.grading.checks import CHECKS
from course.grading.findings import Miss
from course.grading.rubric import load_exercise

ERRORS = {"base": [0.19, 0.186, 0.196], "d": [0.188, 0.187], "w": [0.203, 0.205]}


@pytest.fixture
def said(folder):
    """The sentence of a check on an answer and `table`; '' where it holds."""

    def say(check, table, best=None, **options) -> str:
        raw = {"table": {"value": table}, "best": {"value": best}}
        raw["double"] = {"value": best}
        answers = Answers(load_exercise(folder), raw)
        try:
            CHECKS[check](answers, **options)
        except Miss as miss:
            return str(miss)
        return ""

    return say


@pytest.mark.parametrize(
    "table, found",
    [
        ({"a": [0.2, 0.3]}, ""),
        ({"a": [0.2, 0.3, 0.1], "b": 1}, ""),
        ({"a": [0.2]}, "table.a has 1 entries: it must have 2 or more"),
        ({"a": []}, "table.a has 0 entries"),
        ({"a": 0.2}, "table.a has 1 entries"),
        ({"a": [20, 30]}, "table.a is 20: it must lie between 0 and 0.95"),
        ({"a": [0.2, 0]}, "table.a is 0"),
        ({"a": [0.2, "0.3"]}, "table.a.1 is a text"),
        ({"b": [0.2, 0.3]}, "has no 'a'"),
        (None, "table is still None"),
    ],
)
def test_repeated(said, table, found):
    sentence = said("repeated", table, answer="table", keys=["a"])
    assert found in sentence and bool(found) == bool(sentence)


def test_each_network_may_be_asked_for_as_often_as_it_needs(said):
    options = {"answer": "table", "keys": ["a", "b"], "least": {"a": 2, "b": 1}}
    assert not said("repeated", {"a": [0.2, 0.3], "b": [0.2]}, **options)
    found = said("repeated", {"a": [0.2], "b": [0.2]}, **options)
    assert "table.a has 1 entries: it must have 2 or more" in found


@pytest.mark.parametrize(
    "first, second, fits",
    [
        ([0.1, 0.12], [0.13, 0.2], "a"),
        ([0.2, 0.13], [0.12, 0.1], "b"),
        ([0.1, 0.15], [0.13, 0.2], "neither"),
        ([0.1, 0.13], [0.13, 0.2], "neither"),
    ],
)
@pytest.mark.parametrize("word", ["a", "b", "neither", "of course"])
def test_separates(said, first, second, fits, word):
    options = {"answer": "best", "other": "table", "keys": ["a", "b"]}
    sentence = said("separates", {"a": first, "b": second}, word.upper(), **options)
    assert (sentence == "") == (word == fits)


@pytest.mark.parametrize("chance, holds", [(0.01, True), (0.0102, True), (1, False)])
def test_spread(said, chance, holds):
    options = {"answer": "double", "other": "table.base"}
    assert (said("spread", ERRORS, chance, **options) == "") == holds


@pytest.mark.parametrize(
    "words, holds",
    [(["w"], True), ("w", True), (["W", "w"], True), ([], False), (["w", "d"], False)],
)
def test_beyond(said, words, holds):
    options = {"answer": "double", "other": "table", "keys": ["d", "w"]}
    sentence = said("beyond", ERRORS, words, base="base", **options)
    assert (sentence == "") == holds
    assert holds or "which is not what your own errors give" in sentence


def test_exactly_chance_is_beyond_or_not(said):
    table = {"base": [0.2, 0.21, 0.22], "d": [0.23]}
    options = {"answer": "double", "other": "table", "keys": ["d"], "base": "base"}
    assert not said("beyond", table, ["d"], **options)
    assert not said("beyond", table, [], **options)


def test_largest(said):
    options = {"answer": "best", "other": "table", "keys": ["d", "w"]}
    assert not said("largest", ERRORS, " W", **options)
    assert "d: 18.8%, w: 20.4%" in said("largest", ERRORS, "d", **options)


def test_several_that_err_alike_are_all_largest(said):
    options = {"answer": "best", "other": "table", "keys": ["d", "w"]}
    for word in "dw":
        table = {"d": [0.1, 0.2], "w": [0.2, 0.1]}
        assert not said("largest", table, word, **options)
