"""Locks between processes, which end with the process that holds them."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Iterator


@contextlib.contextmanager
def alone(place: Path, refusal: Exception) -> Iterator[None]:
    """Hold the lock of a folder, or of a file that is made where it is not there.

    Parameters
    ----------
    place : Path
    refusal : Exception
        Raised where another process holds it.
    """
    try:
        import fcntl
    except ImportError:  # Windows has no such locks
        yield
        return
    # a network's file system locks only files that are open for writing
    flags = os.O_RDONLY if place.is_dir() else os.O_RDWR | os.O_CREAT
    descriptor = os.open(place, flags, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise refusal from None
        except OSError:
            pass  # a file system without locks
        yield
    finally:
        os.close(descriptor)
