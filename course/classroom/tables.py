"""A class's results as CSV, in which no text is a formula."""

from __future__ import annotations

import csv
import io
from typing import Any, Iterator

from course.classroom.folder import Folder
from course.classroom.gradebook import open_gradebook
from course.classroom.outputs import printable
from course.classroom.summary import Result

FORMULA = ("=", "+", "-", "@")  # what a spreadsheet takes for one
ROWS = ("student", "exercise", "row", "points", "out_of", "state", "sentence")
GRADES = (  # nbgrader's columns
    "assignment",
    "duedate",
    "timestamp",
    "student_id",
    "last_name",
    "first_name",
    "email",
    "raw_score",
    "late_submission_penalty",
    "score",
    "max_score",
)


def rows_csv(found: list[Result]) -> str:
    """Every row of every student."""
    lines = []
    for result in found:
        report = result.report
        for row in report.rows if report else ():
            cells = (result.student, result.exercise, row.name)
            lines.append((*cells, row.points, row.out_of, row.state, row.sentence))
    return _csv(ROWS, lines)


def grades_csv(folder: Folder) -> str:
    """The gradebook, as ``nbgrader export`` writes it; but a name is one cell of text.

    Whoever submitted nothing has no points.
    """
    with open_gradebook(folder) as gradebook:
        return _csv(GRADES, _grades(gradebook))


def _grades(gradebook) -> Iterator[tuple]:
    # nbgrader's order, and where nobody has a name, the same one every time
    students = sorted(gradebook.students, key=_order)
    for assignment in gradebook.assignments:
        there = {one.student_id: one for one in assignment.submissions}
        for student in students:
            who = (student.id, student.last_name, student.first_name, student.email)
            time, *scores = _scores(there.get(student.id))
            about = (assignment.name, assignment.duedate, time)
            yield (*about, *who, *scores, assignment.max_score)


def _order(student) -> tuple[str, str, str]:
    return (student.last_name or "", student.first_name or "", student.id)


def _scores(submission) -> tuple:
    if submission is None:
        return ("", 0.0, 0.0, 0.0)
    score, penalty = submission.score, submission.late_submission_penalty or 0.0
    return (submission.timestamp, score, penalty, max(0.0, score - penalty))


def _csv(head, lines) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows([_cell(value) for value in line] for line in lines)
    return text.getvalue()


def _cell(value: Any) -> Any:
    """A name or a sentence may hold what a student wrote: it must be no formula."""
    if not isinstance(value, str):
        return value
    text = printable(value)  # Python's csv does not quote a '\r', which begins a line
    return f"'{text}" if text.lstrip().startswith(FORMULA) else text
