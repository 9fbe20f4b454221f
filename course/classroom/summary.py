"""A class's results: the scores, and the rows that were missed most."""

from __future__ import annotations

import collections
import dataclasses
from pathlib import Path
from typing import Any

from course.classroom.examine import UNREAD
from course.classroom.folder import Folder
from course.classroom.grade import read_record
from course.classroom.gradebook import open_gradebook
from course.classroom.submissions import ignored
from course.grading.evaluate import HELD, Report


@dataclasses.dataclass(frozen=True)
class Result:
    """A student's result in an exercise.

    Attributes
    ----------
    student, exercise : str
    score, out_of : float
        The gradebook's, with what humans gave and less penalties.
    needs_human : bool
        Whether something is still to be graded by hand.
    record : dict or None
        What was written into the graded notebook.
    """

    student: str
    exercise: str
    score: float
    out_of: float
    needs_human: bool
    record: dict[str, Any] | None

    @property
    def report(self) -> Report | None:
        """The rubric's rows, where there are any."""
        return Report.from_data(self.record["report"]) if self.record else None

    @property
    def was_collected(self) -> bool:
        """Whether there were answers at all, be they right or wrong."""
        if self.record is None or self.record["status"] == UNREAD:
            return False
        return self.record.get("collected", True)  # older records do not tell


@dataclasses.dataclass(frozen=True)
class Mistake:
    """A row of a rubric, and how many missed it.

    Attributes
    ----------
    name, about : str
    count : int
    sentence : str
        What was said most often.
    """

    name: str
    about: str
    count: int
    sentence: str


def results(folder: Folder) -> list[Result]:
    """All results in the gradebook, by exercise and student."""
    with open_gradebook(folder) as gradebook:
        found = [
            _result(folder, submission)
            for assignment in gradebook.assignments
            for submission in assignment.submissions
        ]
    return sorted(found, key=lambda result: (result.exercise, result.student))


def _result(folder: Folder, submission) -> Result:
    name, student = submission.assignment.name, submission.student.id
    path = folder.autograded / student / name / f"{name}.ipynb"
    penalty = submission.late_submission_penalty or 0.0
    return Result(
        student=student,
        exercise=name,
        score=max(0.0, submission.score - penalty),
        out_of=submission.max_score,
        needs_human=bool(submission.needs_manual_grade),
        record=read_record(path),
    )


def mistakes(found: list[Result]) -> list[Mistake]:
    """The rows that were missed, the most frequent first."""
    counts: collections.Counter = collections.Counter()
    sentences: dict = collections.defaultdict(collections.Counter)
    abouts = {}
    for result in found:
        report = result.report
        if report is None or not result.was_collected:
            continue  # there was nothing to be wrong
        for row in report.rows:
            if row.state != HELD:
                counts[row.name] += 1
                sentences[row.name][row.sentence] += 1
                abouts[row.name] = row.about
    return [
        Mistake(name, abouts[name], count, sentences[name].most_common(1)[0][0])
        for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]


def write_summary(folder: Folder) -> list[Path]:
    """Write the CSV files and the page; the files that were written."""
    from course.classroom.summary_page import page
    from course.classroom.tables import grades_csv, rows_csv
    from gluon_nets.files import write_atomically

    found = results(folder)
    texts = {
        "grades.csv": grades_csv(folder),
        "rows.csv": rows_csv(found),
        "summary.html": page(found, ignored(folder)),
    }
    for name, text in texts.items():
        write_atomically(folder.root / name, text.encode())
    return [folder.root / name for name in texts]
