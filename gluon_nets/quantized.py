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
from gluon_nets.checks import LARGEST, check_count

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
    with np.errstate(over="ignore", invalid="ignore"):
        u = w0 + wa * np.arange(depth)
        widths = step_widths(w0, wm, np.rint(np.log(u / w0) / np.log(wm)))
    if not (widths <= LARGEST).all():
        raise ValueError(
            f"wa is {wa!r}: from w0 {w0} on, with wm {wm:g}, the last of {depth} "
            f"blocks would have more than {LARGEST} channels"
        )
    return widths.astype(np.int64)


def step_widths(w0, wm, steps):
    """w0·wm^steps, rounded to multiples of 8: what the rule's line is quantized to."""
    return np.rint(w0 * wm**steps / QUANTUM) * QUANTUM


def _check_rule(w0, wa, wm, depth) -> None:
    check_count("w0", w0, most=LARGEST)
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
    return Arch(stem_width, stages, stem=stem).adjusted(rounding)


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


def fit_regnet(arch_or_name) -> RegNetFit:
    """The inverse of `regnet_arch`: the rule's numbers that come nearest to an arch.

    A search, not a proof. Of w0 all multiples of 8 are candidates where no width is
    above 2048, else those near a stage's width and a grid; they are tried in the order
    of the error that a rule which begins so has at least, until none can be better, or
    200 were tried. Of wm there is a grid from 1.1 to 8 and what gives the widths in so
    many steps; for each pair the slopes wa that put a stage's boundary where the arch
    has one. Of equal errors the roundest numbers win.

    Parameters
    ----------
    arch_or_name : Arch or str
        Of any block; groups are taken into account where it has them: of the rule's one
        group width and one bottleneck the widest and the first.

    Returns
    -------
    RegNetFit

    Raises
    ------
    ValueError
        Where it is neither, or the name is unknown.

    Source: Radosavovic et al. 2020, section 3.3 (the fit error e_fit).
    """
    from gluon_nets.nearest import nearest_rule  # which uses what is defined here

    arch = arch_or_name
    if isinstance(arch, str):
        from gluon_nets.specs import find

        arch = find(arch).spec
    if not isinstance(arch, Arch):
        raise ValueError(f"{arch_or_name!r} has no stages: an Arch, or its name, has")
    return nearest_rule(arch)
