"""RegNet's quantized linear rule, and its inverse fit.

u_j = w0 + wa·j for block j = 0 … d−1; s_j = round(log(u_j/w0) / log wm); the width of
block j is w0·wm^{s_j}, rounded to a multiple of 8. Blocks of equal width are a stage.
"""

from __future__ import annotations

import dataclasses
import math
import numbers

import numpy as np

from gluon_nets.arch import Arch, Stage
from gluon_nets.checks import check_count
from gluon_nets.compatible import adjust

QUANTUM = 8  # widths are multiples of it


def quantized_widths(w0: int, wa: float, wm: float, depth: int) -> np.ndarray:
    """The width of each block by the rule, before groups are looked at.

    Parameters
    ----------
    w0 : int
        First width, a multiple of 8.
    wa : float
        Slope, 0 or more.
    wm : float
        Ratio of the widths of successive stages, above 1.
    depth : int
        Number of blocks.

    Returns
    -------
    numpy.ndarray
        int64, (depth,), not falling.

    Raises
    ------
    ValueError
        Names the number that does not fit.

    Source: Radosavovic et al. 2020, equations 2 to 4.
    """
    _check_rule(w0, wa, wm, depth)
    u = w0 + wa * np.arange(depth)
    s = np.rint(np.log(u / w0) / np.log(wm))
    return (np.rint(w0 * wm**s / QUANTUM) * QUANTUM).astype(np.int64)


def _check_rule(w0, wa, wm, depth) -> None:
    check_count("w0", w0)
    check_count("depth", depth)
    if w0 % QUANTUM:
        raise ValueError(f"w0 is {w0}: it must be a multiple of {QUANTUM}")
    for name, value, low, fits in (
        ("wa", wa, 0 <= _number(wa) < math.inf, "0 or more"),
        ("wm", wm, 1 < _number(wm) < math.inf, "above 1"),
    ):
        if not low:
            raise ValueError(f"{name} is {value!r}: it must be a number, {fits}")


def _number(value) -> float:
    number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    return float(value) if number else math.nan


def regnet_arch(
    w0: int,
    wa: float,
    wm: float,
    depth: int,
    group_width: int,
    *,
    bottleneck: float = 1.0,
    se_ratio: float = 0.0,
    stem_width: int = 32,
    stem: str = "conv3",
    stride: int = 2,
    rounding: str = "half_even",
) -> Arch:
    """The RegNet of the rule, with widths and groups made compatible.

    Parameters
    ----------
    w0, wa, wm, depth
        See `quantized_widths`.
    group_width, bottleneck, se_ratio, stride
        The same in every stage, see `Stage`.
    stem_width, stem
        See `Arch`.
    rounding : {'half_even', 'half_up_guard'}
        See `gluon_nets.compatible.adjust`.

    Returns
    -------
    Arch

    Raises
    ------
    ValueError
        Names the number that does not fit.

    Source: Radosavovic et al. 2020, section 3.3; the rule has w0 = 32, wa = 5, wm = 2.5
    and 10 blocks for `regnetx32`.
    """
    widths = quantized_widths(w0, wa, wm, depth)
    stages = tuple(
        Stage(
            depth=int(count),
            width=int(width),
            group_width=group_width,
            bottleneck=bottleneck,
            stride=stride,
            se_ratio=se_ratio,
        )
        for width, count in zip(*np.unique(widths, return_counts=True))
    )
    return Arch(stem_width, stages, stem=stem).adjusted(rounding).check_compatible()


@dataclasses.dataclass(frozen=True)
class RegNetFit:
    """The rule's numbers nearest to an arch.

    `error` is the mean of |log(width of the rule / width of the arch)| over the blocks:
    0 where the rule gives exactly this arch.
    """

    w0: int
    wa: float
    wm: float
    depth: int
    error: float


def fit_regnet(arch: Arch) -> RegNetFit:
    """The inverse of `regnet_arch`: the rule's numbers that come nearest to an arch.

    All w0 near the first width are tried, and of wm a grid from 1.1 to 8 and what gives
    the last width in so many steps; for each pair the slopes wa that put a stage's
    boundary where the arch has one. Of equal errors the roundest numbers win.

    Parameters
    ----------
    arch : Arch
        Of any block; groups are taken into account where it has them.

    Returns
    -------
    RegNetFit

    Source: Radosavovic et al. 2020, section 3.3 (the fit error e_fit).
    """
    first = arch.stages[0].width
    low = max(QUANTUM, first // 2 // QUANTUM * QUANTUM)
    best = None
    for w0 in sorted(range(low, 2 * first + QUANTUM, QUANTUM), key=_near(first)):
        fit = _best_of_w0(arch, w0)
        if best is None or fit.error < best.error:
            best = fit
        if best.error == 0:
            break
    return best


def _near(width: int):
    return lambda w0: (abs(w0 - width), w0)


def _best_of_w0(arch: Arch, w0: int) -> RegNetFit:
    wm = _ratios(arch, w0)
    wa = _slopes(arch, w0, wm)  # (wm, candidates)
    s = np.log1p(wa[..., None] * np.arange(arch.depth) / w0)
    s = np.rint(s / np.log(wm)[:, None, None])
    widths = [stage.width for stage in arch.stages for _ in range(stage.depth)]
    rule = _rule_widths(arch, w0, wm[:, None, None], s)
    errors = np.abs(np.log(rule / widths)).mean(axis=-1)
    row, column = np.unravel_index(np.argmin(errors), errors.shape)
    slope, error = float(wa[row, column]), float(errors[row, column])
    return RegNetFit(w0, slope, float(wm[row]), arch.depth, error)


# coarse first: of equal errors the first, and so the roundest, is kept
_GRID = np.concatenate([np.arange(11, 81) / 10, np.arange(110, 801) / 100])


def _ratios(arch: Arch, w0: int) -> np.ndarray:
    """Ratios to try: the grid, and what gives the last width in 1, 2, … 20 steps."""
    last = arch.stages[-1]
    slack = (QUANTUM + (last.group_width or 0) * last.bottleneck) / 2
    targets = last.width + slack * np.linspace(-1, 1, 17)
    exact = np.maximum(targets / w0, 1) ** (1 / np.arange(1, 21)[:, None])
    return np.concatenate([_GRID, exact[(exact > 1.1) & (exact < 8)]])


def _slopes(arch: Arch, w0: int, wm: np.ndarray) -> np.ndarray:
    """Slopes to try for each ratio, (wm, candidates).

    Block j is at step k or beyond exactly where 1 + wa·j/w0 ≥ wm^(k−½). The first and
    the last step with a stage's width thus bound wa from below, by the stage's first
    block, and from above, by its last.
    """
    widths = np.array([stage.width for stage in arch.stages])
    ends = np.cumsum([stage.depth for stage in arch.stages])
    steps = np.arange(2 + int(max(0, math.log(widths.max() / w0)) / math.log(wm.min())))
    rule = _rule_widths(arch, w0, wm[:, None], steps)  # (wm, steps)
    far = np.abs(np.log(rule[:, None, :] / widths[:, None]))  # (wm, stages, steps)
    low = far.argmin(axis=-1)[:, 1:]
    high = len(steps) - 1 - far[..., ::-1].argmin(axis=-1)
    lows = w0 * (wm[:, None] ** (low - 0.5) - 1) / ends[:-1]
    highs = w0 * (wm[:, None] ** (high + 0.5) - 1) / np.maximum(ends - 1, 0.5)
    middle = (lows.max(axis=1, initial=0) + highs.min(axis=1))[:, None] / 2
    rounded = [np.round(middle, digits) for digits in (0, 1, 2)]
    bounds = [lows * 1.0001, highs * 0.9999]
    return np.concatenate([0 * middle, *rounded, middle, *bounds], axis=1).clip(0)


def _rule_widths(arch: Arch, w0: int, wm: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Widths of the rule at these steps, made compatible where the arch has groups."""
    widths = np.rint(np.minimum(w0 * wm**steps, 2**40) / QUANTUM).astype(np.int64)
    widths, stages = widths * QUANTUM, arch.stages
    if stages[0].group_width is None:
        return widths
    # the rule has one group width and one bottleneck: the widest groups are those that
    # a narrow stage has not cut
    group_width = max(stage.group_width for stage in stages)
    return adjust(widths, group_width, stages[0].bottleneck)[0]
