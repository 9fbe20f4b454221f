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

_START = 60.0  # seconds for the kernel to answer
_STEP = 50  # milliseconds between two looks whether the kernel is alive
_INTERRUPTED = 5.0  # seconds for a cell to end after it was interrupted
_IDLE = 3.0  # seconds for the rest of the outputs, once a cell has its reply
_LARGEST = 64 * 2**20  # bytes of a message; who sends a larger one is cut off
_PARSED = 16 * 2**20  # bytes of a message; of a larger one only the size is taken


class KernelGone(Exception):
    """The kernel has ended, or was ended; ``late`` where that was for its time."""

    def __init__(self, message: str, late: bool = False):
        super().__init__(message)
        self.late = late


class Client:
    """One for a kernel, once that answers."""

    def __init__(self, kernel: Kernel, session: Session):
        self.kernel, self.session = kernel, session
        if not kernel.wait():
            raise KernelGone("the kernel did not start: " + kernel.end())
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
        self._wait()

    def _wait(self) -> None:
        """Until the kernel answers, and what it publishes comes here too."""
        deadline = time.monotonic() + _START
        while time.monotonic() < deadline:
            turn = _Turn(self, "kernel_info_request", {}, lambda *_: None)
            if turn.follow(min(deadline, time.monotonic() + 0.5)):
                return
        raise KernelGone("the kernel did not answer")

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
        # an interrupt does not wake a cell that awaits something; a message does
        self.session.send(self.shell, "kernel_info_request", {})
        if not turn.follow(time.monotonic() + _INTERRUPTED):
            self.kernel.kill()
            raise KernelGone("a cell did not end when it was interrupted", late=True)
        return None


class _Turn:
    """A request, and what belongs to it."""

    def __init__(self, client: Client, kind: str, content: dict, hear: Hear):
        self.client, self.hear = client, hear
        self.reply: Any = None
        self.idle, self.last = False, float("inf")
        self.id = client.session.send(client.shell, kind, content)["header"]["msg_id"]

    def follow(self, deadline: float) -> bool:
        """Until it is done, or the deadline; whether it is done."""
        while not (self.reply is not None and self.idle):
            left = min(deadline, self.last) - time.monotonic()
            if left <= 0:
                return self.reply is not None
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
            self.last = time.monotonic() + _IDLE
        elif kind == "status" and content.get("execution_state") == "idle":
            self.idle = True
        else:
            self.hear(kind, content, size)
