"""The line to the other side: signs of life, its word to stop, and the result."""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Callable

BEAT = b"\n"
_EVERY = 2.0  # seconds


class Link:
    """Writes a sign of life every two seconds, until the result is sent.

    Parameters
    ----------
    fd : int
        Where the result goes.
    stop : function
        Called when the other side closes our standard input.
    """

    def __init__(self, fd: int, stop: Callable[[], object] = lambda: None):
        self.fd, self.stop = fd, stop
        self.lock = threading.Lock()
        self.done = False
        threading.Thread(target=self._keep, daemon=True).start()

    def send(self, data: bytes) -> None:
        """The result; nothing follows it."""
        with self.lock:
            self.done = True
        left = memoryview(data)
        while left:
            left = left[os.write(self.fd, left) :]

    def _keep(self) -> None:
        asked = [0]
        while True:
            ready = select.select(asked, [], [], _EVERY)[0]
            if ready and not os.read(0, 4096):
                asked = []
                self.stop()
            with self.lock:
                if self.done:
                    return
                os.write(self.fd, BEAT)
