"""Ctrl-C and termination between two steps, never inside one."""

from __future__ import annotations

import contextlib
import signal
import threading
from typing import Callable, Iterator

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def interrupts() -> Iterator[Callable[[], bool]]:
    """While open, the first Ctrl-C (or SIGTERM) only raises a flag.

    Yields
    ------
    callable
        Whether a signal has come. A second signal acts at once, as usual. Outside the
        main thread, where Python allows no handlers, nothing changes.
    """
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked.is_set
        return
    before = {number: signal.getsignal(number) for number in SIGNALS}

    def restore():
        for number, handler in before.items():
            signal.signal(number, handler)

    def handle(*_):
        asked.set()
        restore()

    for number in SIGNALS:
        signal.signal(number, handle)
    try:
        yield asked.is_set
    finally:
        restore()
