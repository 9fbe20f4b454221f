"""Nothing of a run is left when it has been ended, however it was."""

from __future__ import annotations

import os
import threading
import time
from contextlib import nullcontext

import pytest

from course.grading.sandbox import (
    Limits,
    TrustedRunError,
    conversation,
    run_trusted,
)
from course.grading.sandbox.watchdog import descendants
from tests.course.grading.sandbox.notebooks import cold, run

pytestmark = pytest.mark.usefixtures("sandbox")
SPIN = "import os\nos.fork()\nos.fork()\nwhile True: pass"


class Seen(threading.Thread):
    """The processes below this one while something is done; not those from before."""

    def __init__(self):
        super().__init__(daemon=True)
        # the template, and what other tests keep: multiprocessing's tracker, a server
        self.kept = {process.pid for process in descendants(os.getpid())}
        self.pids: set[int] = set()
        self.done = threading.Event()

    def run(self):
        while not self.done.wait(0.05):
            below = {process.pid for process in descendants(os.getpid())}
            self.pids |= below - self.kept

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.join()

    def left(self):
        """Those that are still there after 5 seconds."""
        deadline = time.monotonic() + 5
        while (left := self._alive()) and time.monotonic() < deadline:
            time.sleep(0.05)
        return left

    def _alive(self):
        return {p for p in self.pids if os.path.exists(f"/proc/{p}")}


@pytest.mark.parametrize("trust", [False, True])
def test_of_our_own_code_that_goes_on(trust):
    with Seen() as seen, pytest.raises(TrustedRunError, match="took over 1 s"):
        words = ["-n", "1", "-r", "1", SPIN]
        run_trusted("timeit", words, Limits(wall_seconds=1), trust)
    assert len(seen.pids) >= 4  # Python and three forks of it
    assert not seen.left()


@pytest.mark.parametrize("way", [nullcontext, cold], ids=["fork", "program"])
def test_of_a_runner_that_is_stopped(monkeypatch, way):
    monkeypatch.setattr(conversation, "SILENCE", 4.0)
    with way(), Seen() as seen:
        execution = run("import os\nos.kill(os.getppid(), 19)")
    assert execution.status == "killed"
    assert seen.pids
    assert not seen.left()
