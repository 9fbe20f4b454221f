"""``check("vionet", …)``: what is wrong, told at home by what grades later."""

from __future__ import annotations

import os
from typing import Any

from course.grading.collect import collect, specification
from course.grading.evaluate import HELD, PENDING, Report, evaluate
from course.grading.rubric import Exercise, load_exercise

GRADING = "GLUON_NETS_GRADING"  # set where submissions are executed
SIGNS = {HELD: "✓", PENDING: "…"}


class NotYet(Exception):
    """Rows are missing; Jupyter shows the sentence alone."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


def check(name: str, *values: Any, **answers: Any) -> None:
    """Check answers to an exercise, and tell for each row what is missing.

    Parameters
    ----------
    name : str
        The exercise.
    *values, **answers
        Your answers by their names, ``check("vionet", nets=nets)``; those without a
        name are taken in the exercise's order.

    Raises
    ------
    NotYet
        Where rows are missing: `Validate` then says so too.
    ValueError
        Where there is no such exercise or answer.
    """
    if os.environ.get(GRADING):
        return  # where it is graded, nobody listens
    exercise = load_exercise(name)
    known = exercise.rubric.answers
    unnamed = [answer for answer in known if answer not in answers]
    given = {**dict(zip(unnamed, values)), **answers}
    unknown = sorted(set(given) - set(known))
    if unknown or len(values) > len(unnamed):
        what = ", ".join(unknown) or f"number {len(values)}"
        raise ValueError(f"{name} has no answer {what}: {', '.join(known)} fit")
    report = _report(exercise, given)
    print(as_text(report))
    missed = sum(row.state not in SIGNS for row in report.rows)
    if missed:
        raise NotYet(f"{missed} of {len(report.rows)} rows are missing")


def _report(exercise: Exercise, given: dict[str, Any]) -> Report:
    raw = collect(specification(exercise, {}), given)
    rows = exercise.rubric.rows
    parts = {row.part for row in rows if row.answers <= set(given)}
    report = evaluate(exercise, raw, parts=parts)
    # a part's row may ask for an answer that this call did not give
    kept = {row.name for row in rows if row.answers <= set(given)}
    return Report(report.exercise, tuple(r for r in report.rows if r.name in kept))


def as_text(report: Report) -> str:
    """A line for each row, and the sum."""
    lines = []
    for row in report.rows:
        sentence = f": {row.sentence}" if row.sentence else ""
        lines.append(f"{SIGNS.get(row.state, '✗')} {row.about}{sentence}")
    waiting = sum(row.out_of for row in report.rows if row.state == PENDING)
    later = f", {waiting} more by training" if waiting else ""
    lines.append(f"{report.points} of {report.out_of} points{later}")
    return "\n".join(lines)
