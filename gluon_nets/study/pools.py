"""Who trains the networks of a study: processes of this machine, or a cluster."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
from concurrent.futures import Future

from gluon_nets.checks import check_count
from gluon_nets.environment.threads import one_thread, processors
from gluon_nets.study.task import Task, prepare_worker, work


class Unreachable(RuntimeError):
    """No scheduler answers; the message names its address."""

    exit_code = 1


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
        """Train a design; its future has an exception where the worker died."""
        try:
            return self._pool.schedule(self.job, args=[task])
        except RuntimeError:  # a worker died while it had no task: Pebble gives up
            self._pool = self._new_pool()
            return self._pool.schedule(self.job, args=[task])


class Cluster:
    """The workers of a dask.distributed cluster that is there already.

    Parameters
    ----------
    address : str
        Of the scheduler: 'tcp://host:8786'.
    timeout : float
        Seconds to wait for the scheduler.
    resources : dict, optional
        What each design takes of a worker's resources, as ``{'GPU': 1}``.
    """

    job = staticmethod(work)

    def __init__(
        self, address: str, resources: dict | None = None, timeout: float = 10.0
    ):
        self.address, self.resources = address, resources or {}
        self.timeout = timeout

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
        self._executor.shutdown(wait=False)
        self._client.close()

    def slots(self) -> int:
        """Twice the workers' threads, so that none waits for the next design."""
        return 2 * max(1, sum(self._client.nthreads().values()))

    def submit(self, task: Task) -> Future:
        """Train a design on a worker that is free; another one where that dies."""
        return self._executor.submit(self.job, task)
