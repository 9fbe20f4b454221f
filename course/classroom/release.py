"""``gluon-course release``: exercises as assignments of a course folder."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbformat import NotebookNode

from course.classroom.folder import Folder
from course.classroom.grader import run_step
from course.classroom.settings import ANSWER
from course.grading.assignment import BEGIN, END, assignment_notebook
from gluon_nets.files import write_atomically


def release(folder: Folder, name: str) -> Path:
    """Write an exercise's source, and let nbgrader make the students' notebook of it.

    Returns
    -------
    Path
        The notebook for students.

    Raises
    ------
    GradingError
        Where nbgrader refuses: cells cannot be added or removed when there are
        submissions already.
    """
    notebook = assignment_notebook(folder.exercise(name))
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and "nbgrader" in cell.metadata:
            cell.source = _with_region(cell.source)
    path = folder.source / name / f"{name}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, (nbformat.writes(notebook) + "\n").encode())
    run_step(folder, "GenerateAssignment", name)
    return folder.release / name / f"{name}.ipynb"


def _with_region(source: str) -> str:
    """An essay of which nbgrader replaces the answer, and keeps the question."""
    if BEGIN in source:
        return source
    question = source.replace(ANSWER, "").rstrip()
    return f"{question}\n\n{BEGIN}\n{END}"


def read_release(root: Path, name: str) -> NotebookNode:
    """The students' notebook of an assignment.

    Raises
    ------
    ValueError
        Where it was not released.
    """
    path = root / "release" / name / f"{name}.ipynb"
    if not path.is_file():
        raise ValueError(f"{name} was not released: gluon-course release DIR {name}")
    return nbformat.read(path, 4)
