"""What students measured themselves: whether their own numbers say what they say."""

from __future__ import annotations

from course.grading.findings import Miss, plain

__all__ = ["least_at", "lower", "plausible", "vanishes"]


def plausible(answers, answer: str, keys: list, low: float, high: float) -> None:
    """Numbers by these names lie where only plausible ones do."""
    for key in keys:
        place = f"{answer}.{key}"
        found = answers.number(place)
        if not low <= found <= high:
            facts = {"found": plain(found), "low": plain(low), "high": plain(high)}
            raise Miss("number_range", name=place, **facts)


def lower(answers, answer: str, other: str) -> None:
    """A number of theirs is lower than another one."""
    found, fits = answers.number(answer), answers.number(other)
    if not found < fits:
        facts = {"found": plain(found), "other": other, "fits": plain(fits)}
        raise Miss("not_lower", name=answer, **facts)


def least_at(answers, answer: str, other: str, keys: list) -> None:
    """It is said where in a table of theirs the least number is, for each of the keys.

    Such a place may be told as a number: 4 or "4".
    """
    for key in keys:
        name, place = f"{answer}.{key}", f"{other}.{key}"
        said, table = answers.data(name), answers.data(place)
        if not isinstance(table, dict) or not table:
            raise Miss("kind", name=place, found=plain(table), fits="a dict of numbers")
        numbers = {where: answers.number(f"{place}.{where}") for where in table}
        best = [where for where, one in numbers.items() if one == min(numbers.values())]
        if plain(said) not in best:
            raise Miss("least_at", name=name, found=plain(said), other=place)


def vanishes(answers, answer: str, share: float = 1e-3) -> None:
    """A difference that was there before is, but for a share, not there after."""
    before = answers.number(f"{answer}.before")
    after = answers.number(f"{answer}.after")
    if before <= 0 or not 0 <= after <= share * before:
        facts = {"before": f"{before:.2g}", "after": f"{after:.2g}", "fits": share}
        raise Miss("vanishes", name=answer, **facts)
