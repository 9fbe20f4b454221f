"""A submission executed in the sandbox, and what its answers are worth.

`examine` needs no more than what is in its request, so that it can run anywhere: in
nbgrader's process, in a worker's, on another machine.
"""

from __future__ import annotations

import dataclasses
import functools
import json
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from course.classroom.folder import Folder
from course.classroom.patience import TooLong, within
from course.classroom.prepare import KERNEL, note_of
from course.classroom.store import Store, digest
from course.classroom.trainings import Trainings
from course.grading.collect import collect_code
from course.grading.evaluate import MISSED, Report, RowResult, evaluate
from course.grading.findings import Miss
from course.grading.messages import FILES
from course.grading.rubric import Exercise, exercise_folders, load_exercise
from course.places import COURSE

ATTEMPTS = 2
UNREAD = "unread"  # a status of ours, beside the sandbox's
CHECKING = 60.0  # seconds of the processor for all checks; honest answers take one


@dataclasses.dataclass(frozen=True)
class Request:
    """All that an examination needs.

    Attributes
    ----------
    exercise : str
        Its name or folder.
    code : str
        A notebook's JSON, of code cells alone.
    collect : str
        What collects the answers.
    limits : dict
        Of `course.grading.sandbox.Limits`.
    trust : bool
        Execute without a sandbox.
    seed : int
        Of our trainings.
    cache : str
        Where things are stored, if the course folder is there: on another machine it
        need not be.
    """

    exercise: str
    code: str
    collect: str
    limits: dict[str, int]
    trust: bool
    seed: int
    cache: str

    @property
    def key(self) -> str:
        """The place of its execution in the cache."""
        versions = [load_exercise(self.exercise).version, grader_version()]
        return digest(versions, self.code, self.collect, self.limits, self.trust)

    @property
    def executions(self) -> Store:
        """Where executions are stored."""
        return Store(Path(self.cache) / "executions")


@functools.lru_cache(maxsize=None)
def grader_version() -> str:
    """What tells one state of the grader from another: another one may find more."""
    root = COURSE / "grading"
    paths = sorted(root.rglob("*.py"))
    return digest([[str(path.relative_to(root)), path.read_text()] for path in paths])


def request_of(
    folder: Folder, name: str, notebook: NotebookNode, trust=False, settings=None
) -> Request:
    """The request of a prepared submission; by the folder's settings, or by others."""
    exercise, settings = folder.exercise(name), settings or folder.settings
    codes = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    return Request(
        exercise=_place(exercise),
        code=_executable(codes),
        collect=collect_code(exercise, _notebook([*note_of(notebook).checks])),
        limits=settings.limits,
        trust=trust,
        seed=settings.seed,
        cache=str(folder.cache),
    )


def _place(exercise: Exercise) -> str:
    """The name of one of the course's, which other machines have too; or the folder."""
    ours = exercise_folders().get(exercise.name)
    return exercise.name if ours == exercise.folder else str(exercise.folder)


def _notebook(codes: list[str]) -> dict[str, Any]:
    cells = [
        {
            "cell_type": "code",
            "id": f"cell-{index}",
            "metadata": {},
            "execution_count": None,
            "outputs": [],
            "source": source,
        }
        for index, source in enumerate(codes)
    ]
    metadata = {"kernelspec": KERNEL}
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells}


def _executable(codes: list[str]) -> str:
    return json.dumps(_notebook(codes))


def executed(request: Request) -> dict[str, Any]:
    """The execution of a request, as JSON's data: of the cache, or done now.

    One of which nothing came back is done again: it may have been the machine's fault.

    Raises
    ------
    course.grading.sandbox.SandboxError
        Where there is no sandbox.
    """
    store, key = request.executions, request.key
    found = store.get(key)
    if found is None:
        from course.grading.sandbox import Limits, check_unseen, execute

        if not request.trust:
            check_unseen(Path(request.cache).parent)
        limits = Limits(**request.limits)
        for _ in range(ATTEMPTS):
            done = execute(request.code, request.collect, limits, request.trust)
            if done.notebook is not None:
                break
        found = dataclasses.asdict(done)
        if Path(request.cache).parent.is_dir():
            store.put(key, found)
    return found


def verified(
    request: Request, execution: dict[str, Any], trainings: Trainings | None = None
) -> tuple[Report, tuple[str, ...]]:
    """What the answers of an execution are worth, and why trainings failed."""
    exercise: Exercise = load_exercise(request.exercise)
    if not was_collected(execution):
        return _nothing(exercise, execution["reason"]), ()
    trainings = trainings or _trainings(request)
    try:
        with within(CHECKING):
            report = evaluate(exercise, execution["answers"], trainings.train)
    except TooLong:
        return _nothing(exercise, FILES["endless"].format(found=CHECKING)), ()
    return report, tuple(dict.fromkeys(trainings.reasons))


def _trainings(request: Request) -> Trainings:
    return Trainings(request.seed, Path(request.cache), request.trust)


def was_collected(execution: dict[str, Any]) -> bool:
    """Whether there are answers, be they right or wrong."""
    return execution.get("answers") is not None


def _nothing(exercise: Exercise, reason: str) -> Report:
    """All rows are missed, for one reason: that names are missing would be untrue."""
    miss = Miss("failed", reason=reason or FILES["not_collected"])
    said = (MISSED, miss.code, str(miss))
    rows = exercise.rubric.rows
    found = (RowResult(x.name, x.part, x.about, 0, x.points, *said) for x in rows)
    return Report(exercise.name, tuple(found))


def examine(request: Request) -> dict[str, Any]:
    """Execute and verify, so that both are in the caches.

    Returns
    -------
    dict
        The execution, and the trainings by their keys, for `keep`: who asked may have
        no access to the worker's caches.
    """
    execution, trainings = executed(request), _trainings(request)
    verified(request, execution, trainings)
    return {"execution": execution, "trainings": trainings.used}


def keep(request: Request, found: dict[str, Any]) -> None:
    """Put what `examine` gave into the caches of this machine, where it is not yet."""
    stored = {request.key: found["execution"]}
    trainings = Store(Path(request.cache) / "trainings")
    for store, values in (
        (request.executions, stored),
        (trainings, found["trainings"]),
    ):
        for key, value in values.items():
            if store.get(key) is None:
                store.put(key, value)
