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
class Correlation(Interval):
    """A rank correlation, and of how many networks: those that both studies have."""

    n: int


@dataclasses.dataclass(frozen=True)
class Assumptions:
    """The four, as far as there are data.

    Attributes
    ----------
    good : float
        Share of the networks with at most a point more error than the best.
    longer, larger : Correlation or None
        With the same networks trained longer, and widened.
    effects, interactions : float
        Share of the variance that d, w, g and b of the stages foretell, alone and with
        products of two.
    numbers : int
        How many d, w, g and b there are.
    """

    name: str
    n: int
    good: float
    longer: Correlation | None
    larger: Correlation | None
    effects: float
    interactions: float
    numbers: int

    @property
    def products(self) -> int:
        """How many products of two there are, squares among them."""
        return self.numbers * (self.numbers + 1) // 2

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
                found.append(
                    f"Rank correlation of {value.n} of them with the same networks "
                    f"{word}: {figures}."
                )
        found.append(self._foretold())
        return found

    def _foretold(self) -> str:
        text = (
            f"d, w, g and b of the stages foretell {max(0.0, self.effects):.0%} of the "
            f"errors' variance one by one, {max(0.0, self.interactions):.0%} with "
            "products of two"
        )
        if self.products > self.n and self.interactions < self.effects:
            text += (
                f": {self.products} products are too many for {self.n} networks to "
                "tell what they do"
            )
        return text + "."


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
        values.shape[1],
    )


def _correlation(
    first: Population, second: Population | None, seed: int
) -> Correlation | None:
    if second is None:
        return None
    pairs = first.beside(second)
    if len(pairs[0]) < FEWEST:
        raise ValueError(
            f"{first.name} and {second.name} have {len(pairs[0])} draws in common: the "
            f"same space and seed, and {FEWEST} networks or more, are needed"
        )
    found = rank_correlation(*pairs, seed)
    return Correlation(found.value, found.low, found.high, len(pairs[0]))
