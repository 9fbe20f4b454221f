"""Tables of the studies whose results come with the package, for docs/study.md."""

from __future__ import annotations

import datetime
import functools

import numpy as np

from gluon_nets.study.assumptions import measure_assumptions
from gluon_nets.study.compare import Comparison, compare
from gluon_nets.study.population import Population, read_population
from gluon_nets.study.statistics import (
    LEVEL,
    bootstrap,
    permutation_p,
    rank_correlation,
)
from gluon_nets.study.store import Store
from gluon_nets.study.summary import summary

SPACES = ("AnyNetX_A", "AnyNetX_B", "AnyNetX_C", "AnyNetX_D", "AnyNetX_E", "RegNetX")
# what the chapter goes through, one by one, and its whole way
STEPS = (*zip(SPACES, SPACES[1:]), ("AnyNetX_A", "AnyNetX_E"), ("AnyNetX_A", "RegNetX"))
PILOTS = ("pilot-5000x1", "pilot-5000x3", "pilot-10000x3")
LONG = "pilot-50000x3"
LARGE = "pilot-wide"
# runs that were made in one piece, by two processes; others were cut off and went on
AT_ONCE = ("AnyNetX_E", "RegNetX", *PILOTS, LONG, LARGE)
PROCESSES = 2


def markdown_of_spaces() -> str:
    """A row for each space: how many networks, least and mean error."""
    comparison = _compared()
    lines = ["| space | networks | failed | least error | mean error |"]
    lines.append("| --- | ---: | ---: | --- | --- |")
    for row in comparison.rows:
        cells = (row.name, row.n, row.failures, row.least, row.mean)
        lines.append(f"| {' | '.join(map(str, cells))} |")
    floor = comparison.floor
    if floor is not None:
        lines += ["", f"One network by chance: ± {floor * 100:.2f} points."]
    return "\n".join(lines) + "\n"


def markdown_of_steps() -> str:
    """A sentence for each step from space to space."""
    said = {pair.names: pair.sentence for pair in _compared().pairs}
    return "\n".join(f"- {said[step]}" for step in STEPS) + "\n"


def markdown_of_pairs() -> str:
    """The pairs that differ where all of them are looked at."""
    pairs = _compared().pairs
    most = (1 - LEVEL) / len(pairs)
    found = [
        f"{' and '.join(pair.names)} (p = {pair.p:.2g})"
        for pair in sorted(pairs, key=lambda pair: pair.p)
        if pair.p < most
    ]
    return (
        f"Of all {len(pairs)} pairs these have p < {1 - LEVEL:.2g}/{len(pairs)} = "
        f"{most:.4f}: {'; '.join(found) or 'none'}.\n"
    )


def markdown_of_parts() -> str:
    """Two steps again: with the first networks alone, and for one bottleneck each."""
    c, d, e, rule = map(read_population, (*SPACES[2:5], SPACES[5]))
    lines = ["| compared | networks | mean errors | p |", "| --- | --- | --- | --- |"]
    for count in (32, 41, 50):
        chosen = [np.arange(len(one)) < count for one in (c, d)]
        lines.append(_part(f"C and D, the first {count}", (c, d), chosen))
    for value in (1, 2, 4):
        lines.append(_part(f"C and D, b = {value}", (c, d), _with(value, c, d)))
    everything = [np.full(len(one), True) for one in (e, rule)]
    lines.append(_part("E and RegNetX", (e, rule), everything))
    lines.append(_part("E and RegNetX, b = 1", (e, rule), _with(1, e, rule)))
    return "\n".join(lines) + "\n"


def _with(bottleneck: int, *populations: Population) -> list[np.ndarray]:
    """Which networks have this bottleneck, of populations whose stages share one."""
    return [_bottlenecks(one) == bottleneck for one in populations]


def _bottlenecks(population: Population) -> np.ndarray:
    return np.array([arch.stages[0].bottleneck for arch in population.archs])


def _part(what: str, populations, chosen) -> str:
    first, second = (one.errors[rows] for one, rows in zip(populations, chosen))
    means = ", ".join(f"{errors.mean():.2%}" for errors in (first, second))
    p = permutation_p(first, second, 0)
    return f"| {what} | {len(first)}, {len(second)} | {means} | {p:.2g} |"


def markdown_of_bottlenecks() -> str:
    """A row for each bottleneck that all stages share, over the spaces B to E."""
    populations = [read_population(name) for name in SPACES[1:5]]
    errors = np.concatenate([one.errors for one in populations])
    shared = np.concatenate([_bottlenecks(one) for one in populations])
    lines = ["| b | networks | mean error |", "| ---: | ---: | --- |"]
    for value in np.unique(shared):
        chosen = errors[shared == value]
        mean = bootstrap(chosen, np.mean, 0)
        lines.append(f"| {value:g} | {len(chosen)} | {mean} |")
    return "\n".join(lines) + "\n"


@functools.lru_cache(maxsize=1)
def _compared() -> Comparison:
    return compare([read_population(name) for name in SPACES])


def markdown_of_pilot() -> str:
    """A row for each budget: rank correlation with the longest training."""
    longest = read_population(LONG)
    lines = [
        f"| images × epochs | rank correlation with {_budget(longest)} | seconds |",
        "| --- | --- | ---: |",
    ]
    for name in PILOTS:
        one = read_population(name)
        found = rank_correlation(*one.beside(longest), 0)
        figures = f"{found.value:.2f} ({found.low:.2f} to {found.high:.2f})"
        lines.append(f"| {_budget(one)} | {figures} | {_seconds(name):.0f} |")
    lines.append(f"| {_budget(longest)} | | {_seconds(LONG):.0f} |")
    return "\n".join(lines) + "\n"


def _seconds(name: str) -> float:
    """Of one network, in the mean."""
    with Store(name) as store:
        return summary(store)["seconds"]


def markdown_of_time() -> str:
    """How much of the processes' time was training."""
    shares = [_busy(name) for name in AT_ONCE]
    return (
        f"In the {len(shares)} runs that were made in one piece the {PROCESSES} "
        f"processes trained {min(shares):.1%} to {max(shares):.1%} of the time, from "
        "the first network's beginning to the last one's end.\n"
    )


def _busy(name: str) -> float:
    with Store(name) as store:
        rows = store.rows()
    seconds = np.array([row["seconds"] for row in rows])
    dates = (datetime.datetime.fromisoformat(row["finished"]) for row in rows)
    ends = np.array([date.timestamp() for date in dates])
    return seconds.sum() / (PROCESSES * (ends.max() - (ends - seconds).min()))


def _budget(population: Population) -> str:
    training = population.training
    return f"{training['images']:,} × {training['epochs']}"


def markdown_of_assumptions() -> str:
    """What the chapter's assumptions come to."""
    found = measure_assumptions(*map(read_population, (SPACES[0], LONG, LARGE)))
    return "\n".join(f"- {sentence}" for sentence in found.sentences()) + "\n"
