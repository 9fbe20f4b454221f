"""What a student sees at home."""

from __future__ import annotations

import pytest

pytest.importorskip("mxnet")

import course  # noqa: E402
from course.grading import check as module  # noqa: E402
from course.grading.check import (  # noqa: E402
    GRADING,
    NotYet,
    as_text,
    check,
    own_parts,
)
from course.grading.evaluate import Report, RowResult  # noqa: E402


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


def result(name, part, state="held", sentence=""):
    points = 2 if state == "held" else 0
    return RowResult(name, part, f"Row {name}", points, 2, state, "code", sentence)


def test_what_is_wrong_with_several_rows_is_told_once():
    rows = [result(name, "a", "missed", "net: it is too long") for name in "xyz"]
    lines = as_text(Report("costs", (*rows, result("w", "a")))).split("\n")
    assert lines[0] == "✗ Row x: net: it is too long"
    assert lines[1:3] == ["✗ Row y: as above", "✗ Row z: as above"]
    assert lines[3:] == ["✓ Row w", "2 of 8 points"]


@pytest.mark.parametrize(
    "own, words",
    [
        (["b"], "2 of 4 points for this part"),
        ([], "4 of 6 points for these rows"),
        (["a", "b"], "4 of 6 points"),
    ],
)
def test_rows_of_earlier_parts_are_not_summed_again(own, words):
    rows = (result("x", "a"), result("y", "b"), result("z", "b", "missed", "wrong"))
    assert as_text(Report("costs", rows), own).split("\n")[-1] == words


def test_a_cell_is_that_of_the_part_whose_answers_it_gives(exercise):
    rows = exercise.rubric.rows
    part = rows[-1].part
    given = set().union(*(row.answers for row in rows if row.part == part))
    assert part in own_parts(exercise, given)
    assert own_parts(exercise, {"nothing"}) == set()


def test_an_unknown_answer_is_told():
    with pytest.raises(ValueError, match="costs has no answer nets: net, params, "):
        check("costs", nets=3)


def test_nothing_happens_where_it_is_graded(monkeypatch, capsys):
    monkeypatch.setenv(GRADING, "1")
    check("costs", best="a")
    check("whatever", 3)
    assert capsys.readouterr().out == ""
