"""The statistics keep what they promise: levels, bands, intervals."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from gluon_nets.study.statistics import (
    band_width,
    bootstrap,
    complexity_weights,
    edf,
    explained,
    good_range,
    ks_distance,
    permutation_p,
    rank_correlation,
    sentence,
    steps,
)

errors = st.lists(st.integers(0, 20).map(lambda k: k / 20), min_size=1, max_size=30)


@given(errors, errors)
def test_the_distribution_function_is_the_share_of_at_most(sample, at):
    expected = [np.mean([error <= e for error in sample]) for e in at]
    np.testing.assert_allclose(edf(sample, at), expected)
    corners, shares = steps(sample)
    assert shares[-1] == pytest.approx(1)
    assert (np.diff(corners) > 0).all() and (np.diff(shares) > 0).all()


@given(errors, st.data())
def test_a_weight_of_two_is_the_network_twice(sample, data):
    weights = data.draw(
        st.lists(st.integers(1, 3), min_size=len(sample), max_size=len(sample))
    )
    at = np.linspace(-0.1, 1.1, 25)
    found = edf(sample, at, weights)
    np.testing.assert_allclose(found, edf(np.repeat(sample, weights), at))


@pytest.mark.filterwarnings("ignore:divide by zero", "ignore:ks_2samp")  # of its p
@given(errors, errors)
def test_the_distance_is_scipys(first, second):
    expected = stats.ks_2samp(first, second, mode="exact").statistic
    assert ks_distance(first, second) == pytest.approx(expected)


def test_permutations_give_scipys_p():
    """Without equal errors, where its exact distribution holds."""
    rng = np.random.default_rng(0)
    for shift in (0.0, 0.5, 1.0):
        first, second = rng.normal(size=20), rng.normal(shift, size=25)
        expected = stats.ks_2samp(first, second, mode="exact").pvalue
        found = permutation_p(first, second, seed=0, resamples=4999)
        assert found == pytest.approx(expected, abs=4 * math.sqrt(0.25 / 5000))


def test_a_space_against_itself_is_found_to_differ_in_a_twentieth_of_cases():
    """With errors that repeat, as those of a few thousand images do."""
    rng, found = np.random.default_rng(1), 0
    for trial in range(400):
        population = rng.beta(2, 8, size=60).round(2)
        found += permutation_p(population[:30], population[30:], trial, 199) <= 0.05
    # 400 cases with 5 % each: 31 or more once in 1,000; ties make it rather fewer
    assert 5 <= found <= 31, f"{found} of 400"


def test_a_planted_difference_is_found():
    rng, found = np.random.default_rng(2), 0
    for trial in range(50):
        first, second = rng.normal(0.15, 0.02, 50), rng.normal(0.17, 0.02, 50)
        found += permutation_p(first, second, trial, 199) <= 0.05
    assert found >= 45, f"one standard deviation was found {found} times of 50"


@pytest.mark.parametrize("n, width", [(100, 0.136), (400, 0.068)])
def test_the_bands_width(n, width):
    assert band_width(n) == pytest.approx(width, abs=5e-4)


def test_the_band_holds_the_true_function():
    rng, missed = np.random.default_rng(3), 0
    for _ in range(1000):
        sample = np.sort(rng.random(40))
        above = np.abs(np.arange(1, 41) / 40 - sample).max()
        below = np.abs(np.arange(40) / 40 - sample).max()
        missed += max(above, below) > band_width(40)
    assert missed <= 75, f"missed {missed} times of 1000"


def test_the_means_interval_holds_it():
    rng, missed = np.random.default_rng(4), 0
    for trial in range(200):
        found = bootstrap(rng.beta(2, 8, size=50), np.mean, trial, 499)
        missed += not found.low <= 0.2 <= found.high
    assert missed <= 28, f"missed {missed} times of 200"


@given(errors, st.integers(0, 99))
def test_an_interval_is_within_the_sample(sample, seed):
    for statistic in (np.mean, np.min):
        found = bootstrap(sample, statistic, seed, 99)
        assert min(sample) - 1e-12 <= found.low <= found.high <= max(sample) + 1e-12
        assert found.value == statistic(np.asarray(sample), axis=0)
    assert bootstrap(sample, np.min, seed, 99).low == min(sample)


def test_the_good_range_is_where_errors_are_least():
    rng = np.random.default_rng(5)
    depth = rng.integers(1, 30, size=400)
    error = 0.1 + 0.001 * (depth - 20) ** 2 + rng.normal(0, 0.002, 400)
    found = good_range(depth, error, 0)
    assert 18 <= found.low <= found.value <= found.high <= 22
    blind = good_range(depth, rng.random(400), 0)
    assert blind.high - blind.low > 15, "depth tells nothing, and is said to"


def test_weights_make_costs_alike():
    rng = np.random.default_rng(6)
    costs = [rng.normal(3, 0.5, 4000).clip(1, 5), rng.normal(3.5, 0.5, 4000).clip(1, 5)]
    weights = complexity_weights(costs, bins=10)
    at = np.linspace(2, 4.5, 11)
    first, second = (edf(c, at, w) for c, w in zip(costs, weights))
    assert np.abs(first - second).max() < 0.05
    assert np.abs(edf(costs[0], at) - edf(costs[1], at)).max() > 0.3
    assert [w.sum() for w in weights] == pytest.approx([1, 1])


def test_costs_without_anything_in_common():
    with pytest.raises(ValueError, match="no range of costs in common"):
        complexity_weights([np.array([1.0, 2.0]), np.array([9.0, 10.0])])


def test_what_may_be_said():
    low, high = np.linspace(0.1, 0.2, 40), np.linspace(0.15, 0.25, 40)
    text = sentence(("A", "B"), (low, low), 0.8)
    assert text == "A and B cannot be told apart (p = 0.8, n = 40, 40)."
    text = sentence(("B", "A"), (high, low), 0.001)
    assert text.startswith(
        "A and B differ (p = 0.001, n = 40, 40): on the mean A has 5"
    )
    assert sentence(("B", "A"), (high, low), 0.001, 0.08).endswith(
        "spread, 8.00 points."
    )


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=3, max_size=30)
)
def test_rank_correlation_is_scipys(pairs):
    first, second = np.array(pairs).T
    found = rank_correlation(first, second, 0, resamples=99).value
    if len(set(first)) == 1 or len(set(second)) == 1:
        assert math.isnan(found)
    else:
        assert found == pytest.approx(stats.spearmanr(first, second).correlation)


def test_rank_correlations_interval_holds_it():
    rng, missed = np.random.default_rng(7), 0
    for trial in range(100):
        first = rng.normal(size=60)
        second = first + rng.normal(size=60)  # Spearman's is 6/π·asin(√½/2) = 0.690
        found = rank_correlation(first, second, trial, 199)
        missed += not found.low <= 0.690 <= found.high
    assert missed <= 16, f"missed {missed} times of 100"


@pytest.mark.parametrize("product", [0.0, 1.0])
def test_effects_and_interactions_are_told_apart(product):
    rng = np.random.default_rng(8)
    x = rng.normal(size=(300, 4))
    noise = rng.normal(size=300)
    y = x @ [1, 1, 0, 0] + product * 2 * x[:, 2] * x[:, 3] + 0.5 * noise
    alone, together = (explained(x, y, 0, both) for both in (False, True))
    if product:
        assert alone < 0.5 and together > 0.9
    else:
        assert alone > 0.8 and abs(together - alone) < 0.03
    assert explained(x, noise, 0, True) < 0.1, "noise is foretold"
