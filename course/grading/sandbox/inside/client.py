"""Speaks to the kernel: runs code in it and passes on what it says meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import zmq
from jupyter_client.session import Session

from course.grading.sandbox.inside.kernel import Kernel

Message = dict
Hear = Callable[[str, Any, int], None]

_STEP = 50  # milliseconds between two looks whether the kernel is alive
_INTERRUPTED = 5.0  # seconds for a cell to end after it was interrupted
_LARGEST = 64 * 2**20  # bytes of a message; who sends a larger one is cut off
_PARSED = 16 * 2**20  # bytes of a message; of a larger one only the size is taken


class KernelGone(Exception):
    """The kernel has ended, or had to be ended."""


class Client:
    """One for a kernel whose sockets are there."""

    def __init__(self, kernel: Kernel, session: Session):
        self.kernel, self.session = kernel, session
        context = zmq.Context()
        context.setsockopt(zmq.MAXMSGSIZE, _LARGEST)
        context.setsockopt(zmq.LINGER, 0)
        self.shell = context.socket(zmq.DEALER)
        self.iopub = context.socket(zmq.SUB)
        self.iopub.subscribe(b"")
        self.shell.connect(kernel.address("shell"))
        self.iopub.connect(kernel.address("iopub"))
        self.poller = zmq.Poller()
        self.poller.register(self.shell, zmq.POLLIN)
        self.poller.register(self.iopub, zmq.POLLIN)

    def wait(self, seconds: float) -> None:
        """Until the kernel answers, and what it publishes comes here too."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            turn = _Turn(self, "kernel_info_request", {}, lambda *_: None)
            if turn.follow(min(deadline, time.monotonic() + 0.5)):
                return
        raise KernelGone("it did not start")

    def run(self, code: str, seconds: float, hear: Hear, silent: bool = False) -> Any:
        """Run a cell.

        Returns
        -------
        dict or None
            The kernel's reply; None where the cell took too long and was interrupted.

        Raises
        ------
        KernelGone
            Where the kernel ended, or did not heed the interrupt.
        """
        content = {
            "code": code,
            "silent": silent,
            "store_history": not silent,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": False,
        }
        turn = _Turn(self, "execute_request", content, hear)
        if turn.follow(time.monotonic() + seconds):
            return turn.reply
        self.kernel.interrupt()
        if not turn.follow(time.monotonic() + _INTERRUPTED):
            self.kernel.kill()
            raise KernelGone("a cell could not be interrupted")
        return None


class _Turn:
    """A request, and what belongs to it."""

    def __init__(self, client: Client, kind: str, content: dict, hear: Hear):
        self.client, self.hear = client, hear
        self.reply: Any = None
        self.idle = False
        self.id = client.session.send(client.shell, kind, content)["header"]["msg_id"]

    def follow(self, deadline: float) -> bool:
        """Until it is done, or the deadline; whether it is done."""
        while not (self.reply is not None and self.idle):
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            ready = dict(self.client.poller.poll(min(_STEP, int(left * 1000) + 1)))
            if not ready and not self.client.kernel.is_alive():
                raise KernelGone("the kernel ended: " + self.client.kernel.end())
            for socket in ready:
                self._receive(socket)
        return True

    def _receive(self, socket: zmq.Socket) -> None:
        frames = socket.recv_multipart()
        size = sum(map(len, frames))
        if size > _PARSED:
            self.hear("", {}, size)
            return
        try:
            session = self.client.session
            message = session.deserialize(session.feed_identities(frames)[1])
            kind, content = message["header"]["msg_type"], message["content"]
            if message["parent_header"].get("msg_id") != self.id:
                return
        except Exception:  # whatever a submission may have sent
            return
        if socket is self.client.shell:
            self.reply = content
        elif kind == "status" and content.get("execution_state") == "idle":
            self.idle = True
        else:
            self.hear(kind, content, size)
