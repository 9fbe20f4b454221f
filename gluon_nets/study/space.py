"""Design spaces: which networks there are, and how often each is drawn."""

from __future__ import annotations

import dataclasses
import math
from typing import Mapping

import numpy as np

from gluon_nets.checks import check_count
from gluon_nets.compatible import as_ratio
from gluon_nets.quantized import QUANTUM, step_widths
from gluon_nets.study.designs import COLUMNS, Designs, Frame
from gluon_nets.study.laws import Law

RISING = ("depth", "width")
KINDS = ("params", "flops", "acts")


@dataclasses.dataclass(frozen=True)
class Bands:
    """Bounds of what networks may cost: (least, most) for each kind, None: any."""

    params: tuple[float, float] | None = None
    flops: tuple[float, float] | None = None
    acts: tuple[float, float] | None = None

    def __post_init__(self):
        for kind in KINDS:
            pair = getattr(self, kind)
            if pair is None:
                continue
            fits = isinstance(pair, (list, tuple)) and len(pair) == 2
            if not fits or not all(map(_is_number, pair)) or not pair[0] <= pair[1]:
                raise ValueError(
                    f"{kind} is {pair!r}: it must be two numbers, the least and the "
                    "most"
                )
            object.__setattr__(self, kind, tuple(pair))

    def hold(self, cost) -> np.ndarray:
        """Which of the designs with such costs are within."""
        held = np.ones(len(cost.flops), bool)
        for kind in KINDS:
            pair, values = getattr(self, kind), getattr(cost, kind)
            if pair is not None:
                held &= (pair[0] <= values) & (values <= pair[1])
        return held

    def __str__(self) -> str:
        pairs = ((kind, getattr(self, kind)) for kind in KINDS)
        texts = [f"{kind} from {p[0]:g} to {p[1]:g}" for kind, p in pairs if p]
        return " and ".join(texts) or "any cost"


def _is_number(value) -> bool:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return number and math.isfinite(value)


@dataclasses.dataclass(frozen=True)
class AnyNetSpace:
    """Stages whose numbers are drawn by laws, and what holds between stages.

    Attributes
    ----------
    name : str
    laws : mapping
        For each of 'depth', 'width', 'group_width' and 'bottleneck' the law that every
        stage's number has.
    shared : tuple of str
        Those of which all stages have the same number: it is drawn once, by the law.
    rising : tuple of str
        Of 'depth' and 'width' those that never fall from stage to stage: drawn by the
        law on condition of that.
    frame : Frame
    bands : Bands
    widen : int
        By what the widths of the networks drawn are multiplied: the same designs,
        larger. Bands are those of the designs as they are drawn.

    Source: Radosavovic et al. 2020, section 3.2.
    """

    name: str
    laws: Mapping[str, Law]
    shared: tuple[str, ...] = ()
    rising: tuple[str, ...] = ()
    frame: Frame = Frame()
    bands: Bands = Bands()
    widen: int = 1

    def __post_init__(self):
        check_count("widen", self.widen)
        _check_names("laws", self.laws, COLUMNS, COLUMNS)
        _check_names("shared", self.shared, COLUMNS)
        _check_names("rising", self.rising, RISING)
        for name in ("depth", "width", "group_width"):
            _check_whole(name, self.laws[name])
        _check_ratios(self.laws["bottleneck"])

    def draw(self, rng: np.random.Generator, count: int) -> Designs:
        """Draws, before widths and group widths are made to fit each other."""
        arrays = {}
        for name in COLUMNS:  # in this order: a seed stands for the same designs
            law, stages = self.laws[name], self.frame.stages
            if name in self.shared:
                values = np.repeat(law.free(rng, (count, 1)), stages, axis=1)
            elif name in self.rising:
                values = law.rising(rng, count, stages)
            else:
                values = law.free(rng, (count, stages))
            kind = np.float64 if name == "bottleneck" else np.int64
            arrays[name] = values.astype(kind)
        return Designs(**arrays)

    def contains(self, designs: Designs) -> np.ndarray:
        """Which designs, made to fit, hold what the space asks of its stages.

        A shared group width g is held where each stage has min(g, inner width).
        """
        held = np.ones(len(designs), bool)
        for name in self.shared:
            values = getattr(designs, name)
            largest = values.max(axis=1, keepdims=True)
            if name == "group_width":
                inner = np.rint(designs.width / designs.bottleneck)
                largest = np.minimum(largest, inner)
            held &= (values == largest).all(axis=1)
        for name in self.rising:
            held &= (np.diff(getattr(designs, name), axis=1) >= 0).all(axis=1)
        return held

    def size(self) -> int:
        """Draws that differ: exactly."""
        return math.prod(self._ways(name) for name in COLUMNS)

    def published_size(self) -> float:
        """As the paper counts: of rising stages one in 4!, as if no two were equal."""
        stages, ways = self.frame.stages, 1
        for name in COLUMNS:
            ways *= len(self.laws[name]) ** (1 if name in self.shared else stages)
        return ways / math.factorial(stages) ** len(set(self.rising) - set(self.shared))

    def _ways(self, name: str) -> int:
        values, stages = len(self.laws[name]), self.frame.stages
        if name in self.shared:
            return values
        if name in self.rising:
            return math.comb(values + stages - 1, stages)
        return values**stages


RULE = ("w0", "wa", "wm", "depth", "group_width", "bottleneck")


@dataclasses.dataclass(frozen=True)
class RegNetSpace:
    """Networks of RegNet's rule, see `gluon_nets.regnet_arch`.

    Attributes
    ----------
    name : str
    laws : mapping
        For each of 'w0', 'wa', 'wm', 'depth' (of all stages together), 'group_width'
        and 'bottleneck' the law of its number.
    frame : Frame
        The rule may give any number of stages: draws with another than the frame's, or
        with a step of the rule that no block has, are not in the space.
    bands : Bands
    widen : int
        See `AnyNetSpace`.

    Source: Radosavovic et al. 2020, section 3.3; the paper's code for the stages.
    """

    name: str
    laws: Mapping[str, Law]
    frame: Frame = Frame()
    bands: Bands = Bands()
    widen: int = 1

    def __post_init__(self):
        check_count("widen", self.widen)
        _check_names("laws", self.laws, RULE, RULE)
        for name in ("w0", "depth", "group_width"):
            _check_whole(name, self.laws[name])
        _check_ratios(self.laws["bottleneck"])
        for value in self.laws["w0"].values:
            if value % QUANTUM:
                raise ValueError(f"w0 is {value}: it must be a multiple of {QUANTUM}")
        if min(self.laws["wm"].values) <= 1:
            raise ValueError(f"wm is {min(self.laws['wm'].values)}: it must be above 1")

    def draw(self, rng: np.random.Generator, count: int) -> Designs:
        """Draws that have the frame's number of stages, of `count` by the laws."""
        drawn = {name: self.laws[name].free(rng, (count, 1)) for name in RULE}
        w0, wa, wm, depth, group_width, bottleneck = drawn.values()
        block = np.arange(int(depth.max()))
        with np.errstate(over="ignore"):
            step = np.rint(np.log1p(wa * block / w0) / np.log(wm))
        step = np.where(block < depth, step, -1)
        stages = np.arange(self.frame.stages)
        depths = (step[:, :, None] == stages).sum(axis=1)
        widths = step_widths(w0, wm, stages)
        fits = (step.max(axis=1) == stages[-1]) & (depths > 0).all(axis=1)
        fits &= (np.diff(widths, axis=1) > 0).all(axis=1)
        shape = (int(fits.sum()), len(stages))
        return Designs(
            depths[fits],
            widths[fits].astype(np.int64),
            np.broadcast_to(group_width[fits], shape).astype(np.int64),
            np.broadcast_to(bottleneck[fits], shape).astype(np.float64),
        )

    def contains(self, designs: Designs) -> np.ndarray:
        """Which designs have what all of the rule have: more cannot be told from them.

        One bottleneck, one group width, widths that never fall.
        """
        one = ("group_width", "bottleneck")
        laws = {name: self.laws.get(name, self.laws["depth"]) for name in COLUMNS}
        wider = AnyNetSpace(self.name, laws, one, ("width",), self.frame)
        return wider.contains(designs)

    def size(self) -> int:
        """Draws that differ, with any number of stages."""
        return math.prod(len(self.laws[name]) for name in RULE)


def _check_names(what: str, found, known, needed=()) -> None:
    if isinstance(found, str) or not hasattr(found, "__iter__"):
        raise ValueError(f"{what} is {found!r}: it must be a list of names")
    for name in found:
        if name not in known:
            raise ValueError(f"{what} has {name!r}: what fits is {', '.join(known)}")
    for name in needed:
        if name not in found:
            raise ValueError(f"{what} lacks {name}")


def _check_whole(name: str, law: Law) -> None:
    for value in law.values:
        if value % 1:
            raise ValueError(f"{name} is {value}: it must be a whole number")


def _check_ratios(law: Law) -> None:
    """Raise where widths could not be made to fit a bottleneck."""
    for value in law.values:
        as_ratio(value)
