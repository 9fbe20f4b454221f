"""What can be said of times that were measured in turns."""

from __future__ import annotations

import statistics

import numpy as np


def summary(times) -> dict[str, float]:
    """Median, min and max, in seconds."""
    return {
        "median": round(statistics.median(times), 5),
        "min": round(min(times), 5),
        "max": round(max(times), 5),
    }


def ratio(times, others, draws: int = 2000, seed: int = 0) -> dict[str, float]:
    """How many times as fast as the others: ratio of medians, with its interval.

    Parameters
    ----------
    times, others : sequence of float
        Seconds of the same rounds.

    Returns
    -------
    dict
        'speedup', and 'low' and 'high', between which 95 % of the ratios lie that
        rounds drawn anew (with replacement, both sides together) give.
    """
    pairs = np.stack([others, times])
    rng = np.random.default_rng(seed)
    chosen = rng.integers(0, pairs.shape[1], (draws, pairs.shape[1]))
    medians = np.median(pairs[:, chosen], axis=-1)
    low, high = np.percentile(medians[0] / medians[1], [2.5, 97.5])
    middle = np.median(pairs[0]) / np.median(pairs[1])
    return {
        "speedup": round(float(middle), 3),
        "low": round(float(low), 3),
        "high": round(float(high), 3),
    }


def geometric_mean(values) -> float:
    """The number that stands for ratios: 2 and ½ give 1."""
    return float(np.exp(np.mean(np.log(np.asarray(values, dtype=float)))))
