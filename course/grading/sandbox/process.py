"""One run: start the program, hand it the request, watch it, take its result."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from course.grading.sandbox.conversation import Conversation
from course.grading.sandbox.inside.link import BEAT
from course.grading.sandbox.limits import Limits
from course.grading.sandbox.start import started
from course.grading.sandbox.template import Template
from course.grading.sandbox.view import HOME, WORK


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
    request: dict[str, Any],
    limits: Limits,
    seconds: float,
    size: int,
    trust: bool,
    template: Template | None = None,
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
    template : Template, optional
        As a fork of it.
    """
    begun = time.monotonic()
    request = {**request, "limits": asdict(limits), "namespace": _namespace(trust)}
    with _place(trust) as (home, folder):
        line = json.dumps({**request, "home": home, "folder": folder}) + "\n"
        with started(limits, home, trust, template) as child:
            conversation = Conversation(child, line.encode(), size)
            conversation.hold(limits, begun + seconds)
    return Outcome(
        bytes(conversation.result.lstrip(BEAT)),
        conversation.stopped,
        conversation.late,
        conversation.messages.decode("utf-8", "replace"),
        time.monotonic() - begun,
    )


def _namespace(trust: bool) -> str:
    """What our processes' numbers belong to: only in another one all may be ended."""
    return "" if trust else os.readlink("/proc/self/ns/pid")


@contextmanager
def _place(trust: bool) -> Iterator[tuple[str, str]]:
    """Home and working folder: those of the sandbox, or without it ones of our own."""
    if not trust:
        yield HOME, WORK
        return
    home = tempfile.mkdtemp()
    folder = os.path.join(home, "work")
    os.mkdir(folder)
    try:
        yield home, folder
    finally:
        shutil.rmtree(home, ignore_errors=True)
