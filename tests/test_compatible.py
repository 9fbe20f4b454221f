"""Widths and group widths: what is adjusted can be built, what can be stays."""

from __future__ import annotations

import json
import math
import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gluon_nets.compatible import ROUNDINGS, adjust, inner_width, squeezed_width

REFERENCE = Path(__file__).parent / "reference" / "complexity.json"
TIES = json.loads(REFERENCE.read_text(encoding="utf-8"))["rounding_ties"]

WIDTHS = st.integers(1, 4096)
GROUP_WIDTHS = st.integers(1, 256)
WHOLE = st.integers(1, 8).map(Fraction)
WIDENING = st.integers(2, 48).map(lambda times: Fraction(1, times))
DECIMAL = st.sampled_from(["0.4", "0.7", "1.5", "2/3", "2.5", "6.25"]).map(Fraction)
BOTTLENECKS = st.one_of(WHOLE, WIDENING, DECIMAL)


def names(message, *numbers):
    """Whether each number stands in a message, not as a part of another one."""
    words = re.findall(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|nan|inf", str(message))
    return all(f"{number:g}" in words for number in numbers)


def refused(*arguments):
    """The message of the ValueError that `inner_width` must raise."""
    with pytest.raises(ValueError) as caught:
        inner_width(*arguments)
    message = str(caught.value)
    assert "\n" not in message
    return message


def lcm(a, b):
    """The least common multiple; `math.lcm` needs Python 3.9."""
    return a * b // math.gcd(a, b)


def inside(width, bottleneck):
    """The inner width that a block of this width would have, whole and not 0."""
    return max(1, math.floor(Fraction(width) / bottleneck))


# --- inner_width --------------------------------------------------------------------


@given(WIDTHS, GROUP_WIDTHS, BOTTLENECKS)
def test_inner_width_accepts_exactly_what_divides(width, group_width, bottleneck):
    inner = width / bottleneck
    groups = inner / group_width
    if inner.denominator == groups.denominator == 1:
        found = inner_width(width, group_width, float(bottleneck))
        assert found == (inner, groups)
        assert [type(number) for number in found] == [int, int]
        return
    message = refused(width, group_width, float(bottleneck))
    if inner.denominator != 1:
        assert names(message, width, float(bottleneck)), message
    else:
        assert names(message, group_width, inner.numerator), message


@given(WIDTHS, GROUP_WIDTHS)
def test_what_fits_instead_is_next_to_what_was_asked_for(width, group_width):
    if width % group_width:
        divisors = [n for n in range(1, width + 1) if width % n == 0]
        below = max(n for n in divisors if n < group_width)
        above = [n for n in divisors if n > group_width][:1]
        assert fitting(width, group_width) == [below, *above]


def fitting(width, group_width):
    """The group widths that `inner_width` names."""
    words = refused(width, group_width, 1).split(" is ")[-1].split(" or ")
    return [int(word) for word in words]


@pytest.mark.parametrize(
    "width, group_width, expected",
    [
        (10**9 + 7, 16, [1, 10**9 + 7]),  # a prime
        (2**31 - 1, 2**30, [1, 2**31 - 1]),  # another
        (46_337**2, 46_338, [46_337, 46_337**2]),
        (10**18, 3, [2, 4]),
    ],
)
def test_what_fits_is_found_at_once(width, group_width, expected):
    assert fitting(width, group_width) == expected


@pytest.mark.parametrize("bottleneck", [1e-320, 5e-324])
def test_an_inner_width_beyond_all_numbers_is_refused(bottleneck):
    assert "inf" in refused(32, 16, bottleneck)


@pytest.mark.parametrize("group_width", [0, -1, -16])
def test_a_group_has_at_least_one_channel(group_width):
    assert names(refused(32, group_width, 1), group_width)


@pytest.mark.parametrize("bottleneck", [0, 0.0, -1, float("nan"), float("inf")])
def test_a_bottleneck_is_a_positive_number(bottleneck):
    assert names(refused(32, 16, bottleneck), bottleneck)


# --- adjust -------------------------------------------------------------------------


def half_even(width, group_width, bottleneck):
    """The rule in whole numbers and fractions: Python's `round` goes to the even."""
    inner = inside(width, bottleneck)
    group_width = min(group_width, inner)
    unit = lcm(group_width, bottleneck.denominator)
    inner = max(unit, round(Fraction(inner, unit)) * unit)
    return inner * bottleneck, group_width


def half_up_guard(width, group_width, bottleneck):
    """The same with halves up, and not more than a tenth down."""
    inner = inside(width, bottleneck)
    group_width = min(group_width, inner)
    times = max(1, math.floor(Fraction(inner, group_width) + Fraction(1, 2)))
    if times * group_width < Fraction(9, 10) * inner:
        times += 1
    return max(1, math.floor(times * group_width * bottleneck)), group_width


@given(WIDTHS, GROUP_WIDTHS, BOTTLENECKS)
@example(10, 9, Fraction(1))  # a tenth down, and not more: the guard lets it pass
@pytest.mark.parametrize("rule", [half_even, half_up_guard])
def test_adjust_is_the_rule_in_whole_numbers(rule, width, group_width, bottleneck):
    found = adjust(width, group_width, float(bottleneck), rule.__name__)
    assert found == rule(width, group_width, bottleneck)
    assert [type(number) for number in found] == [int, int]


@given(WIDTHS, GROUP_WIDTHS, BOTTLENECKS)
def test_what_is_adjusted_can_be_built(width, group_width, bottleneck):
    inner, _ = inner_width(
        *adjust(width, group_width, float(bottleneck)), float(bottleneck)
    )
    assert inner % bottleneck.denominator == 0


@given(WIDTHS, GROUP_WIDTHS, WHOLE)
def test_both_roundings_can_be_built_where_b_is_whole(width, group_width, bottleneck):
    for rounding in ROUNDINGS:
        adjusted = adjust(width, group_width, float(bottleneck), rounding)
        inner_width(*adjusted, float(bottleneck))


def test_the_other_rounding_does_not_look_at_a_widening():
    """As torchvision's: no whole width has three groups of five channels inside."""
    width, group_width = adjust(8, 5, 0.5, "half_up_guard")
    assert (width, group_width) == (7, 5)
    assert names(refused(width, group_width, 0.5), 5, 14)


@given(st.integers(1, 64), GROUP_WIDTHS, BOTTLENECKS)
def test_what_can_be_built_stays_as_it_is(times, group_width, bottleneck):
    unit = lcm(group_width, bottleneck.denominator)
    width = int(times * unit * bottleneck)
    inner_width(width, group_width, float(bottleneck))
    for rounding in ROUNDINGS:
        found = adjust(width, group_width, float(bottleneck), rounding)
        assert found == (width, group_width), rounding


@given(WIDTHS, GROUP_WIDTHS, BOTTLENECKS)
def test_adjusting_twice_adjusts_no_more(width, group_width, bottleneck):
    once = adjust(width, group_width, float(bottleneck))
    assert adjust(*once, float(bottleneck)) == once


@given(WIDTHS, GROUP_WIDTHS, BOTTLENECKS)
def test_groups_are_cut_to_the_inner_width_and_no_further(
    width, group_width, bottleneck
):
    for rounding in ROUNDINGS:
        _, found = adjust(width, group_width, float(bottleneck), rounding)
        assert found == min(group_width, inside(width, bottleneck)), rounding


@given(WIDTHS, GROUP_WIDTHS, BOTTLENECKS)
def test_the_inner_width_moves_by_half_a_unit(width, group_width, bottleneck):
    """But where not even one unit fits in: there it becomes one."""
    before = inside(width, bottleneck)
    adjusted, group_width = adjust(width, group_width, float(bottleneck))
    after = adjusted / bottleneck
    unit = lcm(group_width, bottleneck.denominator)
    assert abs(after - before) <= Fraction(unit, 2) or after == unit > before


@given(WIDTHS, GROUP_WIDTHS, WHOLE)
def test_bounds_of_the_change(width, group_width, bottleneck):
    """The worst cases: 1½ groups go to 2, a little less to 1; 10/9 are guarded to 2."""
    before = inside(width, bottleneck)
    for rounding in ROUNDINGS:
        adjusted, _ = adjust(width, group_width, float(bottleneck), rounding)
        change = adjusted / bottleneck / before
        if rounding == "half_even":
            assert Fraction(2, 3) < change <= Fraction(4, 3), change
        else:
            assert Fraction(9, 10) <= change < Fraction(9, 5), change


@given(
    st.lists(st.tuples(WIDTHS, GROUP_WIDTHS, BOTTLENECKS), min_size=1, max_size=8),
    st.sampled_from(ROUNDINGS),
)
def test_arrays_are_adjusted_element_by_element(rows, rounding):
    width, group_width, bottleneck = map(list, zip(*rows))
    found = adjust(width, group_width, [float(b) for b in bottleneck], rounding)
    assert [array.dtype for array in found] == [np.int64, np.int64]
    expected = [adjust(w, g, float(b), rounding) for w, g, b in rows]
    assert list(zip(*(array.tolist() for array in found))) == expected


@given(st.lists(WIDTHS, min_size=1, max_size=8), GROUP_WIDTHS, BOTTLENECKS)
def test_one_group_width_serves_many_widths(widths, group_width, bottleneck):
    wide, groups = adjust(np.array([widths]), group_width, float(bottleneck))
    assert wide.shape == groups.shape == (1, len(widths))
    groups[...] = 0  # an array of its own: not a view of the argument
    expected = [adjust(w, group_width, float(bottleneck))[0] for w in widths]
    assert wide[0].tolist() == expected


@pytest.mark.parametrize("tie", TIES, ids=lambda tie: f"{tie['name']} {tie['width']}")
def test_the_exact_halves_of_the_paper(tie):
    width, group_width = tie["width"], tie["group_width"]
    assert width % group_width * 2 == group_width
    assert adjust(width, group_width, 1) == (tie["adjusted"], group_width)


@pytest.mark.parametrize(
    "arguments, named",
    [
        ((0, 16, 1), "width is 0"),
        ((-32, 16, 1), "width is -32"),
        ((32.7, 16, 1), "width is 32.7"),
        ((32.0, 16, 1), "width is 32.0"),
        ((True, 16, 1), "width is True"),
        (("32", 16, 1), "width is '32'"),
        ((2**31, 16, 1), "width is 2147483648"),
        ((10**30, 16, 1), f"width is {10**30}"),
        ((32, 0, 1), "group_width is 0"),
        ((32, -4, 1), "group_width is -4"),
        ((32, None, 1), "group_width is None"),
        ((32, 16, 0), "bottleneck is 0"),
        ((32, 16, -1.5), "bottleneck is -1.5"),
        ((32, 16, math.nan), "bottleneck is nan"),
        ((32, 16, math.inf), "bottleneck is inf"),
        ((32, 16, None), "bottleneck is None"),
        (([[64, 32], [16, -3]], 16, 1), "width is -3"),
        (([64, 32], [16, 0], 1), "group_width is 0"),
        (([64, 32], 16, [1, -2]), "bottleneck is -2"),
    ],
    ids=str,
)
@pytest.mark.parametrize("rounding", ROUNDINGS)
def test_adjust_names_a_number_that_is_none(rounding, arguments, named):
    with pytest.raises(ValueError, match=f"^{re.escape(named)}: "):
        adjust(*arguments, rounding)


@given(WIDTHS, GROUP_WIDTHS, st.floats(1e-4, 1e4))
@example(100, 16, 3.14159)
@example(100, 16, 1.2345)
@example(100, 16, 2.999999)
@example(100, 16, 1.0001)
@example(100, 16, 0.0009)
@example(100, 16, 1 / 1001)
@example(100, 16, float(np.float32(0.1)))
@example(100, 16, 0.1 + 0.2)  # rounding is no reason to refuse
def test_a_bottleneck_is_a_fraction_or_refused(width, group_width, bottleneck):
    """With any other one a few widths fit, by chance, and none near most."""
    try:
        adjusted = adjust(width, group_width, bottleneck)
    except ValueError as error:
        message = str(error)
        assert message.startswith(f"bottleneck is {bottleneck!r}: ")
        nearest = Fraction(message.split()[-1])
        assert nearest.denominator <= 1000
        assert 1e-9 < abs(nearest / Fraction(bottleneck) - 1)
        adjusted = adjust(width, group_width, bottleneck := float(nearest))
    inner_width(*adjusted, bottleneck)


def test_an_unknown_rounding_is_named():
    with pytest.raises(ValueError, match="rounding is 'up': .*half_even, half_up"):
        adjust(32, 16, 1, "up")


# --- squeezed_width -----------------------------------------------------------------


@given(WIDTHS, st.fractions(0, 1, max_denominator=64))
def test_squeezed_width_rounds_halves_to_even_and_is_not_0(channels, ratio):
    found = squeezed_width(channels, float(ratio))
    # a float is no exact fraction: what rounds is the product that it gives
    assert found == max(1, round(channels * float(ratio)))
    assert abs(found - channels * ratio) <= Fraction(1, 2) + Fraction(1, 10**9) or (
        found == 1
    )
    assert type(found) is int


@given(st.lists(WIDTHS, min_size=1), st.sampled_from([0.25, 0.5, 0.125]))
def test_squeezed_widths_of_many(channels, ratio):
    found = squeezed_width(np.array(channels), ratio)
    assert found.tolist() == [squeezed_width(width, ratio) for width in channels]
