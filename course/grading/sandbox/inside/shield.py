"""What keeps the runner and the system from the submission's processes."""

from __future__ import annotations

import ctypes
import os
import re
import resource
import signal
from collections.abc import Mapping

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE = 1, 4


def raise_own() -> None:
    """Let no other process of this user trace this one, read it or take its files."""
    _prctl(_PR_SET_DUMPABLE, 0)


def lower_own() -> None:
    """Be an ordinary process, that ends when the one that started it does."""
    _prctl(_PR_SET_DUMPABLE, 1)
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def limit(limits: Mapping[str, float], own_namespace: bool) -> None:
    """The limits that the system keeps, for this process and all that it starts."""
    _set(resource.RLIMIT_DATA, int(limits["memory"]))
    _set(resource.RLIMIT_FSIZE, int(limits["file"]))
    _set(resource.RLIMIT_CPU, int(limits["cpu_seconds"]) + 1)
    _set(resource.RLIMIT_NOFILE, 512)
    _set(resource.RLIMIT_CORE, 0)
    if own_namespace and _counts_by_namespace():
        _set(resource.RLIMIT_NPROC, int(limits["processes"]))


def is_apart(namespace: str) -> bool:
    """Whether this process is in another namespace of processes than the given one.

    Only there is it safe to end all processes that can be ended.
    """
    return bool(namespace) and os.readlink("/proc/self/ns/pid") != namespace


def end_all() -> None:
    """End all processes of this namespace except this one; see `is_apart`."""
    try:
        os.kill(-1, signal.SIGKILL)
    except ProcessLookupError:  # there is no other one
        pass


def _counts_by_namespace() -> bool:
    """Whether only processes of this namespace count, not all of the user's.

    Where they do the watchdog has to do alone.
    """
    version = [int(number) for number in re.findall(r"\d+", os.uname().release)[:2]]
    return version >= [5, 14]


def _set(kind: int, value: int) -> None:
    hard = resource.getrlimit(kind)[1]
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(kind, (value, value))


def _prctl(option: int, value: int) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(option, int(value), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
