"""What a tree of processes uses."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from course.grading.sandbox import Limits, watchdog
from course.grading.sandbox.watchdog import Usage

CHILD = """
import subprocess, sys, time
held = bytearray(b"x") * (50 * 2**20)
while time.process_time() < 0.3:
    pass
below = sys.argv[1:]
child = subprocess.Popen([sys.executable, "-c", below[0]] if below else ["sleep", "60"])
print("ready", flush=True)
child.wait()
"""


@pytest.fixture
def tree():
    """A process of 50 MiB, and another one below it."""
    words = [sys.executable, "-c", CHILD, CHILD]
    process = subprocess.Popen(words, stdout=subprocess.PIPE)
    try:
        for _ in range(2):
            process.stdout.readline()
        yield process.pid
    finally:
        for found in reversed(watchdog.descendants(process.pid)):
            subprocess.run(["kill", "-9", str(found.pid)], check=False)
        process.wait()
        process.stdout.close()


def test_all_of_a_tree_counts(tree):
    found = watchdog.usage(tree)
    assert 100 * 2**20 < found.memory < 200 * 2**20
    assert found.threads == 3
    assert 0.5 < found.cpu < 30
    assert found.disk == 0  # there is no sandbox


def test_one_that_has_ended_uses_nothing():
    process = subprocess.Popen(["true"])
    process.wait()
    assert watchdog.usage(process.pid) == Usage()


def test_looking_is_cheap(tree):
    started = time.process_time()
    for _ in range(10):
        watchdog.usage(tree)
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    "usage, why",
    [
        (Usage(), ""),
        (Usage(memory=2**30, disk=2**30), ""),
        (Usage(memory=3 * 2**30, disk=1), "3072 MiB of memory"),
        (Usage(disk=4 * 2**30), "4096 MiB of memory"),
        (Usage(cpu=601), "601 s of processor time"),
        (Usage(threads=60), ""),
        (Usage(threads=200), "over 128 processes"),
    ],
)
def test_an_excess_is_a_sentence(usage, why):
    assert why in usage.excess(Limits())
    assert bool(why) is bool(usage.excess(Limits()))
