"""Submissions that would take the machine, or the grader, with them."""

from __future__ import annotations

import json
import os
import time

import pytest

from course.grading.sandbox import conversation
from tests.course.grading.sandbox.notebooks import error, outputs, run

pytestmark = pytest.mark.usefixtures("sandbox")
FIRST = "answer = 1\nprint('first')"


def ran_first(execution):
    """What ran before is kept."""
    return outputs(execution, 0)[0]["text"] == "first\n"


@pytest.mark.parametrize(
    "loop",
    [
        "while True: pass",
        "import time\ntime.sleep(1000)",
        "import asyncio\nawait asyncio.sleep(1000)",
        # it swallows one interrupt, and then is in the loop again
        "try:\n    while True: pass\nexcept KeyboardInterrupt: pass",
    ],
)
def test_a_cell_that_does_not_end_is_interrupted(loop):
    execution = run(FIRST, loop, "answer = 2", cell_seconds=1)
    assert execution.status == "timeout"
    assert "cell 2 was interrupted after 1 s" in execution.reason
    assert execution.answers == 2
    assert ran_first(execution)


@pytest.mark.parametrize(
    "loop",
    [
        # every interrupt
        "while True:\n    try:\n        while True: pass\n"
        "    except BaseException: pass",
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
        "sum(range(10**12))",  # Python does not look for one
    ],
)
def test_a_cell_that_cannot_be_interrupted_is_the_last_one(loop):
    execution = run(FIRST, "once = True", loop, "answer = 2", cell_seconds=1)
    assert execution.status == "timeout"
    assert execution.seconds < 20
    assert ran_first(execution)
    if execution.answers is not None:  # an interrupt hit between the loops
        assert execution.answers == 2


def test_many_slow_cells_have_one_limit():
    cells = ["import time\ntime.sleep(0.9)"] * 30
    execution = run(FIRST, *cells, cell_seconds=1.5, wall_seconds=3)
    assert execution.status == "timeout"
    assert "came after 3 s" in execution.reason
    assert execution.seconds < 15
    assert execution.answers == 1  # they are collected all the same
    assert ran_first(execution)


def test_one_process_has_no_more_memory_than_all():
    execution = run(FIRST, "big = bytearray(10**9)", "answer = 2", memory=600 * 2**20)
    assert error(execution, 1) == "MemoryError"
    assert (execution.status, execution.answers) == ("done", 2)


@pytest.mark.parametrize(
    "bomb",
    [
        "import os, time\nfor _ in range(4):\n    if os.fork() == 0:\n"
        "        held = bytearray(b'x') * 2 * 10**8\n        time.sleep(100)\n"
        "time.sleep(100)",
        "import mmap, time\nheld = mmap.mmap(-1, 8 * 10**8)\n"
        "held.write(bytes(8 * 10**8))\ntime.sleep(100)",
        "import time\nfor at in range(100):\n"
        "    open(f'/tmp/{at}', 'wb').write(bytes(10**7))\ntime.sleep(100)",
        "import mmap, time\nflags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000\n"
        "held = mmap.mmap(-1, 1 << 40, flags=flags, prot=mmap.PROT_READ)\n"
        "for page in range(200000): held[page << 21]\ntime.sleep(100)",
        "import os, socket, time\nfor _ in range(10):\n    if os.fork() == 0:\n"
        "        break\nheld = [socket.socketpair() for _ in range(180)]\n"
        "for one, _ in held:\n    one.setblocking(False)\n    try:\n"
        "        while True: one.send(bytes(10**5))\n"
        "    except BlockingIOError: pass\ntime.sleep(100)",
    ],
    ids=["processes", "shared", "files", "pages", "sockets"],
)
def test_all_processes_together_have_a_limit(bomb):
    execution = run(FIRST, bomb, memory=500 * 2**20, cell_seconds=30)
    assert execution.status in ("killed", "done")
    if execution.status == "done":
        assert error(execution, 1)  # a limit of the system came first
    else:
        assert "MiB of memory" in execution.reason
    assert ran_first(execution)
    assert execution.seconds < 20


@pytest.mark.parametrize(
    "bomb",
    [
        "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass",
        "import threading, time\nwhile True:\n"
        "    threading.Thread(target=time.sleep, args=(100,)).start()",
        "import subprocess\nsubprocess.run(':(){ :|:& };:', shell=True)\n"
        "import time\ntime.sleep(100)",
    ],
    ids=["forks", "threads", "shell"],
)
def test_a_bomb_of_processes(bomb):
    execution = run(FIRST, bomb, cell_seconds=1)
    assert execution.seconds < 20
    assert ran_first(execution)


def test_processor_time_is_counted_for_all():
    spin = "import os\nfor _ in range(4): os.fork()\nwhile True: pass"
    execution = run(FIRST, spin, cpu_seconds=3, cell_seconds=60)
    assert execution.status == "killed"
    assert "processor time" in execution.reason
    assert ran_first(execution)


@pytest.mark.parametrize(
    "flood",
    [
        "for _ in range(3000): print('x' * 10**4)",
        "import os\nfor _ in range(30): os.write(1, b'x' * 10**6)",
        "class Long(Exception):\n    def _render_traceback_(self):\n"
        "        return ['x' * 10**5] * 30\nraise Long",
        "from IPython.display import HTML, display\n"
        "for _ in range(30): display(HTML('x' * 10**6))",
    ],
    ids=["print", "descriptor", "error", "display"],
)
def test_a_flood_of_output_is_cut(flood):
    execution = run(FIRST, flood, "answer = 2", "print('last')", cell_seconds=30)
    assert (execution.status, execution.answers) == ("done", 2)
    assert len(json.dumps(execution.notebook)) < 2**21
    assert "cut here" in json.dumps(outputs(execution, 1))


@pytest.mark.parametrize(
    "end, how",
    [
        ("import os\nos._exit(3)", "exit code 3"),
        ("import os\nos.kill(os.getpid(), 9)", "SIGKILL"),
        ("import os\nos.abort()", ""),
        ("import ctypes\nctypes.string_at(0)", ""),  # MXNet may say how it ends
        ("import os\nos.kill(0, 9)", "SIGKILL"),
    ],
)
def test_a_kernel_that_ends(end, how):
    execution = run(FIRST, end, "answer = 2")
    assert execution.status == "killed"
    assert how in execution.reason
    assert ran_first(execution)
    assert execution.seconds < 10


@pytest.mark.parametrize("target", ["os.getppid()", "-1"])
def test_a_runner_that_is_ended(target):
    execution = run(FIRST, f"import os\nos.kill({target}, 9)\nos.abort()")
    assert (execution.status, execution.answers) == ("killed", None)
    assert execution.seconds < 10


def test_a_runner_that_is_stopped(monkeypatch):
    monkeypatch.setattr(conversation, "SILENCE", 4.0)
    execution = run(FIRST, "import os\nos.kill(os.getppid(), 19)")
    assert execution.status == "killed"
    assert "no sign of life" in execution.reason
    assert execution.seconds < 15


@pytest.mark.parametrize("end", ["import sys\nsys.exit(1)", "exit()", "quit()"])
def test_leaving_a_cell_leaves_only_that(end):
    execution = run(FIRST, end, "answer = 2")
    assert (execution.status, execution.answers) == ("done", 2)


def test_nothing_is_left_behind():
    mark = f"{os.getpid()}{time.monotonic_ns()}"
    daemon = (
        "import subprocess, sys\n"
        f"words = [sys.executable, '-c', 'import time; time.sleep(1000) # {mark}']\n"
        "child = subprocess.Popen(words, start_new_session=True)\n"
        "import os\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
        "        os.execv(words[0], words)\n    os._exit(0)\n"
    )
    execution = run(daemon, "answer = 2")
    assert (execution.status, execution.answers) == ("done", 2)
    deadline = time.monotonic() + 5
    while mark in _commands() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert mark not in _commands()


def _commands() -> str:
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/cmdline", errors="replace") as file:
                found.append(file.read())
        except OSError:
            pass
    return " ".join(found)
