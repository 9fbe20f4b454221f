"""A run of a notebook: its cells, one after the other, and then ours."""

from __future__ import annotations

import json
import os
import secrets
import stat
import tempfile
import time
from typing import Any

# The kernel needs it as well, and is a fork: so it is imported once, and before.
import ipykernel.kernelapp  # noqa: F401
from jupyter_client.session import Session

from course.grading.sandbox.inside import cells, shield
from course.grading.sandbox.inside.client import Client, KernelGone
from course.grading.sandbox.inside.kernel import Kernel
from course.grading.sandbox.inside.link import Link
from course.grading.sandbox.inside.outputs import Budget, Outputs


def answer(request: dict[str, Any], fd: int) -> None:
    """Send a line of JSON (status, reason, notebook), then the answers' bytes."""
    try:
        notebook = cells.read(request["text"])
    except cells.NoNotebook as error:
        reason = f"this is no notebook: {error}"
        Link(fd).send(_report("failed", reason, None, b""))
        return
    os.chdir(request["folder"])
    os.environ["HOME"] = request["home"]
    folder = tempfile.mkdtemp(dir=request["home"])  # goes when all of that goes
    run = _Run(request, notebook, folder, fd)
    status, reason, answers = run.all()
    run.link.send(_report(status, reason, notebook, answers))


def _report(status: str, reason: str, notebook: Any, answers: bytes) -> bytes:
    head = {"status": status, "reason": reason, "notebook": notebook}
    line = json.dumps(head, ensure_ascii=False)
    return line.encode("utf-8", "replace") + b"\n" + answers


class _Run:
    """One kernel, from its start to its end."""

    def __init__(self, request: dict, notebook: dict, folder: str, fd: int):
        self.limits = request["limits"]
        self.collect = request["collect"]
        self.apart = shield.is_apart(request["namespace"])
        self.notebook, self.folder = notebook, folder
        self.deadline = time.monotonic() + self.limits["wall_seconds"]
        self.late: list[str] = []  # sentences on what took too long
        self.asked = False  # for the answers
        self.session = Session(key=secrets.token_hex(16).encode())
        self.kernel = Kernel(folder, self.session.key, fd)
        self.link = Link(fd, self._end)  # after the fork: it has a thread

    def all(self) -> tuple[str, str, bytes]:
        """Status, reason, and what the last cell wrote."""
        try:
            client = Client(self.kernel, self.session)
            self._cells(client)
            why = self._ask(client)
        except KernelGone as gone:
            return "timeout" if gone.late else "killed", str(gone), self._answers()
        finally:
            self._end()
        answers = self._answers()
        if self.late:
            return "timeout", "; ".join(self.late), answers
        return "done", "" if answers or not self.asked else why, answers

    def _end(self) -> None:
        if self.apart:
            shield.end_all()
        else:
            self.kernel.kill()

    def _cells(self, client: Client) -> None:
        budget = Budget(self.limits["output"])
        for number, cell in enumerate(self.notebook["cells"], 1):
            if cell["cell_type"] != "code" or not cell["source"].strip():
                continue
            left = self.deadline - time.monotonic()
            if left <= 0:
                wall = self.limits["wall_seconds"]
                self.late.append(f"cell {number} and the rest came after {wall:g} s")
                return
            seconds = min(self.limits["cell_seconds"], left)
            if not _run_cell(client, cell, seconds, Outputs(budget)):
                self.late.append(f"cell {number} was interrupted after {seconds:.0f} s")

    def _ask(self, client: Any) -> str:
        """Let the answers be written; why there are none, if there are none."""
        if not self.collect:
            return ""
        self.asked = True
        code = self.collect.replace("{path}", self._path)
        seconds = self.limits["cell_seconds"]  # even if there is no time left
        reply = client.run(code, seconds, lambda *_: None, silent=True)
        if reply is None:
            self.late.append(f"not all answers were collected within {seconds:g} s")
            return ""
        error = f"{reply.get('ename', '')}: {reply.get('evalue', '')}"
        return f"no answers were collected ({error[:500]})"

    @property
    def _path(self) -> str:
        return os.path.join(self.folder, "answers.json")

    def _answers(self) -> bytes:
        """What has been written: those before one that was stopped count."""
        return (
            (_content(self._path, self.limits["answers"]) or b"") if self.asked else b""
        )


def _run_cell(client: Client, cell: dict, seconds: float, outputs: Outputs) -> bool:
    """Whether it ended by itself; what it put out is kept in any case."""
    try:
        reply = client.run(cell["source"], seconds, outputs.hear)
    finally:
        cell["outputs"] = outputs.finished()
    count = reply.get("execution_count") if reply else None
    cell["execution_count"] = count if type(count) is int else None
    return reply is not None


def _content(path: str, size: int) -> bytes | None:
    """The bytes of an ordinary file that is not larger than that."""
    try:
        # a submission may have put a link or a pipe there
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            return None
        with open(fd, "rb", closefd=False) as file:
            data = file.read(size + 1)
    finally:
        os.close(fd)
    return data if len(data) <= size else None
