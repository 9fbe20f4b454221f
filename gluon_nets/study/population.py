"""The networks of a study that were trained, as arrays."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

from gluon_nets.arch import Arch
from gluon_nets.study.designs import COLUMNS
from gluon_nets.study.outcome import DONE
from gluon_nets.study.space import KINDS
from gluon_nets.study.store import Store, StoreError


@dataclasses.dataclass(frozen=True)
class Population:
    """What is known of a space.

    Attributes
    ----------
    name : str
    archs : tuple of Arch
    places : tuple of (int, int)
        Seed and number by which each was drawn.
    errors : array, (n,)
        Of all networks; those that could not be trained count as guessing.
    costs : dict of arrays, (n,)
        params, flops and acts.
    failures : int
        How many could not be trained, or diverged.
    repeats : array
        Errors of the first network, trained with other seeds; with its own.
    training : dict
        How they were trained.
    """

    name: str
    archs: tuple[Arch, ...]
    places: tuple[tuple[int, int], ...]
    errors: np.ndarray
    costs: dict[str, np.ndarray]
    failures: int
    repeats: np.ndarray
    training: dict

    def __len__(self) -> int:
        return len(self.errors)

    @property
    def floor(self) -> float | None:
        """Standard deviation of one network's error by chance, where it is known."""
        return float(np.std(self.repeats, ddof=1)) if len(self.repeats) > 2 else None

    def beside(self, other: Population) -> tuple[np.ndarray, np.ndarray]:
        """Errors of the networks that both drew: (this one's, the other's)."""
        theirs = dict(zip(other.places, other.errors))
        pairs = [
            (error, theirs[place])
            for place, error in zip(self.places, self.errors)
            if place in theirs
        ]
        return tuple(np.array(pairs, float).reshape(-1, 2).T)

    def stage_numbers(self) -> np.ndarray:
        """Logarithms of d, w, g and b of each stage, (n, 4·stages)."""
        rows = [
            [getattr(stage, name) for name in COLUMNS for stage in arch.stages]
            for arch in self.archs
        ]
        return np.log(np.array(rows, float))

    def numbers(self) -> dict[str, np.ndarray]:
        """What a network may be told by: costs, and d, w, g, b over all its blocks."""
        columns = {
            "depth": [sum(s.depth for s in arch.stages) for arch in self.archs],
            "width": [_mean_width(arch) for arch in self.archs],
            "group_width": [_mean(arch, "group_width") for arch in self.archs],
            "bottleneck": [_mean(arch, "bottleneck") for arch in self.archs],
        }
        return {**self.costs, **{k: np.array(v, float) for k, v in columns.items()}}


def _mean_width(arch: Arch) -> float:
    """The geometric mean over the blocks."""
    logs = [s.depth * np.log(s.width) for s in arch.stages]
    return float(np.exp(sum(logs) / arch.depth))


def _mean(arch: Arch, name: str) -> float:
    return sum(s.depth * getattr(s, name) for s in arch.stages) / arch.depth


def read_population(path: str | Path) -> Population:
    """The networks of a study's file.

    Raises
    ------
    StoreError
        Where it cannot be used, or no network is done yet.
    """
    with Store(path) as store:
        rows, name, identity = store.rows(), store.name, store.identity
    designs = [row for row in rows if not row["repeat"]]
    if not designs:
        raise StoreError(f"{path} has no results yet: `study run` makes them")
    again = [row for row in rows if row["repeat"] and row["status"] == DONE]
    first = [row["error"] for row in designs[:1] if again]
    return Population(
        name,
        tuple(row["arch"] for row in designs),
        tuple((row["seed"], row["number"]) for row in designs),
        np.array([row["error"] for row in designs]),
        {kind: np.array([row[kind] for row in designs]) for kind in KINDS},
        sum(row["status"] != DONE for row in designs),
        np.array(first + [row["error"] for row in again]),
        identity["training"],
    )
