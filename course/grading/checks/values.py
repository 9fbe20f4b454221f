"""Numbers, texts and tables that a student worked out."""

from __future__ import annotations

import math

from course.grading.findings import Miss, plain

__all__ = [
    "between",
    "choices",
    "chooses",
    "concludes",
    "entries",
    "number",
    "numbers",
    "own_cost",
    "own_costs",
]


def number(answers, answer: str, value, within: float = 0.0) -> None:
    """A number is right, but for a share of `within`; a list names all that fit."""
    found = answers.number(answer)
    values = value if isinstance(value, list) else [value]
    if not any(abs(found - one) <= within * abs(one) for one in values):
        raise Miss("number", name=answer, found=plain(found))


def numbers(
    answers,
    answer: str,
    values,
    within: float = 0.0,
    of: str = "",
    low: float = -math.inf,
    high: float = math.inf,
) -> None:
    """Several numbers are right; of each a list names all that fit.

    values: a table by their places, as {"vgg11.params" = …}, or a list over all.
    of: what they are parts of, in words: "a pair (params, flops)".
    low, high: where such numbers lie at all.
    """
    if isinstance(values, list):
        found = answers.data(answer)
        if not isinstance(found, list):
            raise Miss("kind", name=answer, found=plain(found), fits="a list")
        if len(found) != len(values):
            raise Miss("length", name=answer, found=len(found), fits=len(values))
        values = {str(place): value for place, value in enumerate(values)}
    for place, value in values.items():
        _check_holds(answers, answer, place.split("."), values, of)
        between(answers, f"{answer}.{place}", low, high)
        number(answers, f"{answer}.{place}", value, within)


def _check_holds(answers, answer: str, keys: list[str], values, of: str) -> None:
    """What a number is to stand in is a dict with its key, or a list so long."""
    place = answer
    for depth, key in enumerate(keys):
        value = answers.data(place)
        is_there = isinstance(value, list) and key.isdigit() and int(key) < len(value)
        if not is_there and not isinstance(value, dict):
            there = {one.split(".")[0]: None for one in values} if depth == 0 else {}
            keyed = f"a dict with the keys {', '.join(there)}" if there else ""
            fits = keyed or of or "numbers, in a list or a dict"
            raise Miss("kind", name=place, found=_words(value), fits=fits)
        place = f"{place}.{key}"


def _words(value) -> str:
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return "a number"
    return "a text" if isinstance(value, str) else plain(value)


def between(answers, answer: str, low: float, high: float) -> None:
    """A number lies where only plausible ones do."""
    found = answers.number(answer)
    if not low <= found <= high:
        raise Miss(
            "number_range",
            name=answer,
            found=plain(found),
            low=plain(low),
            high=plain(high),
        )


def own_cost(
    answers,
    answer: str,
    network: str,
    what: str = "flops",
    within: float = 0.0,
    head_bias: bool = True,
) -> None:
    """A number is the cost of the student's own network.

    head_bias: with false, flops without the additions of dense layers' biases fit, too.
    """
    found = answers.number(answer)
    graph = answers.network(network).graph
    fits = getattr(graph, what)
    least = fits
    if what == "flops" and not head_bias:
        least -= sum(n.attrs["units"] for n in graph.of("dense") if n.attrs["bias"])
    if min(abs(found - fits), abs(found - least)) > within * fits:
        raise Miss("own_number", name=answer, found=plain(found))


def own_costs(
    answers,
    answer: str,
    network: str,
    what: list,
    keys: list | None = None,
    within: float = 0.0,
    head_bias: bool = True,
) -> None:
    """Numbers by name, as answer.params, are the costs of the student's own network.

    keys: of several networks, by these names, answer.KEY.params are those of each.
    """
    for place in [f".{key}" for key in keys] if keys else [""]:
        for one in what:
            name = f"{answer}{place}.{one}"
            own_cost(answers, name, network + place, one, within, head_bias)


def chooses(answers, answer: str, fits: list) -> None:
    """A text names one of the words that are right, and says so alone."""
    found = answers.text(answer).strip().lower()
    if found not in [word.lower() for word in fits]:
        raise Miss("number", name=answer, found=repr(found[:60]))


def choices(answers, answer: str, fits: dict) -> None:
    """Each of several questions is answered by its right word."""
    for key, word in fits.items():
        chooses(answers, f"{answer}.{key}", [word])


def entries(answers, answer: str, keys: list | None = None, least: int = 1) -> None:
    """A table has entries by these keys, or as many as told."""
    found = answers.data(answer)
    if not isinstance(found, (dict, list)):
        raise Miss("kind", name=answer, found=plain(found), fits="a dict or a list")
    if len(found) < least:
        raise Miss("length", name=answer, found=len(found), fits=f"{least} or more")
    for key in keys or ():
        answers.data(f"{answer}.{key}")


def concludes(
    answers, answer: str, other: str, keys: list | None = None, largest: bool = True
) -> None:
    """A text names the key with the largest, or least, of the student's own numbers.

    Without `keys` all that `other` has count.
    """
    said = answers.text(answer).strip().lower()
    table = answers.data(other)
    if not isinstance(table, dict) or not table:
        raise Miss("kind", name=other, found="something else", fits="a dict of numbers")
    numbers = {key: answers.number(f"{other}.{key}") for key in keys or table}
    best = (max if largest else min)(numbers.values())
    if said not in [key.lower() for key, one in numbers.items() if one == best]:
        shown = ", ".join(f"{key}: {plain(one)}" for key, one in numbers.items())
        raise Miss("conclusion", name=answer, found=said[:60], numbers=shown)
