"""The commands, as an instructor types them, with real sandboxes."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest
from click.testing import CliRunner

from course import cli, cli_classroom
from tests.course.classroom.conftest import (
    EXERCISE,
    NAME,
    cell_of,
    released,
    solved,
    submit,
)

PRINTER = """
from IPython import get_ipython
get_ipython().input_transformers_post.append(lambda lines: ["total = 220"])
print(3)
3
"""
FORGER = """
import course.grading.collect as found
found.collect_into = lambda text, space, path: open(path, "w").write('{"total": 1}')
"""


def run(*arguments, code=0) -> str:
    done = CliRunner().invoke(cli.main, list(map(str, arguments)))
    assert done.exit_code == code, done.output
    assert "Traceback" not in done.output
    return done.stdout if code == 0 else done.output


def test_a_class_is_graded(folder):
    """Right, wrong, odd and hostile submissions, from the command line."""
    from course.grading.sandbox import SandboxError, check_sandbox

    try:
        check_sandbox()
    except SandboxError as error:
        pytest.skip(str(error))
    with (folder.root / "grading.toml").open("a") as file:
        file.write("[limits]\ncell_seconds = 5\nwall_seconds = 60\n")
    odd = solved(folder)
    cell_of(odd, "solution-1")["source"] += "\nimport sys\nprint(1, file=sys.stderr)"
    odd["cells"].remove(cell_of(odd, "check-word"))
    printer, forger, loop = (released(folder) for _ in range(3))
    printer["cells"][1]["source"] = PRINTER
    forger["cells"][1]["source"] = FORGER
    loop["cells"][1]["source"] = "while True:\n    pass"
    submit(folder, "right", solved(folder))
    submit(folder, "wrong", solved(folder, "parts = {'weights': 2}\ntotal = 220"))
    for student, data in {
        "odd": odd,
        "printer": printer,
        "forger": forger,
        "loop": loop,
        "junk": b"junk",
    }.items():
        submit(folder, student, data)
    found = json.loads(run("grade", folder.root, "-q", "--json", "--workers", 2))
    points = {one["student"]: one["points"] for one in found}
    assert points == {
        **{"right": 6, "odd": 6, "wrong": 5},
        **{"printer": 0, "forger": 0, "loop": 0, "junk": 0},
    }
    assert (folder.root / "summary.html").exists()
    assert "0 graded, 7 were so before" in run("grade", folder.root, "-q")
    assert (folder.feedback / "loop" / NAME / f"{NAME}.html").exists()


def test_init_and_release(tmp_path):
    pytest.importorskip("nbgrader")
    root = tmp_path / "class"
    assert "a course folder" in run("init", root)
    shutil.copytree(EXERCISE, root / "exercises" / NAME)
    assert run("release", root, NAME).strip().endswith(f"release/{NAME}/{NAME}.ipynb")
    said = run("release", root, "nothing", code=2)
    assert said.startswith("gluon-course: there is no exercise 'nothing': ")
    said = run("grade", root, "other", code=2)
    assert said == "gluon-course: other was not released: released are counting\n"
    assert "summary.html" in run("summary", root)


def test_without_a_course_folder_a_line_says_so(tmp_path):
    for command in ("release", "grade", "summary"):
        assert "is no course folder" in run(command, tmp_path, code=2)


def test_without_nbgrader_a_line_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setattr(cli_classroom.importlib.util, "find_spec", lambda name: None)
    assert "pip install 'gluon-nets[cpu,course]'" in run("init", tmp_path, code=2)


def test_without_a_sandbox_nothing_is_graded(folder, monkeypatch):
    from course.grading import sandbox

    def none():
        raise sandbox.SandboxError("no bubblewrap: apt-get install bubblewrap")

    monkeypatch.setattr(sandbox, "check_sandbox", none)
    submit(folder, "a", solved(folder))
    said = run("grade", folder.root, "-q", code=1)
    assert said == "gluon-course: no bubblewrap: apt-get install bubblewrap\n"
    assert not folder.autograded.exists()


def test_what_could_not_be_graded_is_named_and_the_exit_code_is_1(folder, monkeypatch):
    from course.classroom import workers
    from tests.course.classroom.conftest import Here

    class Pool(Here):
        def __init__(self, *arguments):
            pass

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

    monkeypatch.setattr(workers, "LocalWorkers", Pool)
    submit(folder, "a*", solved(folder))
    said = run("grade", folder.root, "-q", "--trust-submissions", code=1)
    assert f"not graded: a*/{NAME}: nbgrader cannot have a student 'a*'" in said


def test_feedback_that_fails_is_told_after_all_else(folder, monkeypatch):
    from course.classroom import grade

    def fails(*arguments, **options):
        raise grade.GradingError("a template is missing")

    submit(folder, "junk", b"junk")
    monkeypatch.setattr(grade, "write_feedback", fails)
    said = run("grade", folder.root, "-q", "--trust-submissions", code=1)
    assert f"no feedback: {NAME}: a template is missing" in said
    assert "1 graded, 0 were so before" in said
    assert (folder.root / "summary.html").exists()


def test_settings_that_do_not_fit_are_said_once_and_first(folder):
    for student in "ab":
        submit(folder, student, solved(folder))
    (folder.root / "grading.toml").write_text("seed = 1\nlimits = 3\n")
    said = run("grade", folder.root, "-q", "--trust-submissions", code=1)
    path = folder.root / "grading.toml"
    assert said == f"gluon-course: {path}: limits is 3: a table [limits] fits\n"


def test_what_lies_in_a_wrong_place_is_told(folder):
    submit(folder, "typo", b"").parent.rename(folder.submitted / "typo" / "countign")
    done = CliRunner().invoke(cli.main, ["summary", str(folder.root)])
    line = "ignored: typo/countign: no exercise of this name was released"
    assert line in done.output.splitlines()
    assert line in (folder.root / "summary.html").read_text("utf-8")
    said = run("grade", folder.root, "-q", "--student", "typo", code=2)
    assert said.splitlines()[0] == line


def test_a_student_who_submitted_nothing_is_named(folder):
    said = run("grade", folder.root, "-q", "--student", "eve", code=2)
    assert said == f"gluon-course: eve has submitted nothing to {NAME}\n"


def test_the_commands_start_without_mxnet_and_nbgrader():
    code = (
        "import sys, course.cli\n"
        "heavy = {'mxnet', 'nbgrader', 'nbconvert', 'sqlalchemy', 'nbformat'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr
