"""Our own code in the sandbox: data in, data out.

The standard library's `timeit` has a `main` that runs whatever it is given.
"""

from __future__ import annotations

import os

import pytest

from course.grading.sandbox import Limits, TrustedRunError, run_trusted

pytestmark = pytest.mark.usefixtures("sandbox")
PROBE = "course.grading.sandbox.inside.probe"


def timed(source: str, trust: bool = False, **limits: float):
    """Run a line of Python."""
    words = ["-n", "1", "-r", "1", source]
    return run_trusted("timeit", words, Limits(**limits), trust)


def test_a_result_comes_back():
    found = run_trusted(PROBE, {"any": "request"})
    assert (found["capabilities"], found["devices"]) == (0, ["lo"])
    assert found["user"] != 0


def test_without_the_sandbox_it_is_the_same_run():
    found = run_trusted(PROBE, None, trust=True)
    assert found["user"] == os.getuid()
    assert found["namespace"] == os.readlink("/proc/self/ns/pid")


@pytest.mark.parametrize("trust", [False, True])
@pytest.mark.parametrize(
    "module, request_, why",
    [
        ("no_such_module", None, "ModuleNotFoundError"),
        ("timeit", 5, "TypeError"),
        ("keyword", None, "AttributeError"),
    ],
)
def test_its_exception_is_told(module, request_, why, trust):
    with pytest.raises(TrustedRunError, match=f"{module}: {why}"):
        run_trusted(module, request_, trust=trust)


@pytest.mark.parametrize("trust", [False, True])
def test_it_has_a_time(trust):
    with pytest.raises(TrustedRunError, match="took over 1 s"):
        timed("import time; time.sleep(100)", trust, wall_seconds=1)


@pytest.mark.parametrize("trust", [False, True])
def test_it_has_memory(trust):
    bomb = (
        "import os, time\nfor _ in range(4):\n    if os.fork() == 0:\n        break\n"
    )
    bomb += "held = bytearray(b'x') * 10**8\ntime.sleep(100)"
    with pytest.raises(TrustedRunError, match="MiB of memory"):
        timed(bomb, trust, memory=300 * 2**20)


def test_one_that_ends_by_itself():
    with pytest.raises(TrustedRunError, match="without a result"):
        timed("import os; os._exit(3)")
