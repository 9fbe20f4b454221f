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
    repeats : tuple of arrays
        For each network that was trained with other seeds too: all of its errors, but
        where it diverged or failed.
    training, space : dict
        How they were trained, and what they were drawn from: see `Study.identity`.
    """

    name: str
    archs: tuple[Arch, ...]
    places: tuple[tuple[int, int], ...]
    errors: np.ndarray
    costs: dict[str, np.ndarray]
    failures: int
    repeats: tuple[np.ndarray, ...]
    training: dict
    space: dict

    def __len__(self) -> int:
        return len(self.errors)

    @property
    def floor(self) -> float | None:
        """Standard deviation of one network's error by chance, where it is known.

        Of several networks that were trained again the variances are pooled.
        """
        free = sum(len(errors) - 1 for errors in self.repeats)
        if free < 2:
            return None
        squares = sum(((errors - errors.mean()) ** 2).sum() for errors in self.repeats)
        return float(np.sqrt(squares / free))

    def beside(self, other: Population) -> tuple[np.ndarray, np.ndarray]:
        """Errors of the networks that both drew: (this one's, the other's).

        Raises
        ------
        ValueError
            Where the same seed and number are another network's there, and not the
            widened one's.
        """
        theirs = {place: row for row, place in enumerate(other.places)}
        rows = [
            (row, theirs[place])
            for row, place in enumerate(self.places)
            if place in theirs
        ]
        if _unwidened(self.space) != _unwidened(other.space):
            for mine, its in rows:
                if self.archs[mine] != other.archs[its]:
                    raise ValueError(
                        f"{self.name} and {other.name} drew different networks: the "
                        "same space is needed, but for widen"
                    )
        pairs = [(self.errors[mine], other.errors[its]) for mine, its in rows]
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


def _unwidened(space: dict) -> dict:
    return {key: value for key, value in space.items() if key != "widen"}


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
    return Population(
        name,
        tuple(row["arch"] for row in designs),
        tuple((row["seed"], row["number"]) for row in designs),
        np.array([row["error"] for row in designs]),
        {kind: np.array([row[kind] for row in designs]) for kind in KINDS},
        sum(row["status"] != DONE for row in designs),
        _repeats(rows),
        identity["training"],
        identity["space"],
    )


def _repeats(rows: list[dict]) -> tuple[np.ndarray, ...]:
    """The errors of each network that was trained several times."""
    found: dict[tuple[int, int], list[float]] = {}
    for row in rows:
        if row["status"] == DONE:
            place = (row["seed"], row["number"])
            found.setdefault(place, []).append(row["error"])
    return tuple(np.array(errors) for errors in found.values() if len(errors) > 1)
