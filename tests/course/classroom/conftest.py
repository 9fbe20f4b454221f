"""A course folder with a small exercise, and submissions to it."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import Future
from pathlib import Path

import pytest

EXERCISE = Path(__file__).parent / "exercise"
NAME = "counting"


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """A course folder as `init` and `release` make it; tests use copies."""
    pytest.importorskip("nbgrader")
    pytest.importorskip("jupytext")
    from course.classroom.create import create
    from course.classroom.release import release

    root = tmp_path_factory.mktemp("made") / "course"
    folder = create(root)
    shutil.copytree(EXERCISE, root / "exercises" / NAME)
    release(folder, NAME)
    return folder


@pytest.fixture
def folder(made, tmp_path):
    """A course folder of a test's own."""
    from course.classroom.folder import open_folder

    shutil.copytree(made.root, tmp_path / "course")
    return open_folder(tmp_path / "course")


@pytest.fixture
def release(made):
    """The students' notebook."""
    from course.classroom.release import read_release

    return read_release(made.root, NAME)


def released(folder) -> dict:
    """The students' notebook, as JSON's data."""
    return json.loads((folder.release / NAME / f"{NAME}.ipynb").read_text("utf-8"))


def cell_of(notebook: dict, name: str) -> dict:
    """A cell by nbgrader's name."""
    return next(
        cell
        for cell in notebook["cells"]
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == name
    )


def solved(folder, numbers="parts = {'weights': 200}\ntotal = 220") -> dict:
    """A right submission, or one with other numbers."""
    notebook = released(folder)
    cell_of(notebook, "solution-1")["source"] = numbers
    cell_of(notebook, "solution-2")["source"] = "word = 'bias'"
    cell_of(notebook, "essay-why")["source"] += "\nEach is connected to each."
    return notebook


def submit(folder, student: str, content, name: str = f"{NAME}.ipynb") -> Path:
    """Put a notebook, or bytes, where a student's submission is."""
    path = folder.submitted / student / NAME / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if not isinstance(content, bytes):
        content = json.dumps(content).encode()
    path.write_bytes(content)
    return path


class Here:
    """In the place of workers: everything is done at once, in this process."""

    def slots(self) -> int:
        return 2

    def submit(self, request) -> Future:
        from course.classroom.examine import examine

        future: Future = Future()
        try:
            future.set_result(examine(request))
        except Exception as error:
            future.set_exception(error)
        return future


@pytest.fixture
def no_sandbox(monkeypatch, tmp_path):
    """Execute in this process, for submissions that tests wrote; the calls are listed.

    It costs a thousandth of what a sandbox does. The sandbox has tests of its own.
    """
    from course.grading import sandbox

    calls = []

    def execute(text, collect="", limits=None, trust=False):
        calls.append(text)
        space: dict = {"__name__": "__main__"}
        notebook = json.loads(text)
        for number, cell in enumerate(notebook["cells"], 1):
            cell.update(execution_count=number)
            try:
                exec(cell["source"], space)
            except Exception as error:
                told = {"ename": type(error).__name__, "evalue": str(error)}
                cell["outputs"] = [{"output_type": "error", "traceback": [], **told}]
        path = tmp_path / "answers.json"
        exec(collect.replace("{path}", str(path)), space)
        answers = json.loads(path.read_text())
        return sandbox.Execution("done", "", notebook, answers, 0.1)

    monkeypatch.setenv("GLUON_NETS_GRADING", "1")
    monkeypatch.setattr(sandbox, "execute", execute)
    return calls
