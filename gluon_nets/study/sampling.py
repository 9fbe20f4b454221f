"""Networks drawn from a space: within its bands, each once."""

from __future__ import annotations

import dataclasses
from typing import Callable

import numpy as np

from gluon_nets.arch import Arch
from gluon_nets.checks import check_count
from gluon_nets.cost import Complexity
from gluon_nets.study.designs import Designs, joined
from gluon_nets.study.space import KINDS

CHUNK = 4096  # draws at a time; a seed stands for other designs where it is changed
PATIENCE = 500  # chunks without a new design after which a space is given up


@dataclasses.dataclass(frozen=True)
class Sample:
    """Designs drawn from a space.

    Attributes
    ----------
    space : AnyNetSpace or RegNetSpace
    designs : Designs
        As they can be built, no two of them the same.
    cost : Complexity
        Its fields are arrays.
    draws : int
        How many it took.
    """

    space: object
    designs: Designs
    cost: Complexity
    draws: int

    def __len__(self) -> int:
        return len(self.designs)

    def arch(self, row: int) -> Arch:
        """A design as an `Arch`."""
        return self.designs.arch(row, self.space.frame)


def sample(
    space, count: int, seed: int, progress: Callable[[int], object] | None = None
) -> Sample:
    """The first designs that a seed gives.

    Designs are drawn by the space's laws on condition that they, made to fit (see
    `Designs.adjusted`), hold the space's constraints and its bands; those that came
    before are dropped. The i-th is the same whatever `count` is.

    Parameters
    ----------
    space : AnyNetSpace or RegNetSpace
    count : int
        How many.
    seed : int
    progress : function, optional
        Called with the number of designs found, after each chunk of draws.

    Raises
    ------
    ValueError
        Where no such design, or fewer different ones, can be found.
    """
    check_count("count", count)
    check_count("seed", seed, least=0)
    search = _Search(space, seed)
    while search.found < count:
        search.draw_chunk()
        if progress:
            progress(min(search.found, count))
        if search.idle == PATIENCE:
            raise ValueError(search.why_not(count))
    return search.first(count)


class _Search:
    """Chunks of draws, and what was found in them."""

    def __init__(self, space, seed: int):
        self.space, self.seed = space, seed
        self.chunks = self.found = self.idle = 0
        self._seen: set[bytes] = set()
        self._designs: list[Designs] = []
        self._costs: list[Complexity] = []
        self._ranges: dict[str, tuple[int, int]] = {}

    def draw_chunk(self) -> None:
        """Draw another; its random numbers are its own, whatever came before."""
        rng = np.random.default_rng((self.seed, self.chunks))
        self.chunks += 1
        designs = self.space.draw(rng, CHUNK).adjusted()
        designs = designs.take(self.space.contains(designs))
        new = self._keep(designs) if len(designs) else 0
        self.found += new
        self.idle = 0 if new else self.idle + 1

    def _keep(self, designs: Designs) -> int:
        cost = designs.cost(self.space.frame)
        self._widen_ranges(cost)
        held = self.space.bands.hold(cost)
        designs, cost = designs.take(held), _rows(cost, held)
        new = [row for row, key in enumerate(designs.keys()) if self._is_new(key)]
        self._designs.append(designs.take(new))
        self._costs.append(_rows(cost, new))
        return len(new)

    def _is_new(self, key: bytes) -> bool:
        known = key in self._seen
        self._seen.add(key)
        return not known

    def _widen_ranges(self, cost: Complexity) -> None:
        for kind in KINDS:
            values = getattr(cost, kind)
            low, high = self._ranges.get(kind, (values.min(), values.max()))
            self._ranges[kind] = min(low, values.min()), max(high, values.max())

    def first(self, count: int) -> Sample:
        """The first designs that were found."""
        cost = {kind: [getattr(c, kind) for c in self._costs] for kind in KINDS}
        whole = Complexity(*map(np.concatenate, cost.values()))
        rows, draws = slice(count), self.chunks * CHUNK
        designs, cost = joined(self._designs).take(rows), _rows(whole, rows)
        if self.space.widen > 1:
            designs = designs.widened(self.space.widen)
            cost = designs.cost(self.space.frame)
        return Sample(self.space, designs, cost, draws)

    def why_not(self, count: int) -> str:
        """What to say where the designs do not come together."""
        draws = self.chunks * CHUNK
        text = f"{self.space.name}: {self.found} different designs with "
        text += f"{self.space.bands} in {draws} draws, {count} were asked for"
        if not self._ranges:
            return f"{text}; none holds what the space asks of its stages"
        kinds = [k for k in KINDS if getattr(self.space.bands, k)]
        seen = (f"{k} from {self._ranges[k][0]} to {self._ranges[k][1]}" for k in kinds)
        return f"{text}; draws have {' and '.join(seen)}" if kinds else text


def _rows(cost: Complexity, rows) -> Complexity:
    return Complexity(*(getattr(cost, kind)[rows] for kind in KINDS))
