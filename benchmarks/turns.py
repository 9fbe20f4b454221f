"""Sides that take turns: A B A B, each in a process of its own that stays alive."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Iterator

import numpy as np

from benchmarks.peers import ROOT, Missing, environment, python_of
from benchmarks.sides import SIDES

WARMUP, LEAST = 2, 5  # rounds that do not count, and the fewest that do
# By how much results may differ, relative to the largest: float32 sums are taken in
# another order. An update makes more of it, so that less can be said of its effect.
TOLERANCE, CHANGE = 2e-3, 0.2
DEEP = 12  # blocks of a network of which the first gradients amplify rounding too much


@dataclasses.dataclass
class Worker:
    """A side's process, and what it said."""

    process: subprocess.Popen
    log: Path
    ready: dict = dataclasses.field(default_factory=dict)
    turns: list = dataclasses.field(default_factory=list)
    done: bool = False

    def signal(self, number: int) -> None:
        """Send a signal to the process and to all that it started.

        Between its turns a side is stopped: threads that wait awake, and loaders that
        fetch the next images, would take time from the side whose turn it is.
        """
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def hear(self) -> dict:
        """Its next message.

        Raises
        ------
        Missing
            Where it has ended; with the last line of what it said.
        """
        line = self.process.stdout.readline()
        if line:
            return json.loads(line)
        self.process.wait()
        said = self.log.read_text(errors="replace").strip().splitlines()
        raise Missing(said[-1] if said else f"exit code {self.process.returncode}")

    def turn(self) -> None:
        """Let it do its work once, unless that is all done."""
        if not self.done:
            self.signal(signal.SIGCONT)
            with contextlib.suppress(BrokenPipeError):  # `hear` tells why
                self.process.stdin.write("\n")
                self.process.stdin.flush()
            said = self.hear()
            self.signal(signal.SIGSTOP)
            self.done = said.get("done", False)
            if not self.done:
                self.turns.append(said)


def sides_of(work) -> list[str]:
    """The names of the sides that can do a kind of work, ours first."""
    return [name for name, side in SIDES.items() if work.kind in side.kinds]


@contextlib.contextmanager
def started(work, names, threads: int) -> Iterator[tuple]:
    """Processes that are ready, by name, and why the others are not.

    One after the other: the first writes the weights, and what getting ready takes is
    measured.
    """
    workers, missing = {}, {}
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        for name in names:
            try:
                python = python_of(name)
                log = Path(folder) / f"{name}.log"
                worker = stack.enter_context(_worker(python, name, work, log, threads))
                worker.ready = worker.hear()
                worker.signal(signal.SIGSTOP)
                workers[name] = worker
            except Missing as reason:
                missing[name] = str(reason)
        yield workers, missing


@contextlib.contextmanager
def _worker(python, name, work, log, threads):
    """A process, ended in any case."""
    numbers = json.dumps(dataclasses.asdict(work))
    command = [python, "-m", "benchmarks.worker", name, numbers, str(log.parent)]
    with open(log, "w") as errors:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment(name, threads),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        )
    worker = Worker(process, log)
    try:
        yield worker
    finally:
        worker.signal(signal.SIGKILL)
        process.communicate()


def take_turns(work, workers: dict, missing: dict, seconds: float, bar) -> None:
    """Rounds until the time is over, or all are done.

    The time begins behind the first rounds, in which compilers work. Sides that fail or
    compute something else become missing.
    """
    begin, rounds = time.monotonic(), 0
    while rounds < WARMUP + LEAST or time.monotonic() - begin < seconds:
        if rounds == WARMUP:
            begin = time.monotonic()
        for name in list(workers):
            try:
                workers[name].turn()
            except Missing as reason:
                missing[name] = str(reason)
                del workers[name]
        if all(worker.done for worker in workers.values()):
            return
        if rounds < 2 and work.kind != "epoch":
            _compare(work, workers, missing)
        rounds += 1
        bar(rounds, time.monotonic() - begin)


def _compare(work, workers: dict, missing: dict) -> None:
    """Drop sides whose results are not the first one's."""
    first, *others = workers
    for name in others:
        off, most = _difference(work, workers[first], workers[name])
        if SIDES[name].exact and not off <= most:
            missing[name] = (
                f"computes something else: off by {off:.1e}, and {most:.0e} is rounding"
            )
            del workers[name]


def _difference(work, first, other) -> tuple[float, float]:
    """By how much a side's last result differs from the first's, and may differ.

    After an update it is the change of the loss that is compared: rounding that is
    4e-5 of the loss before it becomes some hundredths of the change. Of a deep network
    it becomes anything: PyTorch's own change in single precision is up to 0.6 off that
    in double precision. So its losses are compared before the update alone.
    """
    ours, theirs = (_results(work, worker) for worker in (first, other))
    if len(ours) == 1 or work.blocks > DEEP:
        ours, theirs, most = ours[0], theirs[0], TOLERANCE
    else:
        ours, theirs, most = ours[1] - ours[0], theirs[1] - theirs[0], CHANGE
    return float(np.abs(theirs - ours).max() / np.abs(ours).max()), most


def _results(work, worker) -> list[np.ndarray]:
    """Logits; or the loss before an update, and behind it."""
    if work.random:
        answers = [worker.ready["logits"]]
    elif work.kind == "infer":
        answers = [worker.turns[-1]["answer"]]
    else:
        answers = [turn["answer"] for turn in worker.turns]
    return [np.asarray(answer, dtype=np.float64) for answer in answers]
