"""What a student sees at home."""

from __future__ import annotations

import pytest

pytest.importorskip("mxnet")

import course  # noqa: E402
from course.grading import check as module  # noqa: E402
from course.grading.check import GRADING, NotYet, check  # noqa: E402


@pytest.fixture(autouse=True)
def known(monkeypatch, exercise):
    monkeypatch.setattr(module, "load_exercise", lambda name: exercise)
    monkeypatch.delenv(GRADING, raising=False)


def test_is_the_course_s():
    assert course.check is check


def test_what_holds_is_told(capsys):
    check("costs", best="b", table={"a": 1, "b": 2})
    assert capsys.readouterr().out == ("✓ The best is named\n1 of 1 points\n")


def test_what_is_missing_is_told_row_by_row_and_raised(capsys):
    with pytest.raises(NotYet, match="^1 of 1 rows are missing$") as error:
        check("costs", best="a", table={"a": 1, "b": 2})
    assert (
        "✗ The best is named: best is 'a': your own numbers" in capsys.readouterr().out
    )
    assert error.value._render_traceback_() == ["1 of 1 rows are missing"]


def test_rows_of_answers_that_were_not_given_are_left_out(capsys):
    with pytest.raises(NotYet, match="^2 of 2 rows"):
        check("costs", 5)  # by its place: the network
    out = capsys.readouterr().out
    assert "net: it is of the type int: it must be a network" in out
    assert "The parameters" not in out


def test_an_unknown_answer_is_told():
    with pytest.raises(ValueError, match="costs has no answer nets: net, params, "):
        check("costs", nets=3)


def test_nothing_happens_where_it_is_graded(monkeypatch, capsys):
    monkeypatch.setenv(GRADING, "1")
    check("costs", best="a")
    check("whatever", 3)
    assert capsys.readouterr().out == ""
