"""Counting layer by layer: the formulas against loops over every tap and window."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gluon_nets.tally import Map, Tally

SIDES = st.integers(1, 12)
CHANNELS = st.integers(1, 6)
KERNELS = st.integers(1, 7)
STRIDES = st.integers(1, 4)
PADDINGS = st.integers(0, 3)


def counts(tally):
    return tally.params, tally.flops, tally.acts


def starts(side, kernel, stride, padding, ceil=False):
    """Where windows start that lie inside the padded side, one by one.

    With `ceil` also one that juts out.
    """
    last = side + padding - kernel + (stride - 1 if ceil else 0)
    return list(range(-padding, last + 1, stride))


def fits(height, width, kernel, stride, padding):
    side = min(height, width)
    return side >= stride and side + 2 * padding >= kernel


@given(CHANNELS, CHANNELS, CHANNELS, SIDES, SIDES, KERNELS, STRIDES, PADDINGS)
@pytest.mark.parametrize("bias", [False, True])
def test_a_convolution(
    bias, groups, inputs, outputs, height, width, kernel, stride, padding
):
    assume(fits(height, width, kernel, stride, padding))
    tally = Tally()
    y = tally.conv(
        Map(groups * inputs, height, width),
        groups * outputs,
        kernel,
        stride=stride,
        groups=groups,
        padding=padding,
        bias=bias,
    )
    rows, columns = (starts(side, kernel, stride, padding) for side in (height, width))
    params = flops = acts = 0
    for _ in range(groups * outputs):
        taps = sum(1 for _ in itertools.product(range(inputs), *[range(kernel)] * 2))
        params += taps + bias
        for _ in itertools.product(rows, columns):
            flops += taps + bias
            acts += 1
    assert y == Map(groups * outputs, len(rows), len(columns))
    assert counts(tally) == (params, flops, acts)


@given(CHANNELS, SIDES, SIDES, st.sampled_from([1, 3, 5, 7]))
def test_a_convolution_keeps_the_size_unless_told(channels, height, width, kernel):
    assert Tally().conv(Map(1, height, width), channels, kernel) == Map(
        channels, height, width
    )


@given(CHANNELS, SIDES, SIDES, KERNELS, STRIDES, PADDINGS, st.booleans())
def test_max_pooling_counts_where_it_is_padded(
    channels, height, width, kernel, stride, padding, ceil
):
    assume(fits(height, width, kernel, stride, padding))
    tally = Tally()
    x = Map(channels, height, width)
    y = tally.max_pool(x, kernel, stride=stride, padding=padding, ceil=ceil)
    height, width = (
        len(starts(side, kernel, stride, padding, ceil)) for side in (height, width)
    )
    assert y == Map(channels, height, width)
    assert counts(tally) == (0, 0, y.size if padding else 0)


@given(CHANNELS, CHANNELS, st.booleans())
def test_a_dense_layer(inputs, units, bias):
    tally = Tally()
    assert tally.dense(inputs, units, bias=bias) == units
    weights = sum(inputs + bias for _ in range(units))
    assert counts(tally) == (weights, weights, units)


@given(CHANNELS, SIDES, SIDES)
def test_a_norm_has_two_numbers_for_a_channel_and_costs_nothing(
    channels, height, width
):
    tally, x = Tally(), Map(channels, height, width)
    assert tally.norm(x) == x
    assert counts(tally) == (2 * channels, 0, 0)


@given(CHANNELS, CHANNELS, SIDES)
def test_conv_bn_is_a_convolution_without_a_bias_and_a_norm(inputs, outputs, side):
    joined, apart = Tally(), Tally()
    y = joined.conv_bn(Map(inputs, side, side), outputs, 3)
    assert y == apart.norm(apart.conv(Map(inputs, side, side), outputs, 3))
    assert counts(joined) == counts(apart)


@given(st.integers(0, 5), CHANNELS)
def test_adding_is_counting_so_many_times(times, units):
    one, many, added = Tally(), Tally(), Tally()
    one.dense(3, units)
    for tally in (many, added):
        tally.norm(Map(units, 1, 1))
    for _ in range(times):
        many.dense(3, units)
    added.add(one, times)
    assert counts(added) == counts(many)


@given(st.lists(st.tuples(CHANNELS, CHANNELS), min_size=1, max_size=5), SIDES)
def test_arrays_are_counted_like_numbers(rows, side):
    inputs, outputs = (np.array(column) for column in zip(*rows))
    many = Tally()
    y = many.conv_bn(Map(inputs, side, side), outputs, 3)
    many.dense(y.channels, 7)
    for row, (into, out) in enumerate(rows):
        one = Tally()
        one.conv_bn(Map(into, side, side), out, 3)
        one.dense(out, 7)
        assert tuple(count[row] for count in counts(many)) == counts(one)


@given(SIDES, SIDES, KERNELS, STRIDES, PADDINGS)
@pytest.mark.parametrize("layer", ["conv", "max_pool"])
def test_a_map_too_small_is_named(layer, height, width, kernel, stride, padding):
    assume(not fits(height, width, kernel, stride, padding))
    tally, x = Tally(), Map(1, height, width)
    options = {"stride": stride, "padding": padding}
    with pytest.raises(ValueError) as caught:
        if layer == "conv":
            tally.conv(x, 1, kernel, **options)
        else:
            tally.max_pool(x, kernel, **options)
    numbers = re.findall(r"\d+", str(caught.value))
    assert numbers == [str(number) for number in (kernel, stride, height, width)]
    assert "larger image" in str(caught.value)
    assert counts(tally) == (0, 0, 0)
