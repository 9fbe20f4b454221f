"""From answers to points: each row of the rubric by itself."""

from __future__ import annotations

import dataclasses
from typing import Any, Callable, Mapping

from course.grading.answers import read_answers
from course.grading.called import with_calls
from course.grading.checks import CHECKS
from course.grading.findings import Miss, Pending
from course.grading.messages import MESSAGES
from course.grading.rubric import Answer, Exercise, Row

# what a check may raise on data; what else there is, is the machine's, or ours
UNFORESEEN = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
UNFORESEEN += (RecursionError, MemoryError)
HELD, MISSED, PENDING = "held", "missed", "pending"


@dataclasses.dataclass(frozen=True)
class RowResult:
    """What became of a row.

    Attributes
    ----------
    name, part, about : str
    points, out_of : int
        Earned, and to be earned.
    state : str
        'held', 'missed', or 'pending' where only a training can tell.
    code : str
        Which of the catalogue's messages; '' where the row holds.
    sentence : str
        What is wrong: found, and what fits.
    """

    name: str
    part: str
    about: str
    points: int
    out_of: int
    state: str
    code: str = ""
    sentence: str = ""


@dataclasses.dataclass(frozen=True)
class Report:
    """All rows of a submission to an exercise."""

    exercise: str
    rows: tuple[RowResult, ...]

    @property
    def points(self) -> int:
        """Points earned."""
        return sum(row.points for row in self.rows)

    @property
    def out_of(self) -> int:
        """Points to be earned."""
        return sum(row.out_of for row in self.rows)

    def of_part(self, part: str) -> Report:
        """The rows of a part alone."""
        rows = tuple(row for row in self.rows if row.part == part)
        return Report(self.exercise, rows)

    def to_data(self) -> dict[str, Any]:
        """As JSON's data."""
        return dataclasses.asdict(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Report:
        """From what `to_data` gave."""
        rows = tuple(RowResult(**row) for row in data["rows"])
        return cls(data["exercise"], rows)


def evaluate(
    exercise: Exercise, raw: Any, train: Callable | None = None, parts=None
) -> Report:
    """Check the rows of an exercise.

    Parameters
    ----------
    exercise : Exercise
    raw : mapping
        What `course.grading.collect` made of a submission; it is not believed.
    train : function, optional
        ``train(graph, **options)`` gives a network's error after a training, see
        `course.grading.training`; without it rows that ask for one are pending.
    parts : collection of str, optional
        Only these parts.

    Returns
    -------
    Report
    """
    answers = read_answers(exercise, raw, train)
    rows = exercise.rubric.rows
    chosen = [row for row in rows if parts is None or row.part in parts]
    known = exercise.rubric.answers
    return Report(exercise.name, tuple(_result(row, answers, known) for row in chosen))


def _result(row: Row, answers, asked: Mapping[str, Answer]) -> RowResult:
    known = (row.name, row.part, row.about)
    try:
        for place in row.needs:
            _check_there(answers, place)
        CHECKS[row.check](answers, **row.options)
    except Pending:
        return RowResult(*known, 0, row.points, PENDING, PENDING, MESSAGES[PENDING])
    except Miss as miss:
        miss = with_calls(miss, asked)
        return RowResult(*known, 0, row.points, MISSED, miss.code, str(miss))
    except UNFORESEEN as error:
        # data that no check foresaw: this row is lost, not the class's evening
        reason = f"{type(error).__name__}: {error}"[:200]
        miss = Miss("failed", reason=reason)
        return RowResult(*known, 0, row.points, MISSED, miss.code, str(miss))
    return RowResult(*known, row.points, row.points, HELD)


def _check_there(answers, place: str) -> None:
    """A network can be read; of several one can, where none is named."""
    found = answers.network(place)
    if isinstance(found, dict) and all(isinstance(one, Miss) for one in found.values()):
        raise next(iter(found.values()))
