"""Tables and lists of numbers."""

from __future__ import annotations

import re

import pytest

from course.grading.answers import Answers
from course.grading.checks import CHECKS
from course.grading.findings import Miss
from course.grading.rubric import load_exercise


@pytest.fixture
def given(folder):
    """Answers to the small exercise."""

    def make(**values):
        raw = {name: {"value": value} for name, value in values.items()}
        return Answers(load_exercise(folder), raw)

    return make


@pytest.mark.parametrize(
    "table, values, holds",
    [
        ({"a": 1, "b": [2, 3]}, {"a": 1, "b.1": 3}, True),
        ({"a": 1, "b": [2, 3]}, {"a": 1, "b.1": [3, 4]}, True),
        ({"a": 1, "b": [2, 3]}, {"a": 2}, False),
        ({"a": 1}, {"b": 1}, False),
        ([1, 2], [1, 2], True),
        ([1, 2], [1, [2, 5]], True),
        ([2, 1], [1, 2], False),
        ([1, 2, 3], [1, 2], False),
        ({"0": 1}, [1], False),
    ],
)
def test_numbers(given, table, values, holds):
    if holds:
        CHECKS["numbers"](given(table=table), "table", values)
        return
    with pytest.raises(Miss):
        CHECKS["numbers"](given(table=table), "table", values)


def test_within_a_share(given):
    CHECKS["numbers"](given(table=[100]), "table", [101], within=0.01)
    with pytest.raises(Miss, match="table.0 is 100"):
        CHECKS["numbers"](given(table=[100]), "table", [102], within=0.01)


@pytest.mark.parametrize(
    "table, values, said",
    [
        (
            [7, 3],
            {"224": 7, "112": 3},
            "a list of 2: it must be a dict with the keys 224",
        ),
        (
            {"0": 5},
            {"0.0": 5, "0.1": 5},
            "table.0 is a number: it must be a pair (a, b)",
        ),
        ({"0": None}, {"0.0": 5}, "table.0 is None: it must be a pair (a, b)"),
        ({"0": [5]}, {"0.0": 5, "0.1": 5}, "table.0 is a list of 1: it must be a pair"),
        ({"0": "5"}, {"0.0": 5}, "table.0 is a text: it must be a pair (a, b)"),
        (
            3,
            {"a": 5, "b.c": 5},
            "table is a number: it must be a dict with the keys a, b",
        ),
        ({"a": 92}, {"a": 0.92}, "table.a is 92: it must lie between 0 and 1"),
    ],
)
def test_what_the_numbers_stand_in_and_where_they_lie(given, table, values, said):
    options = {"of": "a pair (a, b)", "low": 0, "high": 1 if "a" in values else 10}
    with pytest.raises(Miss, match=re.escape(said)):
        CHECKS["numbers"](given(table=table), "table", values, **options)
