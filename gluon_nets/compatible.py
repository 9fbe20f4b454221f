"""Widths and group widths that fit together."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from gluon_nets.checks import check_bottleneck, check_choice, check_count

# 'half_even' is the rule of the paper's code; 'half_up_guard' that of torchvision
ROUNDINGS = ("half_even", "half_up_guard")
_EPS = 1e-9  # 0.7 · 30 is 21 but for rounding


def adjust(width, group_width, bottleneck, rounding: str = "half_even"):
    """The nearest width, and the group width, with which a block can be built.

    The inner width v = ⌊w/b⌋ is rounded to a multiple of g = min(g, v), and the width
    becomes v·b. For that to be whole, v must be a multiple of q as well where b = p/q:
    of 4 where the block widens by b = ¼.

    Parameters
    ----------
    width, group_width : int or integer array
        w and g.
    bottleneck : float or array
        The paper's b: inner width = w / b.
    rounding : {'half_even', 'half_up_guard'}
        How v/g is rounded. 'half_even': halves to the even number, as the paper's code
        does. 'half_up_guard': halves up, and one multiple more where the result is
        below 0.9·v, as torchvision does; it does not look at q, so that with another b
        than a whole one the result may not fit. Of the paper's networks they differ for
        RegNetX-400MF, RegNetX-4.0GF, RegNetY-800MF, RegNetY-4.0GF and RegNetY-8.0GF.

    Returns
    -------
    width, group_width
        Of the arguments' kind: two ints, or two integer arrays.

    Raises
    ------
    ValueError
        Where `rounding` is neither of the two.

    Source: Radosavovic et al. 2020, section 3.2 and the code of the paper.
    """
    check_choice("rounding", rounding, ROUNDINGS)
    scalar = all(np.ndim(value) == 0 for value in (width, group_width, bottleneck))
    w, g = np.asarray(width, np.int64), np.asarray(group_width, np.int64)
    b = np.asarray(bottleneck, np.float64)
    v = np.maximum(1, np.floor(w / b + _EPS).astype(np.int64))
    g = np.minimum(g, v)
    v = (_half_even if rounding == "half_even" else _half_up_guard)(v, g, b)
    w = np.maximum(1, np.floor(v * b + _EPS)).astype(np.int64)
    return (int(w), int(g)) if scalar else (w, np.broadcast_to(g, w.shape).copy())


def _half_even(v, g, b):
    unit = np.lcm(g, _denominator(b))
    return np.maximum(unit, np.rint(v / unit).astype(np.int64) * unit)


def _denominator(b):
    """q of b = p/q in lowest terms: v·b is whole where v is a multiple of it."""
    values, where = np.unique(b, return_inverse=True)
    found = [Fraction(value).limit_denominator(1000).denominator for value in values]
    return np.asarray(found, np.int64)[where].reshape(b.shape)


def _half_up_guard(v, g, _):
    up = np.maximum(g, (2 * v + g) // (2 * g) * g)
    return up + np.where(10 * up < 9 * v, g, 0)


def inner_width(width: int, group_width: int, bottleneck: float) -> tuple[int, int]:
    """Inner width and number of groups of an X block.

    Parameters
    ----------
    width : int
        Output channels of the block.
    group_width : int
        Channels per group of the 3×3 convolution.
    bottleneck : float
        The paper's b: inner width = width / b.

    Returns
    -------
    (int, int)
        The inner width, and the number of groups = inner width / group width.

    Raises
    ------
    ValueError
        Where one does not divide the other.
    """
    check_count("width", width)
    check_count("group_width", group_width)
    check_bottleneck(bottleneck)
    inner = round(width / bottleneck)
    if inner < 1 or not math.isclose(inner * bottleneck, width, rel_tol=_EPS):
        raise ValueError(
            f"width {width} with bottleneck {bottleneck:g} gives an inner width of "
            f"{width / bottleneck:g}: it must be a whole number of channels"
        )
    if inner % group_width:
        fits = [g for g in range(1, inner + 1) if inner % g == 0]
        raise ValueError(
            f"group_width {group_width} does not divide the inner width {inner}: "
            f"what fits is {', '.join(map(str, fits))}"
        )
    return inner, inner // group_width


def squeezed_width(channels, se_ratio):
    """Channels that squeeze-and-excitation squeezes to, at least 1; halves to even."""
    width = np.maximum(1, np.rint(channels * se_ratio)).astype(np.int64)
    return int(width) if np.ndim(width) == 0 else width
