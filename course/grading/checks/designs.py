"""Designs of multilayer perceptrons as data, their networks, errors and EDFs.

A design is ``{"depth": 2, "widths": [64, 32], "norm": True, "dropout": 0.0}``.
"""

from __future__ import annotations

from itertools import chain, zip_longest
from typing import Any, Callable, Mapping

from course.grading.checks.training import check_trainable, mean_error
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
MOST_DEPTH, WIDEST, MULTIPLE, MOST_DROPOUT = 5, 128, 8, 0.5
LAYERS = {"norm": "BatchNorm", "relu": "ReLU", "conv": "a convolution"}
LAYERS.update(pool="pooling", global_pool="global pooling", dense="dense on each row")
BOUNDS = {
    "depth": f"1 to {MOST_DEPTH}",
    "widths": f"multiples of {MULTIPLE} up to {WIDEST}",
    "dropout": f"0 to {MOST_DROPOUT}",
}
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


def designs(answers, answer: str, count: int = 20) -> None:
    """A list of exactly so many designs, each within the space; every field varies."""
    table = designs_of(answers, answer, count)
    if len(table) != count:
        raise Miss("length", name=answer, found=len(table), fits=count)
    check_bounds(answer, table)
    for key in FIELDS:
        found = {plain(design[key]) for design in table}
        if len(found) == 1:
            raise Miss("same_field", name=answer, what=key, found=found.pop())


def check_bounds(answer: str, table: list[dict]) -> None:
    """Each design lies within the space."""
    for index, design in enumerate(table):
        depth, widths, dropout = (design[key] for key in ("depth", "widths", "dropout"))
        right = {
            "depth": 1 <= depth <= MOST_DEPTH,
            "dropout": 0 <= dropout <= MOST_DROPOUT,
            "widths": all(0 < w <= WIDEST and w % MULTIPLE == 0 for w in widths),
        }
        for key, holds in right.items():
            if not holds:
                _entry(answer, index, key, design[key], f"{BOUNDS[key]} fit")


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
        raise Miss("seed", name=answer)
    if first == answers.data(other):
        raise Miss("seeds", name=answer, other=other)
    count = len({repr(design) for design in first})
    if count < different:
        raise Miss("few_designs", name=answer, found=count, fits=different)


def truths(answers, answer: str, values: list) -> None:
    """Each call's result is true or false as told."""
    for place, fits in enumerate(values):
        found = answers.data(f"{answer}.{place}")
        if found not in (True, False) or bool(found) != fits:
            name = f"{answer}.{place}"
            raise Miss("truth", name=name, found=plain(found), fits=fits)


def as_designed(answers, answer: str, designs: str, least: int = 20) -> None:
    """Each network is the chain of layers that its design, within the space, tells."""
    table, networks = designs_of(answers, designs, least), answers.networks(answer)
    check_bounds(designs, table)
    if len(networks) != len(table):
        raise Miss("length", name=answer, found=len(networks), fits=len(table))
    for index, design in enumerate(table):
        found = layers_of(answers.network(f"{answer}.{index}").graph)
        wanted = layers_for(design)
        for place, (there, fits) in enumerate(zip_longest(found, wanted), 1):
            if there != fits:
                fits = f"its design has {fits or 'no further one'} there"
                _entry(answer, index, f"layer {place}", there or "missing", fits)


def layers_for(design: dict) -> list[str]:
    """The layers of a design's network in words, without flattening."""
    behind = ["BatchNorm"] if design["norm"] else []
    behind.append("ReLU")
    if design["dropout"]:
        behind.append(f"dropout {plain(design['dropout'])}")
    hidden = ([f"dense {width}", *behind] for width in design["widths"])
    return [*chain.from_iterable(hidden), "dense 10"]


def layers_of(graph) -> list[str]:
    """A network's layers in words; what flattens the image, or drops nothing, is none.

    A layer that does not read just the one before it is a branch.
    """
    found = []
    for place, node in enumerate(graph.nodes[1:], 1):
        if node.inputs != (place - 1,):
            found.append(f"a branch ({node.kind})")
        elif node.kind == "dense" and len(node.shape) == 1:
            found.append(f"dense {node.attrs['units']}")
        elif node.kind == "dropout":
            rate = node.attrs["rate"]
            found += [f"dropout {plain(rate)}"] if rate else []
        elif found or node.kind not in ("flatten", "reshape"):
            found.append(LAYERS.get(node.kind) or node.attrs.get("type", node.kind))
    return found


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
    answers,
    answer: str,
    network: str,
    designs: str,
    within: float,
    largest: int | None = None,
    **recipe,
) -> None:
    """The least of the errors is about what the grader measures of that network.

    See `course.grading.checks.training.trained` for `largest`.
    """
    errors = errors_of(answers, answer, designs)
    place = errors.index(min(errors))
    best = answers.network(f"{network}.{place}")
    check_trainable(best, largest)
    fits = mean_error(answers, best, 1, recipe)
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
        shares = answers.data(f"{answer}.{name}")
        if isinstance(shares, list) and len(shares) != len(at):
            place, facts = f"{answer}.{name}", {"found": len(shares), "fits": len(at)}
            raise Miss("length", name=place, **facts)
        for place, fit in enumerate(fits):
            found = answers.number(f"{answer}.{name}.{place}")
            if abs(found - fit) > within:
                key = f"{answer}.{name}.{place}"
                raise Miss("own_edf", name=key, found=plain(found))


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
