"""Tables and lists of numbers."""

from __future__ import annotations

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
