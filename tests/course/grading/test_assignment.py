"""Sources as nbgrader's notebooks, and what students get of them."""

from __future__ import annotations

import nbformat
import pytest

from course.grading.assignment import (
    BEGIN,
    END,
    STUB,
    SourceError,
    assignment_notebook,
    code_of,
    release_notebook,
)
from course.grading.rubric import exercise_folders, load_exercise


def grading(notebook) -> dict:
    cells = (cell.metadata.get("nbgrader") for cell in notebook.cells)
    return {data["grade_id"]: data for data in cells if data}


def test_cells_carry_nbgraders_metadata(exercise):
    notebook = assignment_notebook(exercise)
    nbformat.validate(notebook)
    found = grading(notebook)
    assert list(found) == [
        *("solution-1", "check-net", "solution-2", "check-best", "check-double"),
        "essay-why",
    ]
    assert found["solution-1"]["solution"] and not found["solution-1"]["grade"]
    assert found["check-net"]["points"] == 6 and found["check-net"]["locked"]
    assert found["essay-why"]["grade"] and found["essay-why"]["solution"]
    assert found["essay-why"]["points"] == 4


def test_a_check_may_raise_until_it_is_solved(exercise):
    for cell in assignment_notebook(exercise).cells:
        is_check = cell.metadata.get("nbgrader", {}).get("locked", False)
        assert ("raises-exception" in cell.metadata.get("tags", ())) == is_check


def test_the_release_has_no_solution_and_runs_but_for_the_checks(exercise):
    release = release_notebook(exercise)
    text = "\n".join(cell.source for cell in release.cells)
    assert BEGIN not in text and END not in text and "HybridSequential" not in text
    assert text.count(STUB) == 3
    namespace: dict = {}
    for source in code_of(exercise, solved=False):
        exec(source, namespace)
    assert namespace["net"] is None and namespace["double"](2) is None


def test_nbgrader_takes_out_the_same(exercise):
    from_nbgrader = pytest.importorskip("nbgrader.preprocessors")
    step = from_nbgrader.ClearSolutions(code_stub={"python": STUB})
    expected, _ = step.preprocess(assignment_notebook(exercise), {})
    ours = release_notebook(exercise)
    # a markdown cell that is graded by hand gets nbgrader's own text
    for one, other in zip(ours.cells, expected.cells):
        if one.cell_type == "code":
            assert one.source == other.source


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('["check:best"]', '["check:worst"]', "cells check:"),
        ('["essay:why"]', "[]", "cells essay:"),
        ('# %% tags=["solution"]', "# %%", "a cell with a solution has no such tag"),
    ],
)
def test_a_source_that_does_not_go_with_its_rubric_is_refused(exercise, old, new, said):
    text = exercise.source.read_text()
    exercise.source.write_text(text.replace(old, new, 1))
    with pytest.raises(SourceError, match=said):
        assignment_notebook(exercise)


@pytest.mark.parametrize("name", sorted(exercise_folders()))
def test_the_course_s_own_can_be_released(name):
    exercise = load_exercise(name)
    found = grading(assignment_notebook(exercise))
    assert {f"check-{part}" for part in exercise.rubric.parts} <= set(found)
    release = release_notebook(exercise)
    assert any(STUB in cell.source for cell in release.cells)
    for cell in release.cells:
        if cell.cell_type == "code":
            compile(cell.source, name, "exec")
