"""Checks take milliseconds: one that computes for longer is stopped."""

from __future__ import annotations

import contextlib
import ctypes
import threading
import time
from typing import Iterator

TICK = 0.5  # seconds between two looks


class TooLong(Exception):
    """What ran took too much of the processor's time."""


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """Within it, `TooLong` is raised once this thread has computed for so long.

    Only its own time counts: neither trainings, which are processes, nor a busy machine
    cost anything. It works in every thread, as a cluster's workers have them, where
    there are no alarms.
    """
    mine = threading.get_ident()
    clock = time.pthread_getcpuclockid(mine)
    last = time.clock_gettime(clock) + seconds
    ended, lock = threading.Event(), threading.Lock()

    def watch() -> None:
        while not ended.wait(TICK):
            with lock:
                if not ended.is_set() and time.clock_gettime(clock) > last:
                    _raise(mine, TooLong)
                    return

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        with lock:
            ended.set()
        watcher.join()
        _raise(mine, None)  # what was asked for and did not come must not come later


def _raise(thread: int, kind: type | None) -> None:
    """Ask Python to raise an error in a thread; None takes that back."""
    error = ctypes.py_object(kind) if kind else None
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), error)
