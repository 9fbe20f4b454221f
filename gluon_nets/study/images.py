"""The images of a study: some to train on, others to measure the error by."""

from __future__ import annotations

import functools

import numpy as np

from gluon_nets.data import FashionMNIST
from gluon_nets.study.definition import Training
from gluon_nets.subsets import DATA


@functools.lru_cache(maxsize=2)
def load_data(training: Training, size: int) -> FashionMNIST:
    """The images of a study; those of the last one stay in memory.

    Raises
    ------
    ValueError
        Where there are fewer training images than are asked for.
    """
    data = FashionMNIST(
        training.batch_size,
        size,
        subset=DATA[training.data],
        validation=training.held_out,
        seed=training.seed,
    )
    if training.images > len(data.train):
        raise ValueError(
            f"images is {training.images}: {training.data} has {len(data.train)} "
            f"training images beside the {training.held_out} that are held out"
        )
    chosen = np.random.default_rng([training.seed, 4]).permutation(len(data.train))
    data.train = data.train.part("train", np.sort(chosen[: training.images]))
    return data
