"""Ratios and their intervals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.estimate import geometric_mean, ratio, summary

times = st.lists(st.floats(1e-3, 10), min_size=3, max_size=30)


@given(times, st.floats(0.1, 10))
def test_a_constant_factor_in_each_round_is_found_exactly(ours, factor):
    found = ratio(ours, [factor * time for time in ours])
    assert found["low"] == pytest.approx(factor, abs=6e-4)
    assert found["speedup"] == pytest.approx(factor, abs=6e-4)
    assert found["high"] == pytest.approx(factor, abs=6e-4)


@given(times, st.data())
def test_the_ratio_lies_in_its_interval(ours, data):
    theirs = data.draw(
        st.lists(st.floats(1e-3, 10), min_size=len(ours), max_size=len(ours))
    )
    found = ratio(ours, theirs)
    assert found["low"] <= found["speedup"] + 1e-3
    assert found["speedup"] <= found["high"] + 1e-3


def test_the_interval_covers_the_true_ratio_about_as_often_as_it_says():
    rng, covered = np.random.default_rng(0), 0
    for _ in range(200):
        ours, theirs = rng.lognormal(0, 0.2, 30), rng.lognormal(np.log(2), 0.2, 30)
        found = ratio(ours, theirs, draws=400)
        covered += found["low"] <= 2 <= found["high"]
    assert 0.88 <= covered / 200 <= 1


@given(times)
def test_a_summary_is_in_order(values):
    found = summary(values)
    assert found["min"] <= found["median"] <= found["max"]


@given(st.floats(0.01, 100))
def test_the_geometric_mean_of_a_ratio_and_its_inverse_is_1(value):
    assert geometric_mean([value, 1 / value]) == pytest.approx(1)
    assert geometric_mean([value]) == pytest.approx(value)
