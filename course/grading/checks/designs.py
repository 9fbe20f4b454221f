"""Designs of multilayer perceptrons as data, their networks, errors and EDFs.

A design is ``{"depth": 2, "widths": [64, 32], "norm": True, "dropout": 0.0}``.
"""

from __future__ import annotations

from typing import Any, Callable, Mapping

from course.grading.checks.training import mean_error
from course.grading.findings import Miss, plain

__all__ = [
    "as_designed",
    "best_measured",
    "designs",
    "own_edfs",
    "own_errors",
    "own_shift",
    "reproducible",
    "truths",
]

FIELDS = ("depth", "widths", "norm", "dropout")
# what a constraint keeps
CONSTRAINTS: Mapping[str, Callable[[dict], bool]] = {
    "all": lambda design: True,
    "falling": lambda design: all(
        a >= b for a, b in zip(design["widths"], design["widths"][1:])
    ),
    "shallow": lambda design: design["depth"] <= 2,
    "normed": lambda design: bool(design["norm"]),
    "clean": lambda design: design["dropout"] == 0,
}


def designs(
    answers,
    answer: str,
    least: int = 20,
    most_depth: int = 5,
    widest: int = 128,
    multiple: int = 8,
    most_dropout: float = 0.5,
) -> None:
    """A list of so many designs, or more, each within the space's bounds."""
    for index, design in enumerate(designs_of(answers, answer, least)):
        depth, widths, dropout = (design[key] for key in ("depth", "widths", "dropout"))
        fits = {"depth": f"1 to {most_depth}", "dropout": f"0 to {most_dropout}"}
        fits["widths"] = f"multiples of {multiple} up to {widest}"
        right = {
            "depth": 1 <= depth <= most_depth,
            "dropout": 0 <= dropout <= most_dropout,
            "widths": all(0 < w <= widest and w % multiple == 0 for w in widths),
        }
        for key, holds in right.items():
            if not holds:
                _entry(answer, index, key, design[key], f"{fits[key]} fit")


def designs_of(answers, answer: str, least: int = 1) -> list[dict]:
    """The designs, each with all fields, and as many widths as its depth tells."""
    found = answers.data(answer)
    if not isinstance(found, list):
        raise Miss("kind", name=answer, found="something else", fits="a list of dicts")
    if len(found) < least:
        raise Miss("length", name=answer, found=len(found), fits=f"{least} or more")
    for index, design in enumerate(found):
        if not isinstance(design, dict) or set(design) != set(FIELDS):
            fits = f"it must be a dict with {', '.join(FIELDS)}"
            _entry(answer, index, "the design", _keys(design), fits)
        for key in ("depth", "norm", "dropout"):
            if not isinstance(design[key], (int, float)):
                _entry(answer, index, key, design[key], "a number, or True or False")
        widths, depth = design["widths"], design["depth"]
        whole = isinstance(widths, list) and all(type(w) is int for w in widths)
        if not whole or len(widths) != depth:
            fits = f"{plain(depth)} whole numbers, as many as the depth, fit"
            _entry(answer, index, "widths", widths, fits)
    return found


def _keys(design: Any) -> str:
    if isinstance(design, dict):
        return f"a dict with {', '.join(map(str, list(design)[:8])) or 'nothing'}"
    return "no dict"


def _entry(name: str, index: int, what: str, found: Any, fits: str) -> None:
    raise Miss(
        "entry", name=name, index=index, what=what, found=plain(found)[:80], fits=fits
    )


def reproducible(
    answers, answer: str, again: str, other: str, different: int = 10
) -> None:
    """The same seed gives the same designs, another one others; and they differ."""
    first, second = answers.data(answer), answers.data(again)
    if not isinstance(first, list) or first != second:
        raise Miss("seeds", name=answer, found="differ", fits="one seed, one list")
    if first == answers.data(other):
        raise Miss("seeds", name=answer, found="are the same", fits="other seeds")
    count = len({repr(design) for design in first})
    if count < different:
        raise Miss("few_designs", name=answer, found=count, fits=different)


def truths(answers, answer: str, values: list) -> None:
    """Each call's result is true or false as told."""
    for place, fits in enumerate(values):
        found = answers.data(f"{answer}.{place}")
        if found not in (True, False) or bool(found) != fits:
            facts = {"index": place, "found": plain(found), "fits": f"{fits} fits"}
            raise Miss("entry", name=answer, what="the result", **facts)


def as_designed(answers, answer: str, designs: str, least: int = 20) -> None:
    """Each network has its design's hidden layers, norms and dropout."""
    table, networks = designs_of(answers, designs, least), answers.networks(answer)
    if len(networks) != len(table):
        raise Miss("length", name=answer, found=len(networks), fits=len(table))
    for index, design in enumerate(table):
        graph = answers.network(f"{answer}.{index}").graph
        units = [node.attrs["units"] for node in graph.nodes if node.kind == "dense"]
        kinds = [node.kind for node in graph.nodes]
        rates = {n.attrs["rate"] for n in graph.nodes if n.kind == "dropout"} - {0.0}
        norms = kinds.count("norm") + kinds.count("layer_norm")
        rate = design["dropout"]
        for what, found, fits in (
            ("dense layers", units, [*design["widths"], 10]),
            ("norms", norms, design["depth"] if design["norm"] else 0),
            ("dropout", sorted(rates), [rate] if rate else []),
        ):
            if plain(found) != plain(fits):
                _entry(answer, index, what, found, f"its design has {plain(fits)}")


def errors_of(answers, answer: str, designs: str) -> list[float]:
    """The errors, one for each design."""
    found, count = answers.data(answer), len(designs_of(answers, designs))
    if not isinstance(found, list) or len(found) != count:
        many = len(found) if isinstance(found, list) else "no"
        raise Miss("length", name=answer, found=many, fits=count)
    return [answers.number(f"{answer}.{index}") for index in range(count)]


def own_errors(answers, answer: str, designs: str, low: float, high: float) -> None:
    """For each design there is an error, where only plausible ones lie."""
    for index, error in enumerate(errors_of(answers, answer, designs)):
        if not low <= error <= high:
            fits = f"{low} to {high} fit"
            _entry(answer, index, "the error", error, fits)


def best_measured(
    answers, answer: str, network: str, designs: str, within: float, **recipe
) -> None:
    """The least of the errors is about what the grader measures of that network."""
    errors = errors_of(answers, answer, designs)
    place = errors.index(min(errors))
    fits = mean_error(answers, answers.network(f"{network}.{place}"), 1, recipe)
    if abs(errors[place] - fits) > within:
        name = f"{answer}[{place}]"
        raise Miss("measured", name=name, found=errors[place], fits=fits)


def own_edfs(
    answers, answer: str, designs: str, errors: str, at: list, within: float = 0.006
) -> None:
    """For each constraint the EDF at each threshold is that of the student's errors."""
    table, values = designs_of(answers, designs), errors_of(answers, errors, designs)
    for name in CONSTRAINTS:
        fits = edf(table, values, name, at)
        if fits is None:
            continue  # no design obeys it: then there is no EDF
        for place, fit in enumerate(fits):
            found = answers.number(f"{answer}.{name}.{place}")
            if abs(found - fit) > within:
                key = f"{answer}.{name}.{place}"
                raise Miss("own_edf", name=key, found=plain(found), fits=plain(fit))


def edf(table: list, errors: list, constraint: str, at: list) -> list[float] | None:
    """The share of the designs that obey, with an error of at most each threshold."""
    kept = [e for d, e in zip(table, errors) if CONSTRAINTS[constraint](d)]
    if not kept:
        return None
    return [sum(error <= one for error in kept) / len(kept) for one in at]


def own_shift(answers, answer: str, designs: str, errors: str, at: float) -> None:
    """A text names the constraint with the largest share of good designs."""
    table, values = designs_of(answers, designs), errors_of(answers, errors, designs)
    said = answers.text(answer).strip().lower()
    shares = {}
    for name in CONSTRAINTS:
        found = edf(table, values, name, [at])
        if name != "all" and found is not None:
            shares[name] = found[0]
    if shares.get(said, -1) < max(shares.values(), default=0):
        shown = ", ".join(f"{name}: {share:.2f}" for name, share in shares.items())
        raise Miss("conclusion", name=answer, found=said[:60], numbers=shown)
