"""A run of a notebook: its cells, one after the other, and then ours."""

from __future__ import annotations

import json
import os
import secrets
import stat
import sys
import tempfile
import threading
import time
from typing import Any

from course.grading.sandbox.inside import cells, shield

_START = 60.0


def answer(request: dict[str, Any], result: int) -> bytes:
    """A line of JSON (status, reason, notebook, seconds), then the answers' bytes."""
    started = time.monotonic()
    try:
        notebook = cells.read(request["text"])
    except cells.NoNotebook as error:
        return _report("failed", f"this is no notebook: {error}", None, b"", started)
    os.chdir(request["folder"])
    with tempfile.TemporaryDirectory() as folder:
        run = _Run(request, notebook, folder, started)
        status, reason, answers = run.all(result)
    return _report(status, reason, notebook, answers, started)


def _report(
    status: str, reason: str, notebook: Any, answers: bytes, started: float
) -> bytes:
    seconds = time.monotonic() - started
    head = {"status": status, "reason": reason, "notebook": notebook}
    line = json.dumps({**head, "seconds": seconds}, ensure_ascii=False)
    return line.encode("utf-8", "replace") + b"\n" + answers


class _Run:
    """One kernel, from its start to its end."""

    def __init__(self, request: dict, notebook: dict, folder: str, started: float):
        self.limits = request["limits"]
        self.collect = request["collect"]
        self.apart = shield.is_apart(request["namespace"])
        self.notebook, self.folder = notebook, folder
        self.deadline = started + self.limits["wall_seconds"]
        self.late: list[int] = []  # cells that took too long

    def all(self, result: int) -> tuple[str, str, bytes]:
        """Status, reason, and what the last cell wrote."""
        # imported before the fork: the kernel needs it too
        import ipykernel.kernelapp  # noqa: F401
        from jupyter_client.session import Session

        from course.grading.sandbox.inside.client import Client, KernelGone
        from course.grading.sandbox.inside.kernel import Kernel

        key = secrets.token_hex(16).encode()
        kernel = Kernel(self.folder, key, [result])
        self._heed(kernel)
        answers = b""
        try:
            if not kernel.wait():
                raise KernelGone("it did not start")
            client = Client(kernel, Session(key=key))
            client.wait(_START)
            self._cells(client)
            answers, why = self._answers(client)
        except KernelGone as gone:
            late = "a cell could not be interrupted" in str(gone) or self._left() <= 0
            return ("timeout" if late else "killed"), str(gone), b""
        finally:
            kernel.kill()
            if self.apart:
                shield.end_all()
        if self.late:
            numbers = ", ".join(str(index + 1) for index in self.late)
            return "timeout", f"interrupted after its time: cell {numbers}", answers
        return "done", why, answers

    def _left(self) -> float:
        return self.deadline - time.monotonic()

    def _heed(self, kernel: Any) -> None:
        """End the kernel when the other side closes our standard input."""

        def wait() -> None:
            while sys.stdin.buffer.read(4096):
                pass
            if self.apart:
                shield.end_all()
            else:
                kernel.kill()

        threading.Thread(target=wait, daemon=True).start()

    def _cells(self, client: Any) -> None:
        from course.grading.sandbox.inside.outputs import Budget, Outputs

        budget = Budget(self.limits["output"])
        for index, cell in enumerate(self.notebook["cells"]):
            if cell["cell_type"] != "code" or not cell["source"].strip():
                continue
            outputs = Outputs(budget)
            try:
                seconds = min(self.limits["cell_seconds"], self._left())
                reply = client.run(cell["source"], seconds, outputs.hear)
            finally:
                cell["outputs"] = outputs.finished()
            count = reply.get("execution_count") if reply else None
            cell["execution_count"] = count if type(count) is int else None
            if reply is None:
                self.late.append(index)

    def _answers(self, client: Any) -> tuple[bytes, str]:
        if not self.collect:
            return b"", ""
        path = os.path.join(self.folder, "answers.json")
        code = self.collect.replace("{path}", path)
        seconds = min(self.limits["cell_seconds"], self._left())
        reply = client.run(code, seconds, lambda *_: None, silent=True)
        if reply is None:
            return b"", "the answers could not be collected in time"
        data = _content(path, self.limits["answers"])
        if data is None:
            error = f"{reply.get('ename', '')}: {reply.get('evalue', '')}"
            return b"", f"no answers were collected ({error[:500]})"
        return data, ""


def _content(path: str, size: int) -> bytes | None:
    """The bytes of an ordinary file that is not larger than that."""
    try:
        # a submission may have put a link or a pipe there
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    with os.fdopen(fd, "rb") as file:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            return None
        data = file.read(size + 1)
    return data if len(data) <= size else None
