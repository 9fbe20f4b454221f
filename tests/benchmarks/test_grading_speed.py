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


@pytest.mark.slow  # four classes of two submissions
def test_both_are_timed_in_turns(tmp_path):
    try:
        check_sandbox()
    except SandboxError as error:
        pytest.skip(str(error))
    out = tmp_path / "speed.json"
    arguments = ["vgg_costs", "--rounds", "2", "--submissions", "2", "--out", str(out)]
    told = CliRunner().invoke(grading_speed.main, arguments)
    assert told.exit_code == 0, told.output
    found = json.loads(out.read_text("utf-8"))
    assert found["exercise"] == "vgg_costs" and found["submissions a turn"] == 2
    ours, theirs = (found["points"][side] for side in ("ours", "nbgrader"))
    assert ours == theirs > 0, "the solution gets the same from both"
    assert all(rate > 0 for rate in found["submissions an hour"].values())


def test_each_submission_is_executed_by_itself(tmp_path):
    """What is equal is executed once: then the cache would be measured."""
    from course.classroom.examine import request_of
    from course.classroom.folder import open_folder
    from course.classroom.submissions import stage, submissions

    grading_speed.prepare(tmp_path / "ready", "vgg_costs", 3)
    folder = open_folder(tmp_path / "ready")
    found = submissions(folder, ["vgg_costs"])
    keys = {request_of(folder, "vgg_costs", stage(folder, one)).key for one in found}
    assert len(found) == len(keys) == 3


def test_a_command_that_fails_is_told(tmp_path):
    with pytest.raises(grading_speed.click.ClickException, match="no course folder"):
        grading_speed.call(
            *("course", "release", str(tmp_path), "nothing"), folder=tmp_path
        )
    assert not os.listdir(tmp_path)
