"""Tables of the studies whose results come with the package, for docs/study.md."""

from __future__ import annotations

import functools

import numpy as np

from gluon_nets.study.assumptions import measure_assumptions
from gluon_nets.study.compare import Comparison, compare
from gluon_nets.study.population import Population, read_population
from gluon_nets.study.statistics import bootstrap, rank_correlation

SPACES = ("AnyNetX_A", "AnyNetX_B", "AnyNetX_C", "AnyNetX_D", "AnyNetX_E", "RegNetX")
# what the chapter goes through, one by one, and its whole way
STEPS = (*zip(SPACES, SPACES[1:]), ("AnyNetX_A", "AnyNetX_E"), ("AnyNetX_A", "RegNetX"))
PILOTS = ("pilot-5000x1", "pilot-5000x3", "pilot-10000x3")
LONG = "pilot-50000x3"
LARGE = "pilot-wide"


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


def markdown_of_bottlenecks() -> str:
    """A row for each bottleneck that all stages share, over the spaces B to E."""
    populations = [read_population(name) for name in SPACES[1:5]]
    errors = np.concatenate([one.errors for one in populations])
    shared = np.array(
        [arch.stages[0].bottleneck for one in populations for arch in one.archs]
    )
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
    lines = [f"| images × epochs | rank correlation with {_budget(longest)} |"]
    lines.append("| --- | --- |")
    for name in PILOTS:
        one = read_population(name)
        found = rank_correlation(*one.beside(longest), 0)
        figures = f"{found.value:.2f} ({found.low:.2f} to {found.high:.2f})"
        lines.append(f"| {_budget(one)} | {figures} |")
    return "\n".join(lines) + "\n"


def _budget(population: Population) -> str:
    training = population.training
    return f"{training['images']:,} × {training['epochs']}"


def markdown_of_assumptions() -> str:
    """What the chapter's assumptions come to."""
    found = measure_assumptions(*map(read_population, (SPACES[0], LONG, LARGE)))
    return "\n".join(f"- {sentence}" for sentence in found.sentences()) + "\n"
