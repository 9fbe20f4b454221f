"""``gluon-course grade``: all submissions executed, verified and written down."""

from __future__ import annotations

import collections
import dataclasses
import json
import os
import shutil
from concurrent.futures import FIRST_COMPLETED, Future, wait
from pathlib import Path
from typing import Any, Callable, Iterator

from course.classroom.examine import Request, keep, request_of
from course.classroom.folder import Folder
from course.classroom.gradebook import open_gradebook
from course.classroom.grader import GradingError, load_config, run_step
from course.classroom.prepare import OURS, note_of
from course.classroom.submissions import Submission, stage, submissions
from course.classroom.trainings import forget_failed
from gluon_nets.messages import line_of

STAGED = ".cache/staged"


@dataclasses.dataclass(frozen=True)
class Graded:
    """What became of a submission.

    Attributes
    ----------
    submission : Submission
    record : dict or None
        What was written into the graded notebook; None where it could not be graded.
    reason : str
        Why not.
    again : bool
        Whether it was graded now, and not before.
    """

    submission: Submission
    record: dict[str, Any] | None
    reason: str = ""
    again: bool = True


def grade(
    folder: Folder,
    names,
    pool,
    trust: bool = False,
    again: bool = False,
    students=(),
    told: Callable[[Graded], object] = lambda graded: None,
) -> list[Graded]:
    """Grade submissions; what was graded before, and has not changed, is left alone.

    Parameters
    ----------
    folder : Folder
    names : list of str
        Exercises.
    pool : course.classroom.workers.LocalWorkers or Cluster
        Entered already.
    trust : bool
        Execute without a sandbox.
    again : bool
        Execute anew, whatever is in the cache.
    students : collection of str
        Only these.
    told : function
        Called with what became of each.

    Returns
    -------
    list of Graded
    """
    found = submissions(folder, names, students)
    # an error in them is told once, before anything is executed
    load_config(folder), folder.settings
    if again:
        forget_failed(folder.cache)
    in_book = graded_students(folder)
    results = []
    waiting = _requests(folder, found, trust, again, in_book)
    for submission, outcome in _examined(pool, waiting):
        graded = _written(folder, submission, outcome, trust)
        results.append(graded)
        told(graded)
    return results


def _requests(folder, found, trust, again, in_book) -> Iterator[tuple]:
    """What has to be executed for each submission: a request, or what is known."""
    for submission in found:
        try:
            _check_name(submission.student)
            notebook = stage(folder, submission)
            request = request_of(folder, submission.exercise, notebook, trust)
        except Exception as error:  # whatever one file does, the others are graded
            yield submission, Graded(submission, None, _words(error))
            continue
        before = record_of(folder, submission)
        is_done = (submission.exercise, submission.student) in in_book
        if is_done and not again and _is_same(before, notebook, request):
            yield submission, Graded(submission, before, again=False)
        elif note_of(notebook).unreadable:
            yield submission, None
        else:
            if again:
                request.executions.remove(request.key)
            yield submission, request


def _words(error: Exception) -> str:
    return line_of(error) or type(error).__name__  # some errors have no words


def _check_name(student: str) -> None:
    """nbgrader takes names for patterns, and spaces at their ends away."""
    if set(student) & set("*?[]") or student != student.strip():
        raise ValueError(
            f"nbgrader cannot have a student {student!r} (*, ?, [ or ] in the name, or "
            "a space at its end): rename the folder"
        )


def _is_same(before: dict | None, notebook, request: Request) -> bool:
    """Whether a record is of this submission, this exercise and this seed."""
    if before is None:
        return False
    now = (notebook.metadata[OURS]["submission"], request.key, request.seed)
    return tuple(before.get(key) for key in ("submission", "key", "seed")) == now


def _examined(pool, waiting: Iterator[tuple]) -> Iterator[tuple]:
    """Submissions as they are ready to be written down, a few executed at a time."""
    running: dict[Future, tuple[Submission, Request]] = {}
    ready: collections.deque = collections.deque()
    more = True
    while more or running or ready:
        while more and len(running) < pool.slots():
            item = next(waiting, None)
            if item is None:
                more = False
            elif isinstance(item[1], Request):
                running[pool.submit(item[1])] = item
            else:
                ready.append(item)
                break
        if ready:
            yield ready.popleft()
        elif running:
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                ready.append(_outcome(future, *running.pop(future)))


def _outcome(future: Future, submission: Submission, request: Request) -> tuple:
    """Nothing to be said where it worked; a worker elsewhere has another cache."""
    try:
        found = future.result()
    except Exception as error:  # of the sandbox, the worker's death, the cluster's
        return submission, Graded(submission, None, _words(error))
    keep(request, found)
    return submission, None


def _written(folder, submission, outcome, trust) -> Graded:
    """Let nbgrader write down what is in the cache now."""
    if outcome is not None:
        return outcome
    from traitlets.config import Config

    config = Config()
    config.CourseDirectory.submitted_directory = STAGED
    config.SandboxExecute.trust = trust
    # not what the file says by now: the execution in the cache is of these
    config.SandboxExecute.settings = folder.settings
    where = (submission.exercise, submission.student)
    # before: whatever happens from now on, the page does not tell the scores any more
    shutil.rmtree(_page(folder, *where).parent, ignore_errors=True)
    try:
        run_step(folder, "Autograde", *where, config)
    except GradingError as error:
        return Graded(submission, None, _words(error))
    return Graded(submission, record_of(folder, submission))


def write_feedback(folder: Folder, name: str) -> None:
    """Write the feedback pages of an exercise that are not there yet.

    All at once: nbgrader compiles its templates for each call.

    Raises
    ------
    GradingError
        Where a page could not be made; the others are there.
    """
    if any(folder.autograded.glob(f"*/{name}/*.ipynb")):
        _remove_halves(folder, name)
        run_step(folder, "GenerateFeedback", name, "*", force=False)


def write_all_feedback(folder: Folder, names) -> dict[str, str]:
    """The same for some exercises: why pages of some of them could not be made."""
    failed = {}
    for name in names:
        try:
            write_feedback(folder, name)
        except GradingError as error:
            failed[name] = _words(error)
    return failed


def _page(folder: Folder, name: str, student: str) -> Path:
    """A student's feedback to an exercise."""
    return folder.feedback / student / name / f"{name}.html"


def _remove_halves(folder: Folder, name: str) -> None:
    """Remove what a death left: where there is a folder nbgrader makes no page."""
    for path in folder.feedback.glob(f"*/{name}"):
        if not _is_whole(_page(folder, name, path.parent.name)):
            shutil.rmtree(path, ignore_errors=True)


def _is_whole(page: Path) -> bool:
    try:
        with page.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - 100))
            return file.read().rstrip().endswith(b"</html>")
    except OSError:
        return False


def record_of(folder: Folder, submission: Submission) -> dict[str, Any] | None:
    """What a graded notebook tells of its grading; None where there is none."""
    name = submission.exercise
    path = folder.autograded / submission.student / name / f"{name}.ipynb"
    return read_record(path)


def read_record(path: Path) -> dict[str, Any] | None:
    """The same, of a notebook's file."""
    try:
        record = json.loads(path.read_text("utf-8"))["metadata"][OURS]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return record if isinstance(record, dict) and "report" in record else None


def graded_students(folder: Folder) -> set[tuple[str, str]]:
    """Exercise and student of all submissions that have scores in the gradebook."""
    with open_gradebook(folder) as gradebook:
        from nbgrader.api import Grade, GradeCell

        grades = gradebook.db.query(Grade).join(GradeCell)
        found = grades.filter(
            GradeCell.cell_type == "code", Grade.auto_score.is_not(None)
        )
        return {(grade.assignment.assignment.name, grade.student.id) for grade in found}
