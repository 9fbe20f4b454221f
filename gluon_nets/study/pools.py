"""Who trains the networks of a study: processes of this machine, or a cluster."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import time
from concurrent.futures import CancelledError, Future
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Iterator

from gluon_nets.checks import check_count
from gluon_nets.environment.threads import one_thread, processors
from gluon_nets.messages import line_of
from gluon_nets.study.outcome import Outcome
from gluon_nets.study.task import Task, prepare_worker, work


class Unreachable(RuntimeError):
    """No scheduler or no worker answers; the message names the scheduler's address."""

    exit_code = 1


class WorkerDied(RuntimeError):
    """The process that had a design is gone: another one may do it."""


class LocalPool:
    """Processes of this machine, one thread each.

    A process that is killed or crashes is replaced. MXNet is not safe to fork: they are
    started anew, and each imports it once.

    Parameters
    ----------
    workers : int, optional
        One for each physical core that this process may use.
    """

    job = staticmethod(work)  # what is done with a task

    def __init__(self, workers: int | None = None):
        self.workers = processors().threads if workers is None else workers
        check_count("workers", self.workers)
        self._stack = contextlib.ExitStack()
        self._futures: list[Future] = []

    def __enter__(self) -> LocalPool:
        self._stack.enter_context(one_thread())
        self._pool = self._new_pool()
        return self

    def _new_pool(self):
        from pebble import ProcessPool

        return ProcessPool(
            self.workers,
            initializer=prepare_worker,
            initargs=[os.getpid()],
            context=multiprocessing.get_context("spawn"),
        )

    def __exit__(self, kind, *_) -> None:
        self._pool.close() if kind is None else self._pool.stop()
        self._pool.join()
        self._stack.close()

    def slots(self) -> int:
        """How many designs can be trained at a time."""
        return self.workers

    def submit(self, task: Task) -> Future:
        """Train a design; see `outcome` for what its future has."""
        try:
            future = self._pool.schedule(self.job, args=[task])
        except RuntimeError:  # a worker died while it had no task: Pebble gives up
            self._replace()
            future = self._pool.schedule(self.job, args=[task])
        self._futures = [one for one in self._futures if not one.done()] + [future]
        return future

    def _replace(self) -> None:
        """A new pool, when no process of the old one is left."""
        self._pool.stop()
        self._pool.join()
        for future in self._futures:
            if not future.done():  # nobody would ever
                future.set_exception(BrokenProcessPool("All workers expired"))
        self._pool = self._new_pool()

    def outcome(self, future: Future) -> Outcome:
        """What came of a design.

        Raises
        ------
        WorkerDied
            Where its process ended before it was done.
        """
        from pebble import ProcessExpired

        try:
            return future.result()
        except (ProcessExpired, BrokenProcessPool, CancelledError) as error:
            raise WorkerDied(line_of(error, type(error).__name__)) from None


class Cluster:
    """The workers of a dask.distributed cluster that is there already.

    Parameters
    ----------
    address : str
        Of the scheduler: 'tcp://host:8786'.
    resources : dict, optional
        What each design takes of a worker's resources, as ``{'GPU': 1}``.
    timeout : float
        Seconds to wait for the scheduler.
    patience : float
        Seconds to wait where it has no worker that can take a design.
    """

    job = staticmethod(work)

    def __init__(
        self,
        address: str,
        resources: dict | None = None,
        timeout: float = 10.0,
        patience: float = 60.0,
    ):
        self.address, self.resources = address, resources or {}
        self.timeout, self.patience = timeout, patience
        self._idle_since: float | None = None

    def __enter__(self) -> Cluster:
        try:
            from distributed import Client
        except ImportError:
            raise ValueError(
                "a cluster needs dask's distributed: pip install 'gluon-nets[dist]'"
            ) from None
        try:
            self._client = Client(self.address, timeout=self.timeout)
        except (OSError, ValueError) as error:
            raise Unreachable(
                f"no scheduler answers at {self.address}: {error}"
            ) from None
        self._executor = self._client.get_executor(
            pure=False, resources=self.resources or None
        )
        return self

    def __exit__(self, *_) -> None:
        with contextlib.suppress(Exception):  # any: it may be gone
            self._executor.shutdown(wait=False)
        self._client.close()

    @contextlib.contextmanager
    def _reached(self) -> Iterator[None]:
        """Whatever a client says without its scheduler is `Unreachable`."""
        try:
            yield
        except Exception as error:  # any: its kind depends on when it was lost
            raise self._lost(line_of(error, type(error).__name__)) from None

    def _lost(self, reason: str) -> Unreachable:
        return Unreachable(
            f"the scheduler at {self.address} was lost ({reason}): the same command "
            "goes on when there is one again"
        )

    def slots(self) -> int:
        """How many designs its workers can train at a time.

        No more: a design that waits behind others could not be done in time, and
        Ctrl-C would wait for it too.

        Raises
        ------
        Unreachable
            Where for `patience` seconds there was no worker for a design.
        """
        with self._reached():
            workers = self._client.scheduler_info(n_workers=-1)["workers"]
        slots = sum(map(self._slots_of, workers.values()))
        now = time.monotonic()
        if slots:
            self._idle_since = None
        elif self._idle_since is None:
            self._idle_since = now
        elif now - self._idle_since > self.patience:
            needs = " and ".join(f"{k}={v:g}" for k, v in self.resources.items())
            raise Unreachable(
                f"the scheduler at {self.address} has no worker"
                f"{f' with {needs}' if needs else ''}: start one, then the same "
                "command goes on"
            )
        return slots

    def _slots_of(self, worker: dict[str, Any]) -> int:
        there = worker.get("resources") or {}
        counts = [there.get(key, 0) // n for key, n in self.resources.items() if n]
        return int(min([worker["nthreads"], *counts]))

    def submit(self, task: Task) -> Future:
        """Train a design on a worker that is free; another one where that dies."""
        with self._reached():
            return self._executor.submit(self.job, task)

    def outcome(self, future: Future) -> Outcome:
        """What came of a design.

        Raises
        ------
        WorkerDied
            Where all workers died that dask gave it to.
        Unreachable
            Where the scheduler was lost meanwhile.
        """
        from distributed import KilledWorker

        try:
            return future.result()
        except KilledWorker as error:
            raise WorkerDied(line_of(error)) from None
        except CancelledError:
            raise self._lost("designs were cancelled") from None
