"""Errors that a student measured more than once, and what follows from them."""

from __future__ import annotations

from statistics import mean

from course.grading.findings import Miss, plain

__all__ = ["beyond", "largest", "repeated", "separates", "spread"]

ROUNDED = 6e-4  # a student may have rounded to tenths of a percent


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
    least: int | dict = 2,
    low: float = 0.0,
    high: float = 0.95,
) -> None:
    """A dict has a list of at least `least` numbers for each key, all in a range.

    least: one for all, or one for each key.
    """
    for key in keys:
        place = f"{answer}.{key}"
        found = several(answers, place)
        count = least[key] if isinstance(least, dict) else least
        if len(found) < count:
            fits = f"{count} or more"
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


def spread(answers, answer: str, other: str) -> None:
    """A number is how far the student's own errors of a network lie apart."""
    found, errors = answers.number(answer), several(answers, other)
    fits = max(errors) - min(errors)
    if abs(found - fits) > ROUNDED:
        raise Miss("own_error", name=answer, found=plain(found))


def beyond(answers, answer: str, other: str, keys: list, base: str) -> None:
    """A list names the networks whose mean error differs from the base's by more than
    the base's errors do from each other."""
    said = answers.data(answer)
    said = said if isinstance(said, list) else [said]
    said = {str(word).strip().lower() for word in said if word not in ("", None)}
    errors = several(answers, f"{other}.{base}")
    chance = max(errors) - min(errors)
    apart = {
        key: abs(mean_of(answers, f"{other}.{key}") - mean(errors)) for key in keys
    }
    must = {key for key, value in apart.items() if value > chance + ROUNDED}
    may = {key for key, value in apart.items() if value > chance - ROUNDED}
    if not must <= said <= may:
        raise Miss("own_list", name=answer, found=", ".join(sorted(said)))


def largest(answers, answer: str, other: str, keys: list) -> None:
    """A text names the key of the largest of the student's own errors, or means."""
    said = answers.text(answer).strip().lower()
    means = {key: mean_of(answers, f"{other}.{key}") for key in keys}
    fits = [key.lower() for key in keys if means[key] > max(means.values()) - 1e-9]
    if said not in fits:
        shown = ", ".join(f"{key}: {value:.1%}" for key, value in means.items())
        raise Miss("conclusion", name=answer, found=said[:60], numbers=shown)


def shares(numbers: list[float]) -> str:
    """Errors as a student reads them: 15.2 %, 16.0 %."""
    return ", ".join(f"{number:.1%}" for number in numbers)
