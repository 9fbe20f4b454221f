"""Who executes submissions: processes of this machine, or a dask cluster."""

from __future__ import annotations

from course.classroom.examine import examine
from gluon_nets.study import pools


class LocalWorkers(pools.LocalPool):
    """Processes of this machine; each has one sandbox at a time.

    They end with the process that started them, and their sandboxes with them: a
    grading that is killed leaves nothing behind that goes on executing submissions.
    """

    job = staticmethod(examine)

    def slots(self) -> int:
        """How many submissions are given out at a time: none waits for the next."""
        return self.workers + 1


class Cluster(pools.Cluster):
    """The workers of a dask cluster that is there already.

    Each needs this package and bubblewrap; and the course folder in the same place, if
    the instructor's own exercises are to be found there.
    """

    job = staticmethod(examine)
