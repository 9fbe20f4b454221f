"""``gluon-course mutants``: whether the exercises' graders find what they should."""

from __future__ import annotations

from collections import Counter

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
    code 1 where one does not. A mistake that only a training finds is undecided without
    --train, and counts neither as found nor as not found.
    """
    from course.grading.rubric import exercise_folders, load_exercise

    exercises = [load_exercise(name) for name in names or exercise_folders()]
    results = [_print(exercise, train, seed, quiet) for exercise in exercises]
    total = sum(results, Counter())
    click.echo(_summary(total))
    if total["bad"]:
        raise SystemExit(1)


def _summary(total: Counter) -> str:
    """What came of all variants, in a line: a rate of those that were decided."""
    decided = total["wrong"] - total["undecided"]
    line = f"{total['right']} right solutions, {total['wrong']} mistakes"
    if decided:
        line += f", {total['found'] / decided:.0%} of the mistakes found"
    if total["undecided"]:
        line += f", {total['undecided']} undecided (by training alone: --train)"
    elif total["wrong"]:
        line += ", none undecided"
    return f"{line}; {total['bad']} not as told"


def _print(exercise, train: bool, seed: int, quiet: bool) -> Counter:
    from course.grading.training import trainer
    from course.grading.variants import verdicts

    total = Counter()
    click.echo(f"{exercise.name}:")
    found = verdicts(exercise, trainer(seed) if train else None)
    for verdict in tqdm(found, desc=exercise.name, leave=False, disable=None):
        is_wrong = bool(verdict.variant.loses)
        total["wrong" if is_wrong else "right"] += 1
        total["undecided"] += verdict.undecided
        total["found"] += is_wrong and not verdict.undecided and bool(verdict.lost)
        total["bad"] += not verdict.holds
        if not (quiet and verdict.holds):
            click.echo(_line(verdict))
    return total


def _line(verdict) -> str:
    lost, fits = set(verdict.lost), verdict.variant.loses - verdict.pending
    mark = "?  " if verdict.undecided else "ok "
    line = f"  {mark if verdict.holds else 'BAD'} {verdict.variant.title}"
    if lost:
        line += f": loses {', '.join(sorted(lost))}"
    if verdict.pending:
        line += f" ({', '.join(sorted(verdict.pending))}: by training)"
    for name in sorted(lost - fits):
        line += f"\n      {name} should hold: {verdict.lost[name]}"
    for name in sorted(fits - lost):
        line += f"\n      {name} should be lost"
    return line
