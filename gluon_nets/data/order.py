"""Which images make which batch: pure functions of numbers."""

from __future__ import annotations

import numpy as np

# What a stream of random numbers is for. Never 0: SeedSequence pads with zeros, so
# that [seed, epoch] and [seed, epoch, 0] are the same stream.
_ORDER, _AUGMENT, _VALIDATION = 1, 2, 3

LAST = ("drop", "pad")


def train_steps(n: int, batch_size: int, last: str) -> int:
    """Return the number of training batches in an epoch of `n` images."""
    return n // batch_size if last == "drop" else -(-n // batch_size)


def eval_steps(n: int, batch_size: int) -> int:
    """Return the number of batches that count each of `n` images once."""
    return -(-n // batch_size)


def train_order(
    n: int, batch_size: int, *, seed: int, epoch: int, last: str
) -> np.ndarray:
    """Return the images of each batch of an epoch, (steps, batch_size).

    The order depends on `seed` and `epoch` alone. ``last='pad'`` fills the last batch
    with the images that the epoch began with.
    """
    order = np.random.default_rng([seed, epoch, _ORDER]).permutation(n)
    steps = train_steps(n, batch_size, last)
    return np.resize(order, (steps, batch_size))  # repeats or cuts, as `last` wants


def eval_order(n: int, batch_size: int) -> np.ndarray:
    """Return 0 … n − 1 in batches, the last filled up with `n`, which is no image."""
    steps = eval_steps(n, batch_size)
    order = np.full(steps * batch_size, n)
    order[:n] = np.arange(n)
    return order.reshape(steps, batch_size)


def batch_rng(seed: int, epoch: int, step: int) -> np.random.Generator:
    """Return the generator that a batch is augmented with.

    Its own for each batch, so that a run can go on in the middle of an epoch.
    """
    return np.random.default_rng([seed, epoch, _AUGMENT, step])


def validation_choice(n: int, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Divide 0 … n − 1 by chance into `n - count` and `count` numbers, each sorted."""
    order = np.random.default_rng([seed, _VALIDATION]).permutation(n)
    return np.sort(order[count:]), np.sort(order[:count])
