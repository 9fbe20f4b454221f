"""The search for the rule of RegNet that comes nearest to an arch."""

from __future__ import annotations

import math

import numpy as np

from gluon_nets.arch import Arch
from gluon_nets.checks import LARGEST, check_count
from gluon_nets.compatible import adjust
from gluon_nets.quantized import QUANTUM, RegNetFit, step_widths

_TRIES = 200  # of w0
# coarse first: of equal errors the first, and so the roundest, is kept
_GRID = np.concatenate([np.arange(11, 81) / 10, np.arange(110, 801) / 100])


def nearest_rule(arch: Arch) -> RegNetFit:
    """See `gluon_nets.quantized.fit_regnet`."""
    for stage in arch.stages:
        check_count("width", stage.width, most=LARGEST)
    w0 = _candidates(arch)
    least = _least_errors(arch, _made_compatible(arch, w0))
    first = arch.stages[0].width
    order = np.lexsort((w0, abs(w0 - first), least))[:_TRIES]
    targets, best = _targets(arch), None
    for index in order.tolist():
        if best is not None and least[index] >= best.error:
            break
        fit = _best_of_w0(arch, int(w0[index]), targets)
        if best is None or fit.error < best.error:
            best = fit
    return best


def _candidates(arch: Arch) -> np.ndarray:
    """First widths to try, multiples of 8: all, or of many some."""
    widths = np.array([stage.width for stage in arch.stages])
    many = 2 * widths.max() // QUANTUM + 1
    if many <= 2 * 2048 // QUANTUM + 1:
        return QUANTUM * np.arange(1, many + 1)
    near = widths[:, None] // QUANTUM + np.arange(-32, 33)
    grid = np.rint(np.geomspace(1, many, 512)).astype(np.int64)
    return QUANTUM * np.unique(
        np.concatenate([near.ravel(), grid]).clip(1, LARGEST // QUANTUM)
    )


def _least_errors(arch: Arch, first: np.ndarray) -> np.ndarray:
    """What the error is at least where a rule begins with these widths.

    A rule never falls: the nearest of all sequences that do not is the bound.
    """
    logs = np.log([stage.width for stage in arch.stages])
    depths = np.array([stage.depth for stage in arch.stages])
    others = depths - (np.arange(len(depths)) == 0)  # without the first block
    begin = np.log(first)[:, None]
    rising = np.maximum(_rising(logs, others), begin)
    total = abs(begin[:, 0] - logs[0]) + (abs(rising - logs) * others).sum(axis=1)
    return np.maximum(0, total / depths.sum() - 1e-12)  # rounding may have added that


def _rising(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The nearest sequence that does not fall, by the sum of weighted distances.

    Neighbours that fall are pooled to their median (pool adjacent violators).
    """
    pools: list = []  # (median, places)
    for place in range(len(values)):
        places = [place]
        while pools and pools[-1][0] > _median(values[places], weights[places]):
            places = pools.pop()[1] + places
        pools.append((_median(values[places], weights[places]), places))
    return np.concatenate([np.full(len(p), median) for median, p in pools])


def _median(values: np.ndarray, weights: np.ndarray) -> float:
    order = np.argsort(values, kind="stable")
    upto = np.cumsum(weights[order])
    return values[order][np.searchsorted(upto, upto[-1] / 2)]


def _best_of_w0(arch: Arch, w0: int, targets: np.ndarray) -> RegNetFit:
    wm = _ratios(targets, w0)
    rule = _rule(arch, w0, wm)  # (wm, steps)
    wa = _slopes(arch, w0, wm, rule)  # (wm, candidates)
    s = np.log1p(wa[..., None] * np.arange(arch.depth) / w0)
    s = np.rint(s / np.log(wm)[:, None, None]).astype(np.int64)
    s = np.minimum(s, rule.shape[1] - 1)
    widths = [stage.width for stage in arch.stages for _ in range(stage.depth)]
    logs = np.take_along_axis(np.log(rule), s.reshape(len(wm), -1), axis=1)
    errors = np.abs(logs.reshape(s.shape) - np.log(widths)).mean(axis=-1)
    row, column = np.unravel_index(np.argmin(errors), errors.shape)
    slope, error = float(wa[row, column]), float(errors[row, column])
    return RegNetFit(w0, slope, float(wm[row]), arch.depth, error)


def _targets(arch: Arch) -> np.ndarray:
    """Widths that the rule should come to before it is rounded.

    Around the last width several; of each the least and the greatest that become it:
    where few ratios serve all stages, the ends of their range are among these.
    """
    last = arch.stages[-1]
    slack = (QUANTUM + (last.group_width or 0) * last.bottleneck) / 2
    targets = [last.width + slack * np.linspace(-1, 1, 17)]
    for stage in arch.stages:
        reach = 1 + int((stage.group_width or 0) * stage.bottleneck) // QUANTUM
        near = stage.width // QUANTUM + np.arange(-reach, reach + 2)
        near = QUANTUM * near.clip(1, LARGEST // QUANTUM)
        met = near[_made_compatible(arch, near) == stage.width]
        if len(met):
            targets.append(met[[0, -1]] + 0.4999 * QUANTUM * np.array([-1, 1]))
    return np.concatenate(targets)


def _ratios(targets: np.ndarray, w0: int) -> np.ndarray:
    """Ratios to try: the grid, and what gives the targets in 1, 2, … 20 steps."""
    exact = np.maximum(targets / w0, 1) ** (1 / np.arange(1, 21)[:, None])
    return np.concatenate([_GRID, exact[(exact > 1.1) & (exact < 8)]])


def _rule(arch: Arch, w0: int, wm: np.ndarray) -> np.ndarray:
    """Widths of the rule by steps, to a few above the widest stage; no use behind."""
    widest = max(stage.width for stage in arch.stages)
    most = 4 + int(max(0, math.log(widest / w0)) / math.log(wm.min()))
    with np.errstate(over="ignore"):
        widths = np.minimum(step_widths(w0, wm[:, None], np.arange(most)), LARGEST - 7)
    rule = _made_compatible(arch, widths.astype(np.int64))
    return np.concatenate([rule, np.full((len(wm), 1), LARGEST)], axis=1)


def _slopes(arch: Arch, w0: int, wm: np.ndarray, rule: np.ndarray) -> np.ndarray:
    """Slopes to try for each ratio, round ones first.

    Block j has at least step s where wa·j ≥ w0·(wm^{s−½} − 1). A stage's width is met
    by one or several steps: its first block needs the lowest, its last the highest.
    """
    widths = np.array([stage.width for stage in arch.stages])
    ends = np.cumsum([stage.depth for stage in arch.stages])
    rule = rule[:, :-1]
    far = np.abs(np.log(rule[:, None, :] / widths[:, None]))  # (wm, stages, steps)
    low = far.argmin(axis=-1)[:, 1:]
    high = rule.shape[1] - 1 - far[..., ::-1].argmin(axis=-1)
    lows = w0 * (wm[:, None] ** (low - 0.5) - 1) / ends[:-1]
    highs = w0 * (wm[:, None] ** (high + 0.5) - 1) / np.maximum(ends - 1, 0.5)
    middle = (lows.max(axis=1, initial=0) + highs.min(axis=1))[:, None] / 2
    rounded = [np.round(middle, digits) for digits in (0, 1, 2)]
    bounds = [lows * 1.0001, highs * 0.9999]
    return np.concatenate([0 * middle, *rounded, middle, *bounds], axis=1).clip(0)


def _made_compatible(arch: Arch, widths: np.ndarray) -> np.ndarray:
    """Widths as groups make them, where the arch has groups."""
    stages = arch.stages
    if stages[0].group_width is None:
        return widths
    # the rule has one group width and one bottleneck: the widest groups are those that
    # a narrow stage has not cut
    group_width = max(stage.group_width for stage in stages)
    return adjust(widths, group_width, stages[0].bottleneck)[0]
