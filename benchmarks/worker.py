"""A side's own process: it does what the parent asks, and says how long it took.

    python -m benchmarks.worker SIDE WORK FOLDER

WORK is JSON. Each line on stdin asks for one turn; each line on stdout is JSON:
first what it took to get ready, then for each turn the seconds of a step. What
libraries print goes to stderr.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from benchmarks.sides import SIDES, import_side
from benchmarks.works import Work

ANSWERS = 2  # turns of one step, whose results are compared between the sides
TURN = 0.2  # seconds: shorter works are done several times in a turn


def main(name: str, work: str, folder: str) -> None:
    """Get ready, then take turns until stdin ends, or all is done."""
    tell = _teller()
    work, folder = Work(**json.loads(work)), Path(folder)
    begin = time.perf_counter()
    side = import_side(name)(work, folder, **SIDES[name].options)
    imported, begin = time.perf_counter() - begin, time.perf_counter()
    side.build()
    built = time.perf_counter() - begin
    side.exchange()
    logits = side.logits().tolist() if work.random else None
    tell(imported=imported, built=built, logits=logits, about=side.about())
    if work.kind == "epoch":
        side.epoch(_gate(tell))
        tell(done=True)
    else:
        _take_turns(side, tell)


def _take_turns(side, tell) -> None:
    """A step, or several where one is short, for each line of stdin."""
    seconds = TURN
    for turn, _ in enumerate(sys.stdin):
        steps = 1 if turn < ANSWERS else max(1, round(TURN / seconds))
        begin = time.perf_counter()
        for _ in range(steps):
            result = side.step()
        seconds = (time.perf_counter() - begin) / steps
        answer = result.tolist() if turn < ANSWERS else None
        tell(seconds=seconds, answer=answer, memory=_peak_memory())


def _gate(tell):
    """A function that an epoch calls between its parts: it waits for the next turn.

    The first call begins the first part; the side has waited for its device before.
    """
    begin = None

    def gate() -> None:
        nonlocal begin
        if begin is not None:
            seconds = time.perf_counter() - begin
            tell(seconds=seconds, memory=_peak_memory())
        if not sys.stdin.readline():
            sys.exit()  # the parent has had enough
        begin = time.perf_counter()

    return gate


def _teller():
    """A function that sends JSON to the parent; stdout becomes stderr for all others.

    Libraries print: what they do must not be taken for an answer.
    """
    pipe = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def tell(**message) -> None:
        pipe.write(json.dumps(message) + "\n")
        pipe.flush()

    return tell


def _peak_memory() -> int:
    """The most bytes that this process ever had in memory.

    Not `getrusage`'s: that counts what the parent had when it started this one.
    """
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


if __name__ == "__main__":
    main(*sys.argv[1:])
