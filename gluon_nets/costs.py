"""Complexities of many designs at once, for studies of design spaces."""

from __future__ import annotations

import dataclasses

import numpy as np

from gluon_nets.arch import STEMS, Arch, Stage
from gluon_nets.checks import check_choice, check_count
from gluon_nets.compatible import inner_width
from gluon_nets.cost import Complexity, count_stage, count_stem, image_map
from gluon_nets.tally import Tally


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
        `gluon_nets.compatible.adjust` mends it.
    """
    columns = _columns(depth, width, group_width, bottleneck, se_ratio)
    check_choice("stem", stem, STEMS)
    check_count("stem_width", stem_width)
    check_count("num_classes", num_classes)
    tally = Tally()
    x = count_stem(stem, stem_width, tally, image_map(image_size, in_channels))
    for column, step in zip(columns, _strides(stride, len(columns))):
        stage = Stages(*column, stride=step)
        inner = np.rint(stage.width / stage.bottleneck).astype(np.int64)
        groups = inner // stage.group_width
        x = count_stage(_X_BLOCKS, tally, x, stage, inner, groups)
    tally.dense(x.channels, num_classes)
    return Complexity(tally.params, tally.flops, tally.acts)


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
    for row, column in np.argwhere(~_fits(*arrays))[:1].tolist():
        d, w, g, b, q = (array[row, column].item() for array in arrays)
        try:
            Stage(d, w, g, b, se_ratio=q)
            inner_width(w, g, b)
        except ValueError as error:
            raise ValueError(f"design {row}, stage {column + 1}: {error}") from None
    kinds = (np.int64, np.int64, np.int64, np.float64, np.float64)
    return list(zip(*(array.astype(kind).T for array, kind in zip(arrays, kinds))))


def _fits(d, w, g, b, q) -> np.ndarray:
    """Where neither `Stage` nor `inner_width` refuses a number."""
    if any(array.dtype.kind not in "iu" for array in (d, w, g)):
        return np.zeros(d.shape, bool)
    with np.errstate(all="ignore"):
        inner = np.rint(w / b)
        whole = (np.abs(inner * b - w) <= 1e-9 * w) & (inner % g == 0)
    counts = (d >= 1) & (w >= 1) & (g >= 1)
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
