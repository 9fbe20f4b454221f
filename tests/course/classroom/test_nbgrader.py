"""nbgrader itself, unmodified, in a course folder; and a grading that is killed."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.course.classroom.conftest import NAME, released, solved, submit

pytestmark = pytest.mark.slow
CLONE = str(Path(__file__).resolve().parents[3])
ENV = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": CLONE}


@pytest.fixture
def filled(folder):
    """Submissions, and a sandbox that is there."""
    from course.grading.sandbox import SandboxError, check_sandbox

    try:
        check_sandbox()
    except SandboxError as error:
        pytest.skip(str(error))
    submit(folder, "right", solved(folder))
    submit(folder, "wrong", solved(folder, "parts = {'weights': 2}\ntotal = 220"))
    submit(folder, "empty", released(folder))
    submit(folder, "junk", b"junk")
    return folder


def nbgrader(folder, *arguments) -> str:
    command = [sys.executable, "-m", "nbgrader", *arguments]
    done = subprocess.run(
        command, cwd=folder.root, env=ENV, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def exported(folder) -> dict[str, float]:
    text = (folder.root / "grades.csv").read_text()
    return {
        row["student_id"]: float(row["score"])
        for row in csv.DictReader(text.splitlines())
    }


SCORES = {"right": 6, "wrong": 5, "empty": 0, "junk": 0}


def test_nbgraders_own_commands(filled):
    nbgrader(filled, "generate_assignment", NAME, "--force")
    nbgrader(filled, "autograde", NAME)
    nbgrader(filled, "generate_feedback", NAME)
    nbgrader(filled, "export")
    assert exported(filled) == SCORES
    page = filled.feedback / "wrong" / NAME / f"{NAME}.html"
    assert "parts.weights is 2, which is not right" in page.read_text("utf-8")
    # what nbgrader has executed our command takes from the same cache
    executed = list((filled.cache / "executions").iterdir())
    course(filled, "grade", "-q")
    assert len(executed) == 3
    assert sorted((filled.cache / "executions").iterdir()) == sorted(executed)
    assert exported(filled) == SCORES


def test_with_broken_settings_nbgrader_does_not_execute_anything(filled):
    """By itself it would go on with its defaults: without a sandbox."""
    (filled.root / "own_config.py").write_text("c.x = (")
    command = [sys.executable, "-m", "nbgrader", "autograde", NAME]
    done = subprocess.run(
        command, cwd=filled.root, env=ENV, capture_output=True, text=True
    )
    assert done.returncode == 1 and "nbgrader_config.py: " in done.stderr
    assert not filled.autograded.exists()
    command = [sys.executable, "-m", "course", "grade", str(filled.root), "-q"]
    done = subprocess.run(command, env=ENV, capture_output=True, text=True)
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert "nbgrader_config.py: " in done.stderr


def course(folder, command: str, *options) -> subprocess.CompletedProcess:
    done = subprocess.run(
        [sys.executable, "-m", "course", command, str(folder.root), *options],
        env=ENV,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done


def test_a_grading_that_was_killed_goes_on(filled):
    for number in range(8):
        submit(filled, f"more{number}", solved(filled, f"total = {number}"))
    command = [sys.executable, "-m", "course", "grade", str(filled.root), "-q"]
    process = subprocess.Popen(command, env=ENV)
    executions = filled.cache / "executions"
    deadline = time.monotonic() + 240
    graded = filled.autograded.glob
    while len(list(graded(f"*/{NAME}/{NAME}.ipynb"))) < 3:
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.1)
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = {path: path.stat().st_mtime_ns for path in executions.iterdir()}
    time.sleep(4)  # whoever executed something has ended with it
    assert not left_behind(filled.root)
    said = course(filled, "grade", "-q").stdout
    was = int(said.split(",")[1].split()[0])
    assert 2 <= was < 12 and f"{12 - was} graded" in said
    # what was executed is not executed again
    assert all(path.stat().st_mtime_ns == then for path, then in before.items())
    more = {f"more{number}": 3.0 for number in range(8)}
    assert exported(filled) == {**SCORES, **more}


def left_behind(root: Path) -> list[str]:
    """Programs that still work for a course folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().decode("utf-8", "replace")
        except OSError:
            continue
        if str(root) in line:
            found.append(line)
    return found


def test_a_cluster_executes_what_is_missing(filled):
    distributed = pytest.importorskip("distributed")
    from course.classroom.grade import grade
    from course.classroom.workers import Cluster

    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, dashboard_address=None, processes=True
    ) as cluster:
        with Cluster(cluster.scheduler_address) as pool:
            found = grade(filled, [NAME], pool)
    points = {
        one.submission.student: sum(
            row["points"] for row in one.record["report"]["rows"]
        )
        for one in found
    }
    assert points == SCORES
