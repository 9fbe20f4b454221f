"""Who executes submissions: processes of this machine, or a dask cluster."""

from __future__ import annotations

import functools
from typing import Any

from course.classroom.examine import Request, examine
from gluon_nets.study import pools


def work(request: Request) -> dict[str, Any]:
    """Examine a submission, by a worker that has many before it."""
    if not request.trust:
        _warm_up()
    return examine(request)


@functools.lru_cache(maxsize=None)
def _warm_up() -> bool:
    """Import MXNet once for all sandboxes of this process."""
    from course.grading.sandbox import warm_up

    return warm_up()


class LocalWorkers(pools.LocalPool):
    """Processes of this machine; each has one sandbox at a time.

    They end with the process that started them, and their sandboxes with them: a
    grading that is killed leaves nothing behind that goes on executing submissions.
    """

    job = staticmethod(work)

    def slots(self) -> int:
        """How many submissions are given out at a time: none waits for the next."""
        return self.workers + 1


class Cluster(pools.Cluster):
    """The workers of a dask cluster that is there already.

    Each needs this package and bubblewrap; and the course folder in the same place, if
    the instructor's own exercises are to be found there.
    """

    job = staticmethod(work)
