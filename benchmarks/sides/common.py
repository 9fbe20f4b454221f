"""What all sides share: the batch, and the weights that they exchange."""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from pathlib import Path

import numpy as np

from gluon_nets.environment.openmp import SETTINGS

LR, MOMENTUM = 0.01, 0.9
WEIGHTS = "weights.npz"
PART = 20  # batches of an epoch that are one turn
CHAPTER_LR = 0.05  # of the chapter's RegNetX, which has no momentum


def batch_of(work) -> tuple[np.ndarray, np.ndarray]:
    """The fixed batch: images, float32 (N, C, H, W) from 0 to 1, and labels, (N,)."""
    generator = np.random.default_rng(0)
    shape = (work.batch, work.channels, work.size, work.size)
    images = generator.random(shape, dtype=np.float32)
    return images, generator.integers(0, work.classes, work.batch, dtype=np.int32)


def save_weights(folder: Path, arrays: dict) -> None:
    """Write the parameters for the sides that come after the first."""
    if not (folder / WEIGHTS).exists():
        np.savez(folder / WEIGHTS, **arrays)


def load_weights(folder: Path) -> dict[str, np.ndarray]:
    """The parameters, by their names in `gluon_nets`."""
    with np.load(folder / WEIGHTS) as file:
        return dict(file)


def forget_settings(environ: MutableMapping[str, str] = os.environ) -> None:
    """Leave OpenMP as the peers' users have it: importing gluon_nets set it."""
    for variable in SETTINGS:
        environ.pop(variable, None)


def threads() -> int:
    """The number of threads that the parent gave all sides."""
    return int(os.environ["OMP_NUM_THREADS"])
