"""Complexities of many designs at once, for studies of design spaces."""

from __future__ import annotations

import dataclasses
from typing import Callable

import numpy as np

from gluon_nets.arch import STEMS, Arch, Stage
from gluon_nets.checks import LARGEST, check_choice, check_count
from gluon_nets.compatible import inner_width
from gluon_nets.cost import Complexity, count_stage, count_stem, image_map
from gluon_nets.tally import Map, Tally


def complexities(
    depth,
    width,
    group_width,
    bottleneck=1.0,
    *,
    se_ratio=0.0,
    image_size=224,
    in_channels: int = 3,
    num_classes: int = 1000,
    stem: str = "conv3",
    stem_width: int = 32,
    stride=2,
) -> Complexity:
    """Complexities of many designs of X blocks at once.

    Parameters
    ----------
    depth, width, group_width : integer array, (N, stages)
        A row for each design, a column for each stage.
    bottleneck, se_ratio : float or array
        Anything that broadcasts to (N, stages).
    stride : int or sequence of int
        Stride of each stage, the same in all designs.
    image_size, in_channels, num_classes, stem, stem_width
        See `complexity` and `Arch`; the same for all designs.

    Returns
    -------
    Complexity
        Its three fields are int64 arrays, (N,).

    Raises
    ------
    ValueError
        Names the number that does not fit, and the first design that it is in. Where
        width, bottleneck and group width do not fit together,
        `gluon_nets.compatible.adjust` mends it. Also where a design has more
        parameters, flops or activations than int64 holds; `complexity` has no bounds.
    """
    columns = _columns(depth, width, group_width, bottleneck, se_ratio)
    strides = _strides(stride, len(columns))
    check_choice("stem", stem, STEMS)
    check_count("stem_width", stem_width, most=LARGEST)
    check_count("num_classes", num_classes, most=LARGEST)
    image = image_map(image_size, in_channels, LARGEST)

    def counts(kind) -> tuple:
        tally = Tally()
        x = count_stem(stem, kind(stem_width), tally, image)
        for column, step in zip(columns, strides):
            x = _count_stage(tally, x, Stages(*column, stride=step), kind)
        tally.dense(x.channels, int(num_classes))
        return tally.params, tally.flops, tally.acts

    return Complexity(*_exact(counts))


def _count_stage(tally: Tally, x: Map, stage: Stages, kind) -> Map:
    """Add what a stage costs, in numbers of a kind."""
    inner = np.rint(stage.width / stage.bottleneck)
    groups = (inner / stage.group_width).astype(kind)  # whole: it was checked
    width, depth = stage.width.astype(kind), stage.depth.astype(kind)
    stage = dataclasses.replace(stage, width=width, depth=depth)
    return count_stage(_X_BLOCKS, tally, x, stage, inner.astype(kind), groups)


def _exact(counts: Callable) -> list[np.ndarray]:
    """What counting gives, as int64.

    Counted in doubles, in which whole numbers are exact to 2⁵³ and too large ones stay
    large, where int64 would wrap around; and anew in int64 where that is needed.

    Raises
    ------
    ValueError
        Where a number leaves int64.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        found = counts(np.float64)
    for name, values in zip(("params", "flops", "acts"), found):
        for design in np.flatnonzero(~(values < _INT64))[:1].tolist():
            raise ValueError(
                f"design {design} has {values[design]:.3g} {name}: int64 ends at "
                f"{_INT64:.3g}"
            )
    if any((values > 2**53).any() for values in found):
        found = counts(np.int64)
    return [values.astype(np.int64) for values in found]


# less than 2⁶³ by what a count in doubles may be off
_INT64 = 2**63 * (1 - 1e-9)


@dataclasses.dataclass(frozen=True)
class Stages:
    """The same stage of many designs: as `Stage`, with arrays for numbers."""

    depth: np.ndarray
    width: np.ndarray
    group_width: np.ndarray
    bottleneck: np.ndarray
    se_ratio: np.ndarray
    stride: int


# what `count_stage` asks of an arch; stages and stem are given to `complexities`
_X_BLOCKS = Arch(1, (Stage(1, 1, 1),))


def _columns(*numbers) -> list[tuple]:
    """For each stage its five arrays over the designs, checked."""
    arrays = np.broadcast_arrays(*numbers)
    shape = arrays[0].shape
    if len(shape) != 2 or not shape[1]:
        raise ValueError(f"depth is of shape {shape}: it must be (designs, stages)")
    for row, column in np.argwhere(~_fits(*arrays)).tolist():
        try:
            _check_stage(*(array.item(row, column) for array in arrays))
        except ValueError as error:
            raise ValueError(f"design {row}, stage {column + 1}: {error}") from None
    kinds = (np.int64, np.int64, np.int64, np.float64, np.float64)
    return list(zip(*(array.astype(kind).T for array, kind in zip(arrays, kinds))))


def _check_stage(d, w, g, b, q) -> None:
    for name, value in (("depth", d), ("width", w), ("group_width", g)):
        check_count(name, value, most=LARGEST)
    Stage(d, w, g, b, se_ratio=q)
    inner_width(w, g, b)


def _fits(d, w, g, b, q) -> np.ndarray:
    """Where `_check_stage` surely refuses no number."""
    kinds = ("iu", "iu", "iu", "iuf", "iuf")
    if any(array.dtype.kind not in k for array, k in zip((d, w, g, b, q), kinds)):
        return np.zeros(d.shape, bool)
    with np.errstate(all="ignore"):
        inner = np.rint(w / b)
        whole = (np.abs(inner * b - w) <= 1e-9 * w) & (inner % g == 0)
    counts = (d >= 1) & (w >= 1) & (g >= 1)
    counts &= (d <= LARGEST) & (w <= LARGEST) & (g <= LARGEST)
    return counts & (b > 0) & (q >= 0) & (q <= 1) & whole


def _strides(stride, stages: int) -> list[int]:
    strides = [stride] * stages if np.ndim(stride) == 0 else list(stride)
    if len(strides) != stages:
        raise ValueError(
            f"stride is {stride}: it must be a number, or {stages} of them"
        )
    for step in strides:
        check_count("stride", step)
    return strides
