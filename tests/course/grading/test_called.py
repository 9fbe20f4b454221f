"""What a function gave is named by its call."""

from __future__ import annotations

import pytest

from course.grading.called import called, with_calls
from course.grading.findings import Miss
from course.grading.rubric import Answer

ANSWERS = {
    "cost": Answer("cost", "data", calls=((1, 64), (2, [3]))),
    "table": Answer("table", "data"),
}


@pytest.mark.parametrize(
    "place, words",
    [
        ("cost.0", "cost(1, 64)"),
        ("cost.1.0", "cost(2, [3])[0]"),
        ("cost.2", "cost.2"),
        ("cost", "cost"),
        ("table.0", "table.0"),
        ("other.0", "other.0"),
    ],
)
def test_a_place_in_words(place, words):
    assert called(place, ANSWERS) == words


def test_the_sentence_names_the_call():
    miss = with_calls(Miss("number", name="cost.0.1", found="7"), ANSWERS)
    assert str(miss) == "cost(1, 64)[1] is 7, which is not right"
    miss = Miss("number", name="table.0", found="7")
    assert with_calls(miss, ANSWERS) is miss
