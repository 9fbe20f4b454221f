"""Both sides grade the same submissions, and find the same points."""

from __future__ import annotations

import json
import os

import pytest
from click.testing import CliRunner

pytest.importorskip("nbgrader")
pytest.importorskip("jupytext")

from benchmarks import grading_speed  # noqa: E402
from course.grading.sandbox import SandboxError, check_sandbox  # noqa: E402


@pytest.mark.slow  # four classes of one submission
def test_both_are_timed_in_turns(tmp_path):
    try:
        check_sandbox()
    except SandboxError as error:
        pytest.skip(str(error))
    out = tmp_path / "speed.json"
    arguments = ["vgg_costs", "--rounds", "2", "--submissions", "1", "--out", str(out)]
    told = CliRunner().invoke(grading_speed.main, arguments)
    assert told.exit_code == 0, told.output
    found = json.loads(out.read_text("utf-8"))
    assert found["exercise"] == "vgg_costs" and found["submissions a turn"] == 1
    ours, theirs = (found["points"][side] for side in ("ours", "nbgrader"))
    assert ours == theirs > 0, "the solution gets the same from both"
    assert all(rate > 0 for rate in found["submissions an hour"].values())


def test_a_command_that_fails_is_told(tmp_path):
    with pytest.raises(grading_speed.click.ClickException, match="no course folder"):
        grading_speed.call(
            *("course", "release", str(tmp_path), "nothing"), folder=tmp_path
        )
    assert not os.listdir(tmp_path)
