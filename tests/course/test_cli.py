"""The course's commands, as one types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from course import cli
from course.places import exercises, lesson_notebook, notebooks, sources
from course.works import Work


def run(*arguments, code=0) -> str:
    done = CliRunner().invoke(cli.main, list(map(str, arguments)))
    assert done.exit_code == code, done.output
    assert "Traceback" not in done.output
    return done.output


def test_lists_what_is_there(tmp_path):
    for name in ("lessons/01_blocks.py", "lessons/_draft.py", "exercises/vgg/task.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "exercises" / "__pycache__").mkdir()
    assert list(sources(tmp_path)) == ["01_blocks"]
    assert exercises(tmp_path) == ["vgg"]


def test_nothing_there_is_no_error(tmp_path):
    assert not sources(tmp_path) and not exercises(tmp_path)


def test_list():
    assert run("list").startswith("lessons: 01_blocks, 02_residual")


def test_wrong_usage_is_exit_code_2():
    run("nonsense", code=2)
    assert run("build", "99_nothing", code=2).startswith(
        "gluon-course: there is no '99_nothing': 01_blocks"
    )


def test_open_copies_and_keeps_what_a_student_wrote(tmp_path):
    folder = tmp_path / "mine"
    assert run("open", folder, "--copy-only").startswith(f"{folder}: ")
    own = folder / "lessons" / "01_blocks.ipynb"
    assert "0 notebooks copied\n" in run("open", folder, "--copy-only")
    own.write_text("mine")
    said = run("open", folder, "--copy-only")
    assert "0 notebooks copied, 1 of your own kept" in said
    assert own.read_text() == "mine"


def test_copies_have_all_cells_and_no_outputs(tmp_path):
    """What a lesson asks to predict is not answered below the question."""
    nbformat = pytest.importorskip("nbformat")
    run("open", tmp_path, "--copy-only")
    for name in sources():
        path = tmp_path / "lessons" / f"{name}.ipynb"
        expected = nbformat.read(lesson_notebook(name), 4)
        assert any(cell.get("outputs") for cell in expected.cells), "the course's have"
        for cell in expected.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        assert path.read_text("utf-8") == nbformat.writes(expected, version=4) + "\n"
    for name in exercises():
        copy = tmp_path / "exercises" / f"{name}.ipynb"
        release = notebooks() / "exercises" / f"{name}.ipynb"
        assert copy.read_bytes() == release.read_bytes()


def test_an_untouched_copy_with_outputs_is_not_taken_for_ones_own(tmp_path):
    copy = tmp_path / "lessons" / "01_blocks.ipynb"
    copy.parent.mkdir()
    copy.write_bytes(lesson_notebook("01_blocks").read_bytes())
    assert "of your own" not in run("open", tmp_path, "--copy-only")
    assert copy.read_bytes() == lesson_notebook("01_blocks").read_bytes()


def test_open_without_notebooks_says_what_makes_them(tmp_path, monkeypatch):
    monkeypatch.setattr(cli, "notebooks", lambda: tmp_path / "none")
    assert "gluon-course build makes it" in run("open", tmp_path / "x", code=2)


def test_open_starts_jupyterlab_in_the_folder(tmp_path, monkeypatch):
    pytest.importorskip("jupyterlab")
    started = []
    monkeypatch.setattr(cli.os, "execv", lambda *command: started.append(command))
    run("open", tmp_path / "mine", "--no-browser", "--port", 9999)
    ((program, command),) = started
    assert program == command[0] and command[1:3] == ["-m", "jupyterlab"]
    assert command[3:] == [
        f"--notebook-dir={tmp_path / 'mine'}",
        *("--no-browser", "--port", "9999"),
    ]
    monkeypatch.chdir(tmp_path)
    run("open", "--no-browser")
    assert started[1][1][3:] == [
        f"--notebook-dir={tmp_path / 'gluon-course'}",
        "--no-browser",
    ]


def test_without_jupyter_a_line_says_what_to_install(monkeypatch):
    monkeypatch.setattr(cli.importlib.util, "find_spec", lambda name: None)
    said = run("build", code=2)
    assert said == (
        "gluon-course: jupytext, nbclient, nbformat, ipykernel missing: "
        "pip install 'gluon-nets[cpu,course]'\n"
    )


@pytest.fixture
def lesson(tmp_path, monkeypatch):
    """A lesson of one cell, in the place of the course's."""
    pytest.importorskip("jupytext")
    pytest.importorskip("nbclient")
    from course.notebook import read_source

    source = tmp_path / "07_small.py"
    source.write_text("# %%\nprint(1 + 1)\n")
    target = tmp_path / "07_small.ipynb"
    work = Work("07_small", "lesson", source, target, read_source)
    monkeypatch.setattr(cli, "works", lambda: [work])
    return source, target


def test_build_says_what_changed(lesson):
    source, target = lesson
    assert run("build", "-q") == "07_small: new\n"
    first = target.read_bytes()
    assert run("build", "-q") == "07_small: up to date\n"
    assert run("build", "-q", "--force") == "07_small: no change\n"
    assert target.read_bytes() == first
    source.write_text("# %%\nprint(1 + 2)\n")
    assert run("build", "-q", "--check", code=1) == "07_small: cell 0: source\n"
    assert target.read_bytes() == first
    run("build", "-q")
    (cell,) = json.loads(Path(target).read_text())["cells"]
    assert cell["outputs"][0]["text"] == ["3\n"]


def test_a_cell_that_fails_is_named_and_nothing_is_written(lesson):
    source, target = lesson
    source.write_text("# %%\n1\n\n# %%\n1 / 0\n")
    said = run("build", "-q", code=1)
    assert (
        said == "gluon-course: 07_small, cell 1: ZeroDivisionError: division by zero\n"
    )
    assert not target.exists()
