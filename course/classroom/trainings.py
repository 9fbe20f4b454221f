"""The grader's own trainings: each once for a class, in a sandbox."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from course.classroom.store import Store, digest
from course.grading.findings import Pending
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

    Attributes
    ----------
    reasons : list of str
        Why trainings failed.
    used : dict
        What became of each that was asked for, by its place in the cache.
    """

    known: dict[str, dict[str, Any]] = {}  # of this process, where there is no folder

    def __init__(self, seed: int, cache: Path, trust: bool = False):
        self.seed, self.trust = seed, trust
        self.reasons: list[str] = []
        self.used: dict[str, dict[str, Any]] = {}
        self.store: Store | None = None
        if cache.parent.is_dir():  # the course folder
            self.store = Store(cache / "trainings")

    def train(self, graph, **options) -> float:
        """What `course.grading.evaluate` asks for.

        Raises
        ------
        Pending
            Where the training failed, or took too long: a human has to look.
        """
        request = request_of(graph, self.seed, **options)
        key = digest(request)
        found = self.store.get(key) if self.store else self.known.get(key)
        if found is None:
            found = run(request, self.trust)
            if self.store:
                self.store.put(key, found)
            self.known[key] = found
        self.used[key] = found
        if "error" not in found:
            self.reasons.append(found["reason"])
            raise Pending()
        return found["error"]


def run(request: dict[str, Any], trust: bool) -> dict[str, Any]:
    """Train in a sandbox of its own: {"error": …}, or {"reason": …} where it fails."""
    from course.grading.sandbox import TrustedRunError, run_trusted

    try:
        return {"error": float(run_trusted(MODULE, request, trust=trust)["error"])}
    except TrustedRunError as error:
        return {"reason": str(error)}


def forget_failed(cache: Path) -> None:
    """Let failed trainings be tried again."""
    store = Store(cache / "trainings")
    for path in store.path.glob("*.json"):
        if "error" not in (store.get(path.stem) or {}):
            store.remove(path.stem)
