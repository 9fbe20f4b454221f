"""What a sample of errors allows to say of a space, and what it does not.

Source: Radosavovic et al. 2019 and 2020 (distributions instead of best networks, and
the bootstrap of good values); Massart 1990 (the band's constant).
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from gluon_nets.checks import check_count

RESAMPLES = 9_999
LEVEL = 0.95


def edf(errors, at, weights=None) -> np.ndarray:
    """Share of the networks with an error of at most each of `at`.

    ≤, as in the paper: the French chapter has <, which differs where errors are equal.

    Parameters
    ----------
    errors : array, (n,)
    at : array, (m,)
    weights : array, (n,), optional
        How much each network counts.

    Returns
    -------
    array, (m,)
    """
    errors = np.asarray(errors, float)
    weights = np.ones(len(errors)) if weights is None else np.asarray(weights, float)
    order = np.argsort(errors)
    total = np.concatenate([[0.0], np.cumsum(weights[order])])
    places = np.searchsorted(errors[order], np.asarray(at, float), side="right")
    return total[places] / total[-1]


def steps(errors, weights=None) -> tuple[np.ndarray, np.ndarray]:
    """The corners of the distribution function: errors, and the share up to each."""
    at = np.unique(errors)
    return at, edf(errors, at, weights)


def band_width(n: int, level: float = LEVEL) -> float:
    """How far the true distribution function is from that of n networks, at most.

    With this probability, wherever one looks: the Dvoretzky-Kiefer-Wolfowitz band.
    """
    check_count("n", n)
    return math.sqrt(math.log(2 / (1 - level)) / (2 * n))


def ks_distance(first, second) -> float:
    """The largest difference between two distribution functions."""
    at = np.concatenate([first, second])
    return float(np.abs(edf(first, at) - edf(second, at)).max())


def permutation_p(first, second, seed: int, resamples: int = RESAMPLES) -> float:
    """How often networks dealt at random differ as much as the two samples do.

    Of the Kolmogorov-Smirnov distance; with equal errors too, where its tables fail.
    """
    both = np.concatenate([first, second])
    order = np.argsort(both, kind="stable")
    # of equal errors only the last one's difference counts
    ends = np.append(np.diff(both[order]) > 0, True)
    n, m = len(first), len(second)
    is_first = (order < n)[None]
    observed = _ks(is_first, ends, n, m)[0]
    rng, above = np.random.default_rng(seed), 0
    for begin in range(0, resamples, 1000):
        count = min(1000, resamples - begin)
        dealt = rng.permuted(np.repeat(is_first, count, axis=0), axis=1)
        above += int((_ks(dealt, ends, n, m) >= observed - 1e-12).sum())
    return (above + 1) / (resamples + 1)


def _ks(is_first: np.ndarray, ends: np.ndarray, n: int, m: int) -> np.ndarray:
    """Distances of samples dealt as rows tell."""
    differences = np.cumsum(np.where(is_first, 1 / n, -1 / m), axis=1)
    return np.abs(differences[:, ends]).max(axis=1)


@dataclasses.dataclass(frozen=True)
class Interval:
    """An estimate and the range that it is likely in."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.2%} ({self.low:.2%} to {self.high:.2%})"


def bootstrap(errors, statistic, seed: int, resamples: int = RESAMPLES) -> Interval:
    """A statistic of a sample, and its percentile interval.

    Parameters
    ----------
    errors : array, (n,)
    statistic : function
        Of an array and an axis, as ``np.mean`` and ``np.min``. The least error of a
        sample is never below the least one that was seen: its interval tells how much
        it hangs on single networks, not how good the space's best may be.
    """
    errors = np.asarray(errors, float)
    rng = np.random.default_rng(seed)
    rows = rng.integers(len(errors), size=(resamples, len(errors)))
    found = statistic(errors[rows], axis=1)
    low, high = np.quantile(found, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(statistic(errors, axis=0)), float(low), float(high))


def good_range(values, errors, seed: int, resamples: int = RESAMPLES) -> Interval:
    """The value that the best networks have, and the range of it that is likely good.

    A quarter of the networks is drawn, with replacement, and the best one's value
    taken; so again and again: the median of these values, and the range of 95 %.

    Source: Radosavovic et al. 2020, section 3.1 (the empirical bootstrap).
    """
    values, errors = np.asarray(values, float), np.asarray(errors, float)
    rng = np.random.default_rng(seed)
    rows = rng.integers(len(errors), size=(resamples, max(1, len(errors) // 4)))
    best = rows[np.arange(resamples), errors[rows].argmin(axis=1)]
    low, middle, high = np.quantile(
        values[best], [(1 - LEVEL) / 2, 0.5, (1 + LEVEL) / 2]
    )
    return Interval(float(middle), float(low), float(high))


def rank_correlation(first, second, seed: int, resamples: int = 1999) -> Interval:
    """Spearman's correlation of two errors of the same networks, and its interval.

    Parameters
    ----------
    first, second : arrays, (n,)
        Where all of one are equal there is none: NaN.
    """
    first, second = np.asarray(first, float), np.asarray(second, float)
    value = _spearman(first, second)
    if math.isnan(value):
        return Interval(value, value, value)
    rng = np.random.default_rng(seed)
    rows = rng.integers(len(first), size=(resamples, len(first)))
    found = [_spearman(first[row], second[row]) for row in rows]
    low, high = np.nanquantile(found, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(value, float(low), float(high))


def _spearman(first: np.ndarray, second: np.ndarray) -> float:
    ranks = np.stack([_ranks(first), _ranks(second)])
    if (ranks.std(axis=1) == 0).any():
        return math.nan
    return float(np.corrcoef(ranks)[0, 1])


def _ranks(values: np.ndarray) -> np.ndarray:
    """Equal values share the mean of their ranks."""
    _, where, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[where]


def explained(
    values: np.ndarray, errors, seed: int, interactions: bool, penalty: float = 1.0
) -> float:
    """Share of the errors' variance that the numbers of a network foretell.

    By a linear model with a ridge penalty, of networks that it has not seen (ten parts,
    each foretold from the others): 0 or below, nothing.

    Parameters
    ----------
    values : array, (n, k)
        Numbers of the networks.
    errors : array, (n,)
    seed : int
        Of the parts.
    interactions : bool
        Whether products of two numbers are in the model too.
    """
    x, y = np.asarray(values, float), np.asarray(errors, float)
    x = (x - x.mean(axis=0)) / np.where(x.std(axis=0) > 0, x.std(axis=0), 1)
    if interactions:
        rows, columns = np.triu_indices(x.shape[1])
        products = x[:, rows] * x[:, columns]
        x = np.hstack([x, products - products.mean(axis=0)])
    parts = np.random.default_rng(seed).permutation(len(y)) % min(10, len(y))
    rest = np.empty(len(y))
    for part in np.unique(parts):
        seen = parts != part
        mean = y[seen].mean()
        gram = x[seen].T @ x[seen] + penalty * np.eye(x.shape[1])
        weights = np.linalg.solve(gram, x[seen].T @ (y[seen] - mean))
        rest[~seen] = y[~seen] - mean - x[~seen] @ weights
    return float(1 - (rest**2).sum() / ((y - y.mean()) ** 2).sum())


def complexity_weights(costs: list[np.ndarray], bins: int = 5) -> list[np.ndarray]:
    """Weights by which samples have the same distribution of a cost.

    So that a space is not better only because its networks are larger. Each bin of the
    cost that all samples have counts the same; networks elsewhere do not count.

    Parameters
    ----------
    costs : list of arrays
        Of each sample, its networks' flops, for example.
    bins : int
        Of equal width.

    Source: Radosavovic et al. 2019, section 4.4.
    """
    low, high = min(map(np.min, costs)), max(map(np.max, costs))
    edges = np.linspace(low, high, bins + 1)
    places = [
        np.clip(np.searchsorted(edges, c, "right") - 1, 0, bins - 1) for c in costs
    ]
    counts = np.stack([np.bincount(place, minlength=bins) for place in places])
    shared = (counts > 0).all(axis=0)
    if not shared.any():
        raise ValueError(
            "the samples have no range of costs in common: they cannot be normalized"
        )
    return [
        np.where(shared, 1 / (np.maximum(count, 1) * shared.sum()), 0.0)[place]
        for count, place in zip(counts, places)
    ]


def sentence(names, errors, p: float, floor: float | None = None) -> str:
    """What the data allow to say of two samples.

    Parameters
    ----------
    names : (str, str)
    errors : (array, array)
    p : float
        Of `permutation_p`.
    floor : float, optional
        Standard deviation of one network's error by chance.
    """
    n = ", ".join(f"{len(sample)}" for sample in errors)
    facts = f"p = {p:.2g}, n = {n}"
    if p > 1 - LEVEL:
        return f"{names[0]} and {names[1]} cannot be told apart ({facts})."
    means = [float(np.mean(sample)) for sample in errors]
    better, worse = (0, 1) if means[0] < means[1] else (1, 0)
    gap = means[worse] - means[better]
    text = (
        f"{names[better]} and {names[worse]} differ ({facts}): on the mean "
        f"{names[better]} has {gap * 100:.2f} points less error"
    )
    if floor is not None and gap < floor:
        text += f", less than one network's own spread, {floor * 100:.2f} points"
    return text + "."
