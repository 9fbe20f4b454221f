"""``gluon-course mutants``: whether the exercises' graders find what they should."""

from __future__ import annotations

import click
from tqdm import tqdm


@click.command("mutants")
@click.argument("names", nargs=-1)
@click.option("--train", is_flag=True, help="Also the rows that ask for a training.")
@click.option("--seed", default=0, show_default=True, help="Of those trainings.")
@click.option("--quiet", "-q", is_flag=True, help="Only what is not as it should be.")
def mutants(names, train: bool, seed: int, quiet: bool) -> None:
    """Grade right and wrong solutions of the exercises NAMES, or of all.

    Right ones, written in several ways, must get all points; those with a student's
    mistake must lose the rows named in the exercise's variants.py, and no other. Exit
    code 1 where one does not.
    """
    from course.grading.rubric import exercise_folders, load_exercise

    exercises = [load_exercise(name) for name in names or exercise_folders()]
    results = [_print(exercise, train, seed, quiet) for exercise in exercises]
    right, wrong, killed, bad = map(sum, zip(*results)) if results else (0, 0, 0, 0)
    rate = f", {killed / wrong:.0%} of the mistakes found" if wrong else ""
    click.echo(f"{right} right solutions, {wrong} mistakes{rate}; {bad} not as told")
    if bad:
        raise SystemExit(1)


def _print(exercise, train: bool, seed: int, quiet: bool) -> tuple[int, int, int, int]:
    from course.grading.training import trainer
    from course.grading.variants import verdicts

    right = wrong = killed = bad = 0
    click.echo(f"{exercise.name}:")
    found = verdicts(exercise, trainer(seed) if train else None)
    for verdict in tqdm(found, desc=exercise.name, leave=False, disable=None):
        loses = verdict.variant.loses
        right, wrong = right + (not loses), wrong + bool(loses)
        killed += bool(loses and verdict.lost)
        bad += not verdict.holds
        if not (quiet and verdict.holds):
            click.echo(_line(verdict))
    return right, wrong, killed, bad


def _line(verdict) -> str:
    lost, fits = set(verdict.lost), verdict.variant.loses - verdict.pending
    line = f"  {'ok ' if verdict.holds else 'BAD'} {verdict.variant.title}"
    if lost:
        line += f": loses {', '.join(sorted(lost))}"
    if verdict.pending:
        line += f" ({', '.join(sorted(verdict.pending))}: by training)"
    for name in sorted(lost - fits):
        line += f"\n      {name} should hold: {verdict.lost[name]}"
    for name in sorted(fits - lost):
        line += f"\n      {name} should be lost"
    return line
