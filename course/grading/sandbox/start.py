"""How a runner is started: as a program in a sandbox, as a fork of the template that
enters a sandbox, or, where submissions are trusted, as a program without one."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from course.grading.sandbox import command, seccomp
from course.grading.sandbox.limits import Limits
from course.grading.sandbox.template import Template
from course.grading.sandbox.watchdog import descendants


@dataclass
class Started:
    """A run.

    Parameters
    ----------
    child : Popen
        With its end all of it ends.
    roots : tuple of int
        The processes above all others.
    give, take, messages : int
        The runner's standard input, its result, and what is said while the sandbox is
        made.
    """

    child: subprocess.Popen
    roots: tuple[int, ...]
    give: int
    take: int
    messages: int

    def stop(self) -> None:
        """Ask the runner to come to an end."""
        if self.give >= 0:
            os.close(self.give)
            self.give = -1

    def end(self) -> None:
        """End all of it."""
        # without the sandbox, those below would go on
        for process in descendants(self.child.pid):
            with suppress(ProcessLookupError, PermissionError):
                os.kill(process.pid, signal.SIGKILL)
        self.child.wait()
        self.stop()
        os.close(self.take)
        os.close(self.messages)


class _Ends:
    """The other side's ends of the pipes, and the filter of calls."""

    def __init__(self, home: str):
        self.home = home
        self.stdin, self.give = os.pipe()
        self.take, self.result = os.pipe()
        self.messages, self.stderr = os.pipe()
        self.rules = seccomp.descriptor()

    def popen(self, words: list[str], stdin: int, kept: list[int]) -> subprocess.Popen:
        return subprocess.Popen(
            words,
            stdin=stdin,
            stdout=subprocess.DEVNULL,
            stderr=self.stderr,
            pass_fds=kept,
            env=command.environment(self.home),
            cwd="/",
        )

    def started(self, child: subprocess.Popen, *above: int) -> Started:
        roots = (child.pid, *above)
        return Started(child, roots, self.give, self.take, self.messages)

    def close(self) -> None:
        for fd in (self.stdin, self.result, self.stderr, self.rules):
            os.close(fd)

    def close_ours(self) -> None:
        for fd in (self.give, self.take, self.messages):
            os.close(fd)


@contextmanager
def started(
    limits: Limits, home: str, trust: bool, template: Template | None
) -> Iterator[Started]:
    """A run; on leaving all of it is ended.

    Parameters
    ----------
    limits : Limits
    home : str
        The home folder, as it is seen inside.
    trust : bool
        Without the sandbox.
    template : Template, optional
        What to fork.
    """
    ends = _Ends(home)
    try:
        run = None if trust or template is None else _fork(ends, limits, template)
        if run is None:
            run = _program(ends, limits, trust)
    except BaseException:
        ends.close_ours()
        raise
    finally:
        ends.close()
    try:
        yield run
    finally:
        run.end()


def _program(ends: _Ends, limits: Limits, trust: bool) -> Started:
    words, kept = command.runner(ends.result), [ends.result]
    if not trust:
        words = command.sandboxed(words, limits, ends.rules)
        kept.append(ends.rules)
    return ends.started(ends.popen(words, ends.stdin, kept))


def _fork(ends: _Ends, limits: Limits, template: Template) -> Started | None:
    """None where the template has ended."""
    inner, outer = socket.socketpair()
    with inner, outer:
        fd = inner.fileno()
        words = command.sandboxed(command.door(fd), limits, ends.rules, first=True)
        lead = template.fork([outer.fileno(), ends.stdin, ends.result, ends.stderr])
        if lead is None:
            return None
        child = ends.popen(words, subprocess.DEVNULL, [fd, ends.rules])
    return ends.started(child, lead)
