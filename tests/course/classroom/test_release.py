"""Exercises become nbgrader's assignments."""

from __future__ import annotations

import pytest

from course.classroom.grader import GradingError
from course.classroom.release import read_release
from course.classroom.release import release as release_exercise
from tests.course.classroom.conftest import NAME, cell_of, released


def test_the_release_has_no_solution_but_runs(made):
    notebook = released(made)
    text = "".join("".join(cell["source"]) for cell in notebook["cells"])
    assert "10 * 20" not in text and "SOLUTION" not in text
    source = "".join(cell_of(notebook, "solution-1")["source"])
    assert source == "total = None\nparts = {}\n...  # your code here"
    exec(source)


def test_an_essay_keeps_its_question(made):
    source = "".join(cell_of(released(made), "essay-why")["source"])
    assert "Why?" in source and source.endswith("*Your answer:*")


def test_points_are_the_rubrics(made):
    notebook = released(made)
    names = ("check-numbers", "check-word", "essay-why")
    found = [cell_of(notebook, n)["metadata"]["nbgrader"]["points"] for n in names]
    assert found == [3, 3, 4]


def test_what_was_not_released_is_said(made):
    with pytest.raises(ValueError, match="other was not released"):
        read_release(made.root, "other")


def test_nbgraders_refusal_is_a_line(folder):
    source = folder.root / "exercises" / NAME / "exercise.py"
    text = source.read_text("utf-8").replace("### END SOLUTION", "", 1)
    source.write_text(text, "utf-8")
    with pytest.raises(GradingError, match="SOLUTION|solution"):
        release_exercise(folder, NAME)
