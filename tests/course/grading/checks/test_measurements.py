"""Students' own numbers."""

from __future__ import annotations

import pytest

from course.grading.answers import Answers
from course.grading.checks import CHECKS
from course.grading.findings import Miss
from course.grading.rubric import load_exercise

LOSSES = {"plain": {"1": 1.2, "2": 1.1, "4": 1.5}, "residual": {"1": 1, "2": 1}}


@pytest.fixture
def said(folder):
    """The sentence of a check on `table` and `double`; '' where it holds."""

    def say(check, table, double=None, **options) -> str:
        raw = {"table": {"value": table}, "double": {"value": double}}
        try:
            CHECKS[check](Answers(load_exercise(folder), raw), "table", **options)
        except Miss as miss:
            return str(miss)
        return ""

    return say


@pytest.mark.parametrize(
    "table, found",
    [
        ({"before": 0.5, "after": 0}, ""),
        ({"before": 0.5, "after": 1e-4}, ""),
        ({"before": 0.5, "after": 0.01}, "0.5 before and 0.01 after"),
        ({"before": 0, "after": 0}, "0 before"),
        ({"before": 0.5, "after": -1}, "-1 after"),
        ({"before": 0.5}, "has no 'after'"),
        ({"before": 0.5, "after": None}, "must be a number"),
    ],
)
def test_a_difference_vanishes(said, table, found):
    sentence = said("vanishes", table)
    assert found in sentence and bool(found) == bool(sentence)


@pytest.mark.parametrize(
    "stops, found",
    [
        ({"plain": 2, "residual": 1}, ""),
        ({"plain": "2", "residual": 2}, ""),
        ({"plain": 2.0, "residual": 2}, ""),
        (
            {"plain": 4, "residual": 1},
            "table.plain is 4: in your own double.plain the",
        ),
        ({"plain": 2, "residual": [1]}, "table.residual is (1)"),
        ({"plain": 2}, "has no 'residual'"),
    ],
)
def test_where_the_least_is(said, stops, found):
    options = {"other": "double", "keys": ["plain", "residual"]}
    sentence = said("least_at", stops, LOSSES, **options)
    assert found in sentence and bool(found) == bool(sentence)
    assert "a dict of numbers" in said("least_at", stops, {"plain": []}, **options)


def test_lower_and_plausible(said):
    options = {"keys": ["a", "b.0"], "low": 0, "high": 1}
    assert said("plausible", {"a": 0, "b": [1]}, **options) == ""
    assert "between 0 and 1" in said("plausible", {"a": 0, "b": [2]}, **options)
    assert "has no '0'" in said("plausible", {"a": 0, "b": {}}, **options)
    assert said("lower", 1, 2, other="double") == ""
    assert said("lower", 2, 2, other="double").endswith("must be lower")


def test_choices(said):
    fits = {"a": "yes", "b": "no"}
    assert said("choices", {"a": "Yes", "b": " no"}, fits=fits) == ""
    assert "table.b is 'yes'" in said("choices", {"a": "yes", "b": "yes"}, fits=fits)
    assert "has no 'b'" in said("choices", {"a": "yes"}, fits=fits)
