"""A fork after which a process is as it was before, MXNet's part of it too.

With an ordinary fork MXNet would start its engine before, stop it, and go on in the new
process with fewer threads than it has elsewhere. Where nothing of MXNet runs yet there
is nothing to stop, so the fork is made without what libraries have asked to be done.
"""

from __future__ import annotations

import ctypes
import os


def fork() -> int:
    """As `os.fork`, for a process with one thread that computes nothing yet."""
    try:
        bare = ctypes.PyDLL(None)._Fork
    except AttributeError:  # a C library without it (glibc before 2.34)
        return os.fork()
    python = ctypes.pythonapi
    python.PyOS_BeforeFork()
    pid = bare()
    if pid == 0:
        python.PyOS_AfterFork_Child()
    else:
        python.PyOS_AfterFork_Parent()
    if pid < 0:
        raise OSError("fork")
    return pid


def is_bare() -> bool:
    """Whether the fork does without them, and so may follow on MXNet's import."""
    return hasattr(ctypes.PyDLL(None), "_Fork")
