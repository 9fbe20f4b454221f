"""Where there is no sandbox, the reason is told, and what to do."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from course.grading.sandbox import (
    SandboxError,
    available,
    check_sandbox,
    check_unseen,
    execute,
)
from course.grading.sandbox.watchdog import descendants
from tests.course.grading.sandbox.notebooks import COLLECT, notebook


def test_there_is_one_here(sandbox):
    assert check_sandbox() is None


def test_no_bubblewrap(monkeypatch):
    monkeypatch.setattr(available.command.shutil, "which", lambda *_, **__: None)
    with pytest.raises(SandboxError, match="install bubblewrap.*--trust-submissions"):
        check_sandbox()
    with pytest.raises(SandboxError, match="install bubblewrap"):
        execute(notebook("answer = 1"), COLLECT)


@pytest.fixture
def other(tmp_path, monkeypatch):
    """Puts another program in bubblewrap's place."""

    def put(script):
        path = tmp_path / "bwrap"
        path.write_text("#!/bin/sh\n" + script)
        path.chmod(0o755)
        monkeypatch.setattr(available.command, "find_bubblewrap", lambda: str(path))

    return put


@pytest.mark.parametrize("version", ["bubblewrap 0.4.1", "nonsense", ""])
def test_a_bubblewrap_that_is_too_old(other, version):
    other(f"echo '{version}'")
    with pytest.raises(SandboxError, match="0.8 or newer is needed"):
        check_sandbox()


def test_a_system_without_user_namespaces(other):
    other(
        "[ $1 = --version ] && echo bubblewrap 0.8.0 && exit\n"
        "echo 'bwrap: No permissions to create new namespace' >&2; exit 1"
    )
    with pytest.raises(SandboxError, match="No permissions to create.*allowed"):
        check_sandbox()


def test_a_program_that_isolates_nothing_is_no_sandbox(other):
    other(
        "[ $1 = --version ] && echo bubblewrap 9.9 && exit\n"
        'while [ "$1" != -m ]; do before="$1"; shift; done\nexec "$before" "$@"'
    )
    why = "super-user" if os.getuid() == 0 else "processes can be seen|super-user"
    with pytest.raises(SandboxError, match=why):
        check_sandbox()


def test_trusted_submissions_need_none(monkeypatch):
    pytest.importorskip("ipykernel")
    monkeypatch.setattr(available.command.shutil, "which", lambda *_, **__: None)
    assert execute(notebook("answer = 1"), COLLECT, trust=True).answers == 1


def test_a_grader_that_is_ended_takes_its_sandboxes_along(sandbox):
    script = (
        "from course.grading.sandbox import execute\n"
        "from tests.course.grading.sandbox.notebooks import notebook\n"
        "execute(notebook('import time; time.sleep(100)'))"
    )
    words = [sys.executable, "-c", script]
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[4])}
    grader = subprocess.Popen(words, env=environ)
    try:
        # bubblewrap's two or four, the runner and the kernel
        assert _wait(lambda: len(descendants(grader.pid)) > 4)
        below = [process.pid for process in descendants(grader.pid)]
    finally:
        grader.kill()
        grader.wait()
    assert _wait(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in below))


def _wait(holds, seconds=20.0):
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.05)
    return holds()


@pytest.mark.parametrize("course", ["venv", "venv/courses/autumn"])
def test_a_course_folder_that_can_be_seen_inside_is_refused(
    tmp_path, monkeypatch, course
):
    """As one in which somebody made a virtual environment: with gradebook and seed."""
    (tmp_path / course).mkdir(parents=True)
    check_unseen(tmp_path / course)
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "venv"))
    with pytest.raises(SandboxError, match="can be seen in the sandbox"):
        check_unseen(tmp_path / course)
    check_unseen(tmp_path)  # of a folder above only the way down is shown
    check_unseen(tmp_path / "venv2")
