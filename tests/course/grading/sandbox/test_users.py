"""For root and for an ordinary user, from a clone and from an installed package."""

from __future__ import annotations

import json
import os
import shutil
import site
import subprocess
import sys

import pytest

from course.grading.sandbox import command, view
from tests.course.grading.sandbox.notebooks import notebook

pytestmark = pytest.mark.usefixtures("sandbox")
GRADER = """
import json, os, sys
from course.grading.sandbox import check_sandbox, execute, warm_up
check_sandbox()
if sys.argv[2] == "warm":
    assert warm_up()
execution = execute(sys.argv[1], "import json; json.dump(answer, open('{path}', 'w'))")
print(json.dumps([os.getuid(), execution.status, execution.reason, execution.answers]))
"""
CELL = """
import os, course
exercises = os.path.join(os.path.dirname(course.__file__), "exercises")
seen = os.listdir(exercises) if os.path.isdir(exercises) else []
answer = [os.getuid(), course.__file__, seen]
"""


@pytest.fixture(params=["cold", pytest.param("warm", marks=pytest.mark.slow)])
def way(request):
    """How the run is started."""
    return request.param


def grade(python, way, environ, wrap=lambda words: words):
    """Run a grader of its own, and its one submission."""
    words = wrap([str(python), "-c", GRADER, notebook(CELL), way])
    done = subprocess.run(words, env=environ, capture_output=True, text=True, cwd="/")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_an_ordinary_user(way):
    if os.getuid() != 0:
        pytest.skip("only a super-user can become another one; the other tests are it")
    environ = {"PYTHONPATH": str(view.PROJECT), "PATH": os.defpath, "HOME": "/"}
    found = grade(sys.executable, way, environ, command.as_nobody)
    user, status, reason, answers = found
    assert (user, status, reason) == (int(command.NOBODY), "done", "")
    assert answers == [user, str(view.COURSE / "__init__.py"), []]


def test_an_installed_package(way, tmp_path):
    folder = tmp_path / "env"
    make = [sys.executable, "-m", "venv", "--without-pip", str(folder)]
    subprocess.run(make, check=True)
    packages = next(folder.glob("lib/python*/site-packages"))
    for name in ("course", "gluon_nets"):
        shutil.copytree(view.PROJECT / name, packages / name)
    (packages / "course" / "exercises" / "solved").mkdir(parents=True)
    # what else is needed is where it is for these tests
    (packages / "others.pth").write_text("\n".join(site.getsitepackages()))
    found = grade(folder / "bin" / "python", way, {"PATH": os.defpath, "HOME": "/"})
    assert found[1:3] == ["done", ""]
    assert found[3][1:] == [str(packages / "course" / "__init__.py"), []]
