"""Laws have the probabilities that they state, and draw by them."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gluon_nets.study.laws import (
    Law,
    choice,
    log_uniform,
    power_of_two,
    read_law,
    uniform,
)
from tests.study.grid import assert_drawn, tally, weights

DRAWS = 40_000
ranges = st.tuples(st.integers(1, 60), st.integers(0, 60)).map(lambda p: (p[0], sum(p)))


@given(ranges, st.sampled_from([1, 2, 8, 0.5, 0.1, 0.001]))
def test_a_law_has_the_multiples_of_its_range(bounds, step):
    low, high = (round(bound * step, 9) for bound in bounds)
    for law in (uniform(low, high, step), log_uniform(low, high, step)):
        assert len(law) == bounds[1] - bounds[0] + 1
        assert law.values[0] == low and law.values[-1] == high
        np.testing.assert_allclose(np.diff(law.values), step, rtol=1e-6)
        assert sum(law.weights) == pytest.approx(1)


@pytest.mark.parametrize(
    "law, expected",
    [
        # the probabilities of the paper's sampler, see `random.py` of its code
        (
            log_uniform(1, 16),
            {1: 0.2, 2: 0.2, 3: 0.117, 4: 0.083, 8: 0.0385, 16: 0.0186},
        ),
        (
            log_uniform(8, 1024, 8),
            {8: 0.125, 16: 0.125, 24: 0.0731, 32: 0.0519, 64: 0.0241, 1024: 0.0014},
        ),
        (power_of_two(1, 32), dict.fromkeys([1, 2, 4, 8, 16, 32], 1 / 6)),
        (choice([4, 1, 2]), dict.fromkeys([1, 2, 4], 1 / 3)),
    ],
    ids=["depth", "width", "group width", "bottleneck"],
)
def test_probabilities_are_those_of_the_papers_code(law, expected):
    found = weights(law)
    for value, probability in expected.items():
        assert found[value] == pytest.approx(probability, rel=0.01, abs=5e-5)


@given(st.integers(1, 40), st.integers(0, 40), st.integers(1, 8))
def test_log_uniform_is_a_logarithms_interval_rounded_up(first, more, step):
    """As the definition has it, value by value."""
    low, high = first * step, (first + more) * step
    begin = math.log(low - min(step, low / 2))
    whole = math.log(high) - begin
    for value, weight in weights(log_uniform(low, high, step)).items():
        before = begin if value == low else math.log(value - step)
        assert weight == pytest.approx((math.log(value) - before) / whole)


laws = st.lists(st.integers(1, 9), min_size=1, max_size=4).map(
    lambda parts: Law(
        tuple(range(2, 2 + len(parts))), tuple(np.divide(parts, sum(parts)))
    )
)


@given(laws, st.integers(1, 3), st.integers(0, 2**32))
def test_draws_have_the_laws_probabilities(law, columns, seed):
    rows = law.free(np.random.default_rng(seed), (DRAWS // 10, columns))
    single = weights(law)
    expected = {
        row: math.prod(map(single.get, row))
        for row in itertools.product(law.values, repeat=columns)
    }
    assert_drawn(tally(rows), expected)


@given(laws, st.integers(1, 4), st.integers(0, 2**32))
def test_rising_rows_are_drawn_as_if_falling_ones_were_thrown_away(law, columns, seed):
    rows = law.rising(np.random.default_rng(seed), DRAWS // 10, columns)
    single = weights(law)
    kept = {
        row: math.prod(map(single.get, row))
        for row in itertools.combinations_with_replacement(law.values, columns)
    }
    expected = {row: p / sum(kept.values()) for row, p in kept.items()}
    assert_drawn(tally(rows), expected)


def test_sorting_would_be_another_law():
    """The test above tells them apart: ties are rarer in sorted rows."""
    law = choice([1, 2])
    rows = np.sort(law.free(np.random.default_rng(0), (DRAWS, 2)), axis=1)
    with pytest.raises(AssertionError, match="so far off"):
        assert_drawn(tally(rows), dict.fromkeys([(1, 1), (1, 2), (2, 2)], 1 / 3))


def test_a_value_without_probability_is_never_drawn():
    law = Law((1, 2, 3, 4), (0.0, 0.5, 0.0, 0.5))
    rng = np.random.default_rng(0)
    assert set(law.free(rng, DRAWS).tolist()) == {2, 4}
    assert set(law.rising(rng, DRAWS, 2).ravel().tolist()) == {2, 4}


@pytest.mark.parametrize(
    "data, message",
    [
        ({"law": "log_normal"}, "width: law is 'log_normal': what fits is choice, "),
        ({"law": "uniform", "low": 8}, "width: .*'high'"),
        (
            {"law": "uniform", "low": 9, "high": 8},
            "width: high is 8: it must be low, 9",
        ),
        ({"law": "uniform", "low": 0, "high": 8}, "width: low is 0: .* above 0"),
        ({"law": "uniform", "low": 4, "high": 16, "step": 8}, "low is 4: .* of 8"),
        ({"law": "uniform", "low": 1e-3, "high": 1e5, "step": 1e-3}, "are the most"),
        ({"law": "power_of_two", "low": 5, "high": 7}, "no power of two from 5 to 7"),
        ([], r"width: values is \[\]"),
        ([1, 1], "may be there only once"),
        ([1, "8"], "values is '8': it must be a number above 0"),
        (-3, "values is -3: it must be a number above 0"),
        (float("nan"), "values is nan"),
        (True, "values is True"),
        ("8", "width: "),
    ],
)
def test_a_law_that_does_not_fit_is_named(data, message):
    with pytest.raises(ValueError, match=message):
        read_law("width", data)


@pytest.mark.parametrize(
    "data, law",
    [
        (8, choice([8])),
        ([8, 16], choice([8, 16])),
        ({"values": [8, 16]}, choice([8, 16])),
        ({"law": "uniform", "low": 8, "high": 32, "step": 8}, uniform(8, 32, 8)),
        ({"law": "power_of_two", "low": 3, "high": 9}, choice([4, 8])),
    ],
)
def test_a_law_is_read(data, law):
    assert read_law("width", data) == law
