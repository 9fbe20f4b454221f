"""Widths and group widths that fit together."""

from __future__ import annotations

import bisect
import math
from fractions import Fraction

import numpy as np

from gluon_nets.checks import LARGEST, check_bottleneck, check_choice, check_count

# 'half_even' is the rule of the paper's code; 'half_up_guard' that of torchvision
ROUNDINGS = ("half_even", "half_up_guard")
_EPS = 1e-9  # how far a ratio of channels may be from a whole number, or a fraction
_DENOMINATOR = 1000  # the largest q of a bottleneck p/q that widths are rounded for


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
        The paper's b: inner width = w / b. A fraction p/q with q of 1000 at most.
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
        Names the number that does not fit, and what does.

    Source: Radosavovic et al. 2020, section 3.2 and the code of the paper.
    """
    check_choice("rounding", rounding, ROUNDINGS)
    scalar = all(np.ndim(value) == 0 for value in (width, group_width, bottleneck))
    w, g = _counts("width", width), _counts("group_width", group_width)
    p, q = _ratios(bottleneck)
    v = np.maximum(1, w * q // p)
    g = np.minimum(g, v)
    v = (_half_even if rounding == "half_even" else _half_up_guard)(v, g, q)
    w = np.maximum(1, v * p // q)
    return (int(w), int(g)) if scalar else (w, np.broadcast_to(g, w.shape).copy())


def _counts(name: str, values) -> np.ndarray:
    """Whole numbers, 1 or more, as an int64 array: none so large that products wrap."""
    array = np.asarray(values)
    if array.dtype.kind not in "iu" or ((array < 1) | (array > LARGEST)).any():
        for value in array.ravel().tolist():
            check_count(name, value, most=LARGEST)
    return array.astype(np.int64)


def _ratios(bottleneck) -> tuple[np.ndarray, np.ndarray]:
    """p and q of each b = p/q in lowest terms: v·b is whole where q divides v."""
    b = np.asarray(bottleneck)
    values, where = np.unique(b, return_inverse=True)
    found = [as_ratio(value) for value in values.tolist()]
    p = np.asarray([ratio.numerator for ratio in found], np.int64)
    q = np.asarray([ratio.denominator for ratio in found], np.int64)
    return p[where].reshape(b.shape), q[where].reshape(b.shape)


def as_ratio(bottleneck: float) -> Fraction:
    """The fraction that a bottleneck is.

    Raises
    ------
    ValueError
        Where it is none with a denominator of 1000 at most; with the nearest one that
        is: of other numbers only a few widths have a whole inner width, by chance.
    """
    check_bottleneck(bottleneck)
    nearest = Fraction(bottleneck).limit_denominator(_DENOMINATOR)
    nearest = min(max(nearest, Fraction(1, _DENOMINATOR)), Fraction(LARGEST))
    if abs(nearest - bottleneck) > _EPS * bottleneck:
        raise ValueError(
            f"bottleneck is {bottleneck!r}: widths are rounded for fractions with a "
            f"denominator of {_DENOMINATOR} at most, and the nearest is {nearest}"
        )
    return nearest


def _half_even(v, g, q):
    unit = np.lcm(g, q)
    return np.maximum(unit, np.rint(v / unit).astype(np.int64) * unit)


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
    quotient = width / bottleneck
    inner = round(quotient) if math.isfinite(quotient) else 0
    if inner < 1 or not math.isclose(inner * bottleneck, width, rel_tol=_EPS):
        raise ValueError(
            f"width {width} with bottleneck {bottleneck:g} gives an inner width of "
            f"{quotient:g}: it must be a whole number of channels"
        )
    if inner % group_width:
        raise ValueError(
            f"group_width {group_width} does not divide the inner width {inner}: "
            f"what fits is {_nearest_divisors(inner, group_width)}"
        )
    return inner, inner // group_width


def _nearest_divisors(number: int, wanted: int) -> str:
    """Divisors next below and next above what was wanted, as words."""
    # up to the root: a billion channels may be prime. Up to 10¹⁰ these are all of them
    small = range(1, min(math.isqrt(number), 100_000) + 1)
    pairs = [(n, number // n) for n in small if number % n == 0]
    divisors = sorted({n for pair in pairs for n in pair})
    place = bisect.bisect(divisors, wanted)
    return " or ".join(map(str, divisors[max(0, place - 1) : place + 1]))


def squeezed_width(channels, se_ratio):
    """Channels that squeeze-and-excitation squeezes to, at least 1; halves to even."""
    width = np.maximum(1, np.rint(channels * se_ratio)).astype(np.int64)
    return int(width) if np.ndim(width) == 0 else width
