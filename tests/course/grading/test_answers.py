"""Answers from untrusted data: read, or a sentence; never anything else."""

from __future__ import annotations

import dataclasses
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course.grading.answers import read_answers
from course.grading.evaluate import evaluate
from course.grading.findings import Miss
from course.grading.rubric import Answer

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from("ab01"), inner, max_size=3)
    ),
    max_leaves=12,
)
NAMES = ("net", "params", "table", "best", "double")


def of(exercise, **values):
    return read_answers(exercise, {name: {"value": x} for name, x in values.items()})


def test_values_by_place(exercise):
    answers = of(exercise, params=3, table={"a": [1, {"b": 2.5}]}, best="b")
    assert answers.number("params") == 3
    assert answers.number("table.a.1.b") == 2.5
    assert answers.text("best") == "b"


@pytest.mark.parametrize(
    ("values", "place", "said"),
    [
        ({}, "params", "params is not there: give your answer this name"),
        ({"params": None}, "params", "params is still None"),
        ({"params": "3"}, "params", "params is a text: it must be a number"),
        ({"params": True}, "params", "params is True or False: it must be a number"),
        ({"params": math.nan}, "params", "it must be a finite number"),
        ({"params": 10**400}, "params", "it must be a finite number"),
        ({"table": {"a": 1}}, "table.b", "table has no 'b': what is there is a"),
        ({"table": {}}, "table.b", "table has no 'b': what is there is nothing"),
        ({"table": [1]}, "table.5", "what is there is a list"),
        ({"table": "x" * 20_001}, "table", "too long"),
        ({"table": [0] * 100_001}, "table", "too large"),
        ({"table": [[[[[[[[1]]]]]]]]}, "table", "too large"),
    ],
)
def test_what_does_not_fit_is_a_sentence(exercise, values, place, said):
    with pytest.raises(Miss) as miss:
        of(exercise, **values).number(place)
    assert said in str(miss.value)


@pytest.mark.parametrize("count, holds", [(0, False), (128, True), (129, False)])
def test_several_networks_and_how_many(exercise, count, holds):
    several = Answer("nets", "networks", (1, 28, 28))
    rubric = dataclasses.replace(exercise.rubric, answers={"nets": several})
    exercise = dataclasses.replace(exercise, rubric=rubric)
    answers = of(exercise, nets=dict.fromkeys(map(str, range(count)), "no graph"))
    with pytest.raises(Miss) as miss:
        answers.networks("nets")
    of_all = f"nets has {count} entries: it must have 1 to 128 networks"
    assert (str(miss.value) == of_all) != holds
    assert str(miss.value).startswith("nets['0']: ") == holds


def test_what_could_not_be_collected_says_why(exercise):
    raw = {"net": {"reason": "it is of the type int: it must be a network"}}
    with pytest.raises(Miss, match="^net: it is of the type int"):
        read_answers(exercise, raw).network("net")


@given(st.dictionaries(st.sampled_from(NAMES), PLAIN) | PLAIN)
def test_whatever_is_sent_gets_a_report(raw):
    exercise = EXERCISE
    for sent in (raw, {name: {"value": raw} for name in NAMES}):
        report = evaluate(exercise, sent)
        assert report.out_of == 8
        assert 0 <= report.points <= 2
        assert all(row.sentence or row.state == "held" for row in report.rows)


@pytest.fixture(autouse=True)
def _shared(exercise):
    """Hypothesis' tests do not take fixtures of a function's scope."""
    global EXERCISE
    EXERCISE = exercise


def test_sentences_have_an_end_whatever_keys_there_are(exercise):
    keys = {chr(65 + number) * 100_000: None for number in range(12)}
    raw = {name: {"value": keys} for name in exercise.rubric.answers}
    report = evaluate(exercise, raw)
    assert any(row.sentence for row in report.rows)
    assert max(len(row.sentence) for row in report.rows) <= 700
