"""Populations beside each other: numbers, and what they allow to say."""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any, Sequence

import numpy as np

from gluon_nets.study.population import Population
from gluon_nets.study.statistics import (
    Interval,
    band_width,
    bootstrap,
    ks_distance,
    permutation_p,
    sentence,
)


@dataclasses.dataclass(frozen=True)
class Row:
    """A population's numbers.

    Attributes
    ----------
    name : str
    n, failures : int
    least, mean : Interval
    band : float
        Half the width of the band around its distribution function.
    """

    name: str
    n: int
    failures: int
    least: Interval
    mean: Interval
    band: float


@dataclasses.dataclass(frozen=True)
class Pair:
    """Two populations beside each other."""

    names: tuple[str, str]
    distance: float
    p: float
    sentence: str


@dataclasses.dataclass(frozen=True)
class Comparison:
    """All of it; `floor` is one network's standard deviation by chance, or None."""

    rows: tuple[Row, ...]
    pairs: tuple[Pair, ...]
    floor: float | None

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return dataclasses.asdict(self)


def compare(populations: Sequence[Population], seed: int = 0) -> Comparison:
    """Compare populations that were trained alike.

    Raises
    ------
    ValueError
        Where two of them were not, or had images of another size, or bear the same
        name.
    """
    _check(populations)
    rows = []
    for one in populations:
        least, mean = (bootstrap(one.errors, f, seed) for f in (np.min, np.mean))
        rows.append(
            Row(one.name, len(one), one.failures, least, mean, band_width(len(one)))
        )
    floors = [one.floor for one in populations if one.floor is not None]
    floor = float(np.sqrt(np.mean(np.square(floors)))) if floors else None
    pairs = []
    for first, second in itertools.combinations(populations, 2):
        errors, names = (first.errors, second.errors), (first.name, second.name)
        p = permutation_p(*errors, seed)
        text = sentence(names, errors, p, floor)
        pairs.append(Pair(names, ks_distance(*errors), p, text))
    return Comparison(tuple(rows), tuple(pairs), floor)


def _check(populations: Sequence[Population]) -> None:
    first = populations[0]
    for other in populations[1:]:
        keys = [
            key
            for key in first.training
            if first.training[key] != other.training.get(key)
        ]
        if keys:
            raise ValueError(
                f"{first.name} and {other.name} were trained differently "
                f"({', '.join(keys)}): their errors cannot be compared"
            )
        sizes = [one.space["frame"]["image_size"] for one in (first, other)]
        if sizes[0] != sizes[1]:
            raise ValueError(
                f"{first.name} and {other.name} had images of {sizes[0]} and "
                f"{sizes[1]} pixels: their errors cannot be compared"
            )
    names = [one.name for one in populations]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(
                f"two studies are called {name!r}: merge pieces of one study first"
            )
