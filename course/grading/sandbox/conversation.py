"""What goes on between this side and a runner, from the request to the result."""

from __future__ import annotations

import os
import selectors
import time

from course.grading.sandbox import watchdog
from course.grading.sandbox.limits import MIB, Limits
from course.grading.sandbox.start import Started

TICK = 0.25  # seconds between two looks at what it uses
GRACE = 3.0  # seconds for the runner to say what it has when it is stopped
SILENCE = 30.0  # seconds without a sign of life of the runner: somebody stopped it
_MESSAGES = 64 * 1024  # bytes of the program's own messages that are kept


class Conversation:
    """Reads and writes whatever is ready, and looks at the watch meanwhile.

    Parameters
    ----------
    run : Started
    request : bytes
        What the runner is told.
    size : int
        Bytes of the result; of what is longer one more is kept.

    Attributes
    ----------
    result, messages : bytearray
    stopped : str
        Why it was ended; '' where it ended by itself.
    late : bool
        Whether that was its time.
    """

    def __init__(self, run: Started, request: bytes, size: int):
        self.run, self.size = run, size
        self.left = memoryview(request)
        self.result, self.messages = bytearray(), bytearray()
        self.stopped, self.late = "", False
        self.heard = time.monotonic()
        self.selector = selectors.DefaultSelector()
        for fd, events in (
            (run.give, selectors.EVENT_WRITE),
            (run.take, selectors.EVENT_READ),
            (run.messages, selectors.EVENT_READ),
        ):
            os.set_blocking(fd, False)
            self.selector.register(fd, events)

    def hold(self, limits: Limits, last: float) -> None:
        """Until the result is there, or the run has to be stopped, or `last`."""
        deadline, tick = last, time.monotonic() + TICK
        with self.selector:
            while self.run.take in self.selector.get_map():
                now = time.monotonic()
                if now >= deadline:
                    self.late = not self.stopped
                    self.stopped = self.stopped or _too_long(limits)
                    return
                if now >= tick and not self.stopped:
                    self.stopped = self._excess(limits, now)
                    tick = time.monotonic() + TICK
                    if self.stopped:
                        self._ask_to_stop()
                        deadline = min(last, now + GRACE)
                self._exchange(max(0.0, min(deadline, tick) - now))

    def _excess(self, limits: Limits, now: float) -> str:
        if now - self.heard > SILENCE:
            return f"its runner gave no sign of life for {SILENCE:g} s"
        return watchdog.usage(*self.run.roots).excess(limits)

    def _ask_to_stop(self) -> None:
        self.left = memoryview(b"")
        self._forget(self.run.give)
        self.run.stop()

    def _exchange(self, seconds: float) -> None:
        for key, _ in self.selector.select(seconds):
            if key.fd == self.run.take:
                self.heard = time.monotonic()
                self._take(key.fd, self.result, self.size)
            elif key.events & selectors.EVENT_WRITE:
                self._give(key.fd)
            else:
                self._take(key.fd, self.messages, _MESSAGES)

    def _give(self, fd: int) -> None:
        try:
            self.left = self.left[os.write(fd, self.left[:MIB]) :]
        except BrokenPipeError:
            self.left = memoryview(b"")
        if not self.left:
            self._forget(fd)  # it stays open: closing it means 'stop'

    def _take(self, fd: int, target: bytearray, size: int) -> None:
        data = os.read(fd, MIB)
        target += data[: size + 1 - len(target)]
        if not data:
            self._forget(fd)

    def _forget(self, fd: int) -> None:
        if fd in self.selector.get_map():
            self.selector.unregister(fd)


def _too_long(limits: Limits) -> str:
    return f"it took over {limits.wall_seconds:g} s"
