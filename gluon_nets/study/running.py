"""Running a study: designs go out, outcomes are written as they come back."""

from __future__ import annotations

import concurrent.futures
import time
from typing import Callable

from gluon_nets.messages import line_of
from gluon_nets.study.outcome import DONE, LOST, Outcome, failed
from gluon_nets.study.pools import Unreachable, WorkerDied
from gluon_nets.study.sampling import sample
from gluon_nets.study.store import Store
from gluon_nets.study.task import Task, Unfit, origin
from gluon_nets.train.interrupt import interrupts

ATTEMPTS = 3  # of a design whose worker dies; then it is recorded as failed
IN_A_ROW = 3  # designs lost so, with none trained between: it is not the designs
TICK = 0.5  # seconds between looks at the clock and for Ctrl-C


class Stopped(KeyboardInterrupt):
    """Stopped by a signal; the message says what is left."""

    exit_code = 1


def fill(store: Store, study, progress: Callable[[int], object] | None = None) -> None:
    """Draw a study's designs, and write them to its file."""
    study.check_images()
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

    And those again whose worker died in an earlier run.

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
        Where a worker cannot do its task: it lacks images, devices or modules, or
        several designs in a row lost their workers. No outcome is made of that.
    Unreachable
        Where a cluster's scheduler or all of its workers are lost.
    Stopped
        After Ctrl-C or SIGTERM, when the designs that were being trained are done.
    """
    study.check_images()
    waiting = store.pending(study.repeats)[::-1]
    work = _Work(store, study, pool, device, told)
    clock = _Clock(budget)
    with interrupts() as interrupted:
        while work.flying or (waiting and not interrupted() and clock.allows()):
            slots = pool.slots()
            while (
                waiting
                and len(work.flying) < slots
                and not interrupted()
                and clock.allows()
            ):
                work.send(*waiting.pop())
            for outcome in work.collect():
                clock.add(outcome)
        work.give_up()
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
        self._lost: list[tuple[int, int, str]] = []  # since one was trained

    def send(self, design: int, repeat: int, arch, attempt: int = 1) -> None:
        size = self.study.space.frame.image_size
        task = Task(arch, self.study.training, size, repeat, self.device)
        self.flying[self.pool.submit(task)] = (design, repeat, arch, attempt)

    def collect(self) -> list[Outcome]:
        """Write what is done by now, or a moment later; send again what was lost."""
        if not self.flying:  # no worker is there yet
            time.sleep(TICK)
        done, _ = concurrent.futures.wait(
            self.flying, TICK, concurrent.futures.FIRST_COMPLETED
        )
        outcomes, errors = [], []
        for future in done:
            try:
                outcomes += self._land(future)
            except (Unfit, Unreachable) as error:
                errors.append(error)  # when the others' outcomes are written
        if errors:
            raise errors[0]
        return outcomes

    def _land(self, future: concurrent.futures.Future) -> list[Outcome]:
        """The outcome of a design; none where its worker died."""
        design, repeat, arch, attempt = self.flying.pop(future)
        try:
            outcome = self.pool.outcome(future)
        except WorkerDied as error:
            if attempt < ATTEMPTS:
                self.send(design, repeat, arch, attempt + 1)
            else:
                self._lose(design, repeat, line_of(error, "no reason is known"))
            return []
        except (Unfit, Unreachable):
            raise
        except Exception as error:  # any: it is the worker's, no design's
            reason = f"{type(error).__name__}: {line_of(error)}"
            raise Unfit(f"a worker cannot train any design: {reason}") from error
        self.give_up()
        self._write(design, repeat, outcome)
        return [outcome]

    def _lose(self, design: int, repeat: int, reason: str) -> None:
        """Note a design that loses its workers, until another one is trained."""
        self._lost.append((design, repeat, reason))
        if len(self._lost) == IN_A_ROW:
            raise Unfit(
                f"{IN_A_ROW} designs in a row lost their workers, {ATTEMPTS} times "
                f"each ({reason}): that is taken for the machine's fault, and they are "
                "left to the next run"
            )

    def give_up(self) -> None:
        """Record as failed what lost its workers: others did not."""
        for design, repeat, reason in self._lost:
            text = f"{LOST} {ATTEMPTS} times: {reason}"
            self._write(design, repeat, failed(text, about=origin()))
        self._lost = []

    def _write(self, design: int, repeat: int, outcome: Outcome) -> None:
        self.store.record(design, repeat, outcome)
        self.told(outcome)
