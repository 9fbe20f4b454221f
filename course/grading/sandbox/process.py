"""One run: start the program, hand it the request, watch it, take its result."""

from __future__ import annotations

import json
import os
import selectors
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from course.grading.sandbox import command, seccomp, watchdog
from course.grading.sandbox.inside.link import BEAT
from course.grading.sandbox.limits import MIB, Limits
from course.grading.sandbox.view import WORK

TICK = 0.25  # seconds between two looks at what it uses
GRACE = 3.0  # seconds for the runner to say what it has when it is stopped
SILENCE = 30.0  # seconds without a sign of life of the runner: somebody stopped it
_MESSAGES = 64 * 1024  # bytes of the program's own messages that are kept


@dataclass(frozen=True)
class Outcome:
    """What came back.

    ``result`` are the bytes it wrote, ``stopped`` why it was ended ('' where it ended
    by itself), ``late`` whether that was its time, and ``messages`` the beginning of
    what it said on its way.
    """

    result: bytes
    stopped: str
    late: bool
    messages: str
    seconds: float


def run(
    request: dict[str, Any], limits: Limits, seconds: float, size: int, trust: bool
) -> Outcome:
    """Run the program of the sandbox for one request.

    Parameters
    ----------
    request : dict
        Becomes one line of JSON on its standard input.
    limits : Limits
    seconds : float
        After which it is ended.
    size : int
        Bytes of the result; more are not read.
    trust : bool
        Without the sandbox.
    """
    started = time.monotonic()
    request = {**request, "limits": asdict(limits), "namespace": _namespace(trust)}
    with _place(trust) as (home, folder):
        line = json.dumps({**request, "folder": folder})
        with _started(limits, home, folder, trust) as (child, read):
            conversation = _Conversation(child, read, line.encode() + b"\n", size)
            conversation.hold(limits, started + seconds)
    messages = conversation.messages.decode("utf-8", "replace")
    took = time.monotonic() - started
    result, stopped = conversation.result.lstrip(BEAT), conversation.stopped
    return Outcome(bytes(result), stopped, conversation.late, messages, took)


@contextmanager
def _started(
    limits: Limits, home: str, folder: str, trust: bool
) -> Iterator[tuple[subprocess.Popen, int]]:
    """The program, and where its result is read; it is ended on leaving."""
    read, write = os.pipe()
    rules = seccomp.descriptor()
    program = command.runner(write)
    try:
        child = subprocess.Popen(
            program if trust else command.sandboxed(program, limits, rules),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            pass_fds=[write] if trust else [write, rules],
            env=command.environment(home),
            cwd=folder if trust else "/",
        )
    except BaseException:
        os.close(read)
        raise
    finally:
        os.close(write)
        os.close(rules)
    try:
        yield child, read
    finally:
        child.kill()  # with it goes all that is in its namespace
        child.wait()
        child.stdin.close()
        child.stderr.close()
        os.close(read)


def _namespace(trust: bool) -> str:
    """What our processes' numbers belong to: only in another one all may be ended."""
    return "" if trust else os.readlink("/proc/self/ns/pid")


@contextmanager
def _place(trust: bool) -> Iterator[tuple[str, str]]:
    """Home and working folder: those of the sandbox, or without it ones of our own."""
    if not trust:
        yield command.HOME, WORK
        return
    home = tempfile.mkdtemp()
    folder = os.path.join(home, "work")
    os.mkdir(folder)
    try:
        yield home, folder
    finally:
        shutil.rmtree(home, ignore_errors=True)


class _Conversation:
    """Reads and writes whatever is ready, and looks at the watch meanwhile."""

    def __init__(self, child: subprocess.Popen, read: int, line: bytes, size: int):
        self.child, self.size = child, size
        self.read, self.late = read, False
        self.heard = time.monotonic()
        self.left = memoryview(line)
        self.result, self.messages, self.stopped = bytearray(), bytearray(), ""
        self.selector = selectors.DefaultSelector()
        for fd, events in (
            (child.stdin.fileno(), selectors.EVENT_WRITE),
            (read, selectors.EVENT_READ),
            (child.stderr.fileno(), selectors.EVENT_READ),
        ):
            os.set_blocking(fd, False)
            self.selector.register(fd, events)

    def hold(self, limits: Limits, last: float) -> None:
        """Until the result is there, or the run has to be stopped."""
        deadline, tick = last, time.monotonic() + TICK
        with self.selector:
            while self.read in self.selector.get_map():
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
        return watchdog.usage(self.child.pid).excess(limits)

    def _ask_to_stop(self) -> None:
        self.left = memoryview(b"")
        self._forget(self.child.stdin.fileno())
        self.child.stdin.close()

    def _exchange(self, seconds: float) -> None:
        for key, _ in self.selector.select(seconds):
            if key.fd == self.read:
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
