"""The student's button: nbgrader's Validate says the same as the check cells."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytest.importorskip("nbgrader")
pytest.importorskip("jupytext")

import nbformat  # noqa: E402

from course.grading.assignment import assignment_notebook, release_notebook  # noqa: E402
from course.grading.rubric import load_exercise  # noqa: E402
from course.places import COURSE  # noqa: E402

pytestmark = pytest.mark.slow
ENV = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(COURSE.parent)}


@pytest.mark.parametrize(
    "make, said",
    [
        (assignment_notebook, "Success! Your notebook passes all the tests."),
        (release_notebook, "rows are missing"),
    ],
)
def test_validate(tmp_path, make, said):
    path = tmp_path / "vgg_costs.ipynb"
    nbformat.write(make(load_exercise("vgg_costs")), path)
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "validate", str(path)],
        env=ENV,
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert said in done.stdout, done.stdout + done.stderr
    is_right = make is assignment_notebook
    assert ("VALIDATION FAILED" in done.stdout) is not is_right
