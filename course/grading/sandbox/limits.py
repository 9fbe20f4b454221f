"""What a run in the sandbox may use."""

from __future__ import annotations

from dataclasses import asdict, dataclass

MIB = 2**20
GIB = 2**30


@dataclass(frozen=True)
class Limits:
    """All positive; the defaults are for an exercise of two minutes of CPU.

    Parameters
    ----------
    cell_seconds : float
        For one cell; then it is interrupted, and if that does not help, ended.
    wall_seconds : float
        For all of it.
    cpu_seconds : float
        For all its processes together.
    memory : int
        Bytes, for all its processes together, files in memory included.
    output : int
        Bytes of a notebook's outputs that are kept.
    answers : int
        Bytes of what the last cell writes.
    processes : int
        At most so many at a time, threads counted too.
    file : int
        Bytes of one file.
    disk : int
        Bytes of each of the three folders that can be written to.
    """

    cell_seconds: float = 60.0
    wall_seconds: float = 600.0
    cpu_seconds: float = 600.0
    memory: int = 3 * GIB
    output: int = MIB
    answers: int = 8 * MIB
    processes: int = 128
    file: int = 64 * MIB
    disk: int = 512 * MIB

    def __post_init__(self):
        for name, value in asdict(self).items():
            if not value > 0:
                raise ValueError(f"{name} is {value}: a limit is above zero")
