"""Errors that a student measured more than once, and what follows from them."""

from __future__ import annotations

from statistics import mean

from course.grading.findings import Miss, plain

__all__ = ["repeated", "separates"]


def mean_of(answers, place: str) -> float:
    """A number, or the mean of a list of numbers."""
    return mean(several(answers, place))


def several(answers, place: str) -> list[float]:
    """A list of numbers; a number alone is a list of one."""
    found = answers.data(place)
    if not isinstance(found, list):
        return [answers.number(place)]
    if not found:
        raise Miss("length", name=place, found=0, fits="1 or more")
    return [answers.number(f"{place}.{index}") for index in range(len(found))]


def repeated(
    answers,
    answer: str,
    keys: list,
    least: int = 2,
    low: float = 0.0,
    high: float = 0.95,
) -> None:
    """A dict has a list of at least `least` numbers for each key, all in a range."""
    for key in keys:
        place = f"{answer}.{key}"
        found = several(answers, place)
        if len(found) < least:
            fits = f"{least} or more"
            raise Miss("length", name=place, found=len(found), fits=fits)
        for number in found:
            if not low < number < high:
                bounds = {"low": plain(low), "high": plain(high)}
                raise Miss("number_range", name=place, found=plain(number), **bounds)


def separates(
    answers, answer: str, other: str, keys: list, neither: str = "neither"
) -> None:
    """A text names which of two networks errs less, by the student's own errors.

    One does where its worst error is below the other's best; else neither does.
    """
    said = answers.text(answer).strip().lower()
    first, second = ([*several(answers, f"{other}.{key}")] for key in keys)
    fits = neither
    if max(first) < min(second):
        fits = keys[0]
    elif max(second) < min(first):
        fits = keys[1]
    if said != fits.lower():
        pairs = zip(keys, (first, second))
        shown = "; ".join(f"{key}: {shares(found)}" for key, found in pairs)
        raise Miss("conclusion", name=answer, found=said[:60], numbers=shown)


def shares(numbers: list[float]) -> str:
    """Errors as a student reads them: 15.2 %, 16.0 %."""
    return ", ".join(f"{number:.1%}" for number in numbers)
