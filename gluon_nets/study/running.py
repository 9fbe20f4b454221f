"""Running a study: designs go out, outcomes are written as they come back."""

from __future__ import annotations

import concurrent.futures
import time
from typing import Callable

from gluon_nets.study.outcome import DONE, Outcome, failed
from gluon_nets.study.sampling import sample
from gluon_nets.study.store import Store
from gluon_nets.study.task import Task, Unfit
from gluon_nets.train.interrupt import interrupts

ATTEMPTS = 3  # of a design whose worker dies; then it is recorded as failed
TICK = 0.5  # seconds between looks at the clock and for Ctrl-C


class Stopped(KeyboardInterrupt):
    """Stopped by a signal; the message says what is left."""

    exit_code = 1


def fill(store: Store, study, progress: Callable[[int], object] | None = None) -> None:
    """Draw a study's designs, and write them to its file."""
    drawn = sample(study.space, study.designs, study.seed, progress)
    archs = [drawn.arch(row) for row in range(len(drawn))]
    store.add_designs(archs, drawn.cost, study.seed)


def run_study(
    store: Store,
    study,
    pool,
    *,
    device: str = "auto",
    budget: float | None = None,
    told: Callable[[Outcome], object] | None = None,
) -> str:
    """Train the designs of a file that have no outcome yet.

    Parameters
    ----------
    store : Store
        Of this study, filled.
    pool : LocalPool or Cluster
        Entered.
    device : str
        See `gluon_nets.resolve_devices`, on the worker.
    budget : float, optional
        Seconds: a design that would probably not be done in time is not begun.
    told : function, optional
        Called with each outcome, after it was written.

    Returns
    -------
    str
        'finished', or 'out of time'.

    Raises
    ------
    Unfit
        Where a worker lacks images or devices.
    Stopped
        After Ctrl-C or SIGTERM, when the designs that were being trained are done.
    """
    waiting = store.pending(study.repeats)[::-1]
    work = _Work(store, study, pool, device, told)
    clock = _Clock(budget)
    with interrupts() as interrupted:
        while work.flying or (waiting and not interrupted() and clock.allows()):
            while (
                waiting
                and len(work.flying) < pool.slots()
                and not interrupted()
                and clock.allows()
            ):
                work.send(*waiting.pop())
            for outcome in work.collect():
                clock.add(outcome)
        if interrupted() and waiting:
            raise Stopped(
                f"stopped: {len(waiting)} designs are left; the same command goes on"
            )
    return "out of time" if waiting else "finished"


class _Clock:
    """Whether a design that begins now is probably done in time."""

    def __init__(self, budget: float | None):
        self._end = None if budget is None else time.monotonic() + budget
        self._seconds: list[float] = []

    def add(self, outcome: Outcome) -> None:
        if outcome.status == DONE:
            self._seconds.append(outcome.seconds)

    def allows(self) -> bool:
        if self._end is None:
            return True
        mean = sum(self._seconds) / len(self._seconds) if self._seconds else 0.0
        return time.monotonic() + mean < self._end


class _Work:
    """Designs that are being trained."""

    def __init__(self, store: Store, study, pool, device: str, told):
        self.store, self.study, self.pool, self.device = store, study, pool, device
        self.told = told or (lambda outcome: None)
        self.flying: dict[concurrent.futures.Future, tuple] = {}

    def send(self, design: int, repeat: int, arch, attempt: int = 1) -> None:
        size = self.study.space.frame.image_size
        task = Task(arch, self.study.training, size, repeat, self.device)
        self.flying[self.pool.submit(task)] = (design, repeat, arch, attempt)

    def collect(self) -> list[Outcome]:
        """Write what is done by now, or a moment later; send again what was lost."""
        done, _ = concurrent.futures.wait(
            self.flying, TICK, concurrent.futures.FIRST_COMPLETED
        )
        outcomes = []
        for future in done:
            design, repeat, arch, attempt = self.flying.pop(future)
            error = future.exception()
            if isinstance(error, Unfit):
                raise error
            if error is not None and attempt < ATTEMPTS:
                self.send(design, repeat, arch, attempt + 1)
                continue
            outcome = future.result() if error is None else _lost(error)
            self.store.record(design, repeat, outcome)
            self.told(outcome)
            outcomes.append(outcome)
        return outcomes


def _lost(error: BaseException) -> Outcome:
    reason = str(error).strip() or type(error).__name__
    return failed(f"its worker died {ATTEMPTS} times: {reason.splitlines()[0]}")
