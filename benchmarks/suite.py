"""A run of the suite: each work measured in turns, saved as soon as it is done."""

from __future__ import annotations

import datetime
import json
import platform
import statistics
from pathlib import Path

from benchmarks import estimate, records
from benchmarks.machine import cpu_name
from benchmarks.peak import limit, peaks
from benchmarks.sides import SIDES
from benchmarks.turns import WARMUP, sides_of, started, take_turns


class Results:
    """The file of a run: one row for each work, resumable.

    Parameters
    ----------
    path : Path
        Made where it is not there.
    threads : int
        A file holds rows of one number of threads, and of one processor.

    Raises
    ------
    ValueError
        Where the file is no such file, or of another processor or number of threads.
    """

    def __init__(self, path: Path, threads: int):
        self.path = path
        here = {"cpu": cpu_name(), "threads": threads}
        self.content = {**here, "python": platform.python_version(), "rows": {}}
        if path.exists():
            self.content = self._read()
            there = {key: self.content[key] for key in here}
            if there != here:
                raise ValueError(
                    f"{path} is of {there}, and this is {here}: choose another file"
                )

    def _read(self) -> dict:
        try:
            content = json.loads(self.path.read_text())
            if {"cpu", "threads", "rows"} <= set(content):
                return content
        except (ValueError, TypeError):
            pass  # said below
        raise ValueError(f"{self.path} is no file of this suite: choose another one")

    @property
    def rows(self) -> dict[str, dict]:
        """The row of each work that was measured."""
        return self.content["rows"]

    def add(self, name: str, row: dict) -> None:
        """Add or replace a row, and write the file."""
        self.rows[name] = row
        records.write(self.path, self.content)

    def find_peaks(self) -> dict[str, float]:
        """What the machine can do; measured when first asked for."""
        if "peaks" not in self.content:
            self.content["peaks"] = peaks(self.content["threads"])
        return self.content["peaks"]


def measure(work, threads: int, seconds: float, peak: dict, bar, names=None) -> dict:
    """Measure a work, for about so many seconds of turns.

    Parameters
    ----------
    bar : callable
        Is told the number of rounds, and the seconds that they took.
    names : list of str, optional
        The sides; by default all that can do it.

    Returns
    -------
    dict
        The row: 'sides' (seconds, peak memory, first turn, versions), 'missing' (why),
        'speedups' of each of ours over each peer's fastest one, 'limit' in seconds
        (see `peak.limit`).
    """
    names = names or sides_of(work)
    with started(work, names, threads) as (workers, missing):
        take_turns(work, workers, missing, seconds, bar)
        times = {
            name: [turn["seconds"] for turn in worker.turns[WARMUP:]]
            for name, worker in workers.items()
        }
        sides = {name: _side(workers[name], times[name]) for name in times}
    return {
        "when": datetime.date.today().isoformat(),
        "rounds": max(map(len, times.values()), default=0),
        "limit": limit(work, peak),
        "sides": sides,
        "speedups": _speedups(times),
        "missing": missing,
    }


def _side(worker, times) -> dict:
    """What a row says of a side; the first turn is with what building takes."""
    first = worker.ready["built"] + worker.turns[0]["seconds"]
    return {
        **estimate.summary(times),
        "first": round(first, 3),
        "imported": round(worker.ready["imported"], 3),
        "memory": worker.turns[-1]["memory"],
        "about": worker.ready["about"],
    }


def _speedups(times: dict) -> dict[str, dict]:
    """Each of our sides against the fastest of each peer's."""
    return {
        name: {
            family: {"side": other, **estimate.ratio(times[name], times[other])}
            for family, other in _fastest(times).items()
        }
        for name in times
        if SIDES[name].family == "ours"
    }


def _fastest(times: dict) -> dict[str, str]:
    """The fastest side of each peer, by its median."""
    fastest: dict[str, str] = {}
    for name in sorted(times, key=lambda name: statistics.median(times[name])):
        if SIDES[name].family != "ours":
            fastest.setdefault(SIDES[name].family, name)
    return fastest
