"""The grader's own trainings: each once for a class, in a sandbox."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from course.classroom.store import Store, digest
from course.grading.training import request_of

MODULE = "course.grading.training"


class Trainings:
    """Errors of networks after our training, by network, recipe and seed.

    Parameters
    ----------
    seed : int
        The course's own.
    cache : Path
        In the course folder; where that is not there, as on another machine, a process
        remembers by itself.
    trust : bool
        Train without a sandbox, where submissions are executed without one.
    """

    known: dict[str, float] = {}  # of this process, where there is no folder

    def __init__(self, seed: int, cache: Path, trust: bool = False):
        self.seed, self.trust = seed, trust
        self.store: Store | None = None
        if cache.parent.is_dir():  # the course folder
            self.store = Store(cache / "trainings")

    def train(self, graph, **options) -> float:
        """What `course.grading.evaluate` asks for."""
        request = request_of(graph, self.seed, **options)
        key = digest(request)
        found = self.store.get(key) if self.store else self.known.get(key)
        if found is None:
            found = run(request, self.trust)
            if self.store:
                self.store.put(key, found)
            self.known[key] = found
        return found


def run(request: dict[str, Any], trust: bool) -> float:
    """Train in a sandbox of its own."""
    from course.grading.sandbox import run_trusted

    return float(run_trusted(MODULE, request, trust=trust)["error"])
