"""What a study of small, briefly trained networks assumes, measured.

The chapter gives four reasons why such a study tells something: many networks of a good
space are good; short training ranks networks as longer does; small networks rank as
large ones do; what single numbers do can be seen apart from each other.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from gluon_nets.study.population import Population
from gluon_nets.study.statistics import Interval, explained, rank_correlation

NEAR = 0.01  # of the least error: what counts as good
FEWEST = 5  # networks that two studies must share


@dataclasses.dataclass(frozen=True)
class Assumptions:
    """The four, as far as there are data.

    Attributes
    ----------
    good : float
        Share of the networks with at most a point more error than the best.
    longer, larger : Interval or None
        Rank correlation with the same networks trained longer, and widened.
    effects, interactions : float
        Share of the variance that d, w, g and b of the stages foretell, alone and with
        products of two.
    """

    name: str
    n: int
    good: float
    longer: Interval | None
    larger: Interval | None
    effects: float
    interactions: float

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return dataclasses.asdict(self)

    def sentences(self) -> list[str]:
        """In words."""
        found = [
            f"{self.good:.0%} of the {self.n} networks have at most "
            f"{NEAR * 100:.0f} point more error than the best."
        ]
        for word, value in (("trained longer", self.longer), ("widened", self.larger)):
            if value is not None:
                figures = f"{value.value:.2f} ({value.low:.2f} to {value.high:.2f})"
                text = f"Rank correlation with the same networks {word}: {figures}."
                found.append(text)
        found.append(
            f"d, w, g and b of the stages foretell {max(0.0, self.effects):.0%} of the "
            f"errors' variance one by one, {max(0.0, self.interactions):.0%} with "
            "products of two."
        )
        return found


def measure_assumptions(
    population: Population,
    longer: Population | None = None,
    larger: Population | None = None,
    seed: int = 0,
) -> Assumptions:
    """Measure them.

    Parameters
    ----------
    population : Population
    longer, larger : Population, optional
        Of the same draws: the same space and seed, with other training, or widened.
    seed : int
        Of resampling.

    Raises
    ------
    ValueError
        Where one of these has hardly a network in common with the population.
    """
    values = population.stage_numbers()
    # how networks are dealt to the parts of a cross-validation is chance: the mean
    effects, interactions = (
        float(np.mean([explained(values, population.errors, s, both) for s in seeds]))
        for seeds in [range(seed, seed + 20)]
        for both in (False, True)
    )
    good = np.mean(population.errors <= population.errors.min() + NEAR)
    return Assumptions(
        population.name,
        len(population),
        float(good),
        _correlation(population, longer, seed),
        _correlation(population, larger, seed),
        effects,
        interactions,
    )


def _correlation(first: Population, second: Population | None, seed: int):
    if second is None:
        return None
    pairs = first.beside(second)
    if len(pairs[0]) < FEWEST:
        raise ValueError(
            f"{first.name} and {second.name} have {len(pairs[0])} draws in common: the "
            f"same space and seed, and {FEWEST} networks or more, are needed"
        )
    return rank_correlation(*pairs, seed)
