"""Random flips and shifts as a choice of pixels.

A batch is gathered from the images on the device anyway. To flip or shift it, gather
single pixels in place of whole images: no further pass over the data is needed.
"""

from __future__ import annotations

from typing import Sequence

import numpy as np

AUGMENTATIONS = ("flip", "shift")
SHIFT = 2  # pixels, in each direction


def pixel_index(
    index: np.ndarray,
    side: int,
    blank: int,
    augment: Sequence[str],
    rng: np.random.Generator,
) -> np.ndarray:
    """Return where each pixel of an augmented batch comes from.

    Parameters
    ----------
    index : numpy.ndarray
        The images of the batch, (n,).
    side : int
        Height and width of an image.
    blank : int
        Number of an image that is zero; it fills what a shift uncovers.
    augment : sequence of str
        'flip': mirror left to right with probability ½;
        'shift': move by up to ±2 pixels down and across, uniformly.
    rng : numpy.random.Generator
        Draws the same numbers whatever `augment` is.

    Returns
    -------
    numpy.ndarray
        int32, (n, side, side): positions in all images as one flat array.
    """
    n, line = len(index), np.arange(side, dtype=np.int32)
    flipped = rng.random((n, 1)) < 0.5
    down, across = rng.integers(-SHIFT, SHIFT + 1, (2, n, 1), dtype=np.int32)
    if "shift" not in augment:
        down = across = np.zeros((n, 1), np.int32)
    rows, columns = line - down, line - across  # (n, side)
    inside = _within(rows, side)[:, :, None] & _within(columns, side)[:, None, :]
    if "flip" in augment:
        columns = np.where(flipped, side - 1 - columns, columns)
    start = index[:, None].astype(np.int32) * side**2 + rows * side
    pixels = start[:, :, None] + columns[:, None, :]
    return np.where(inside, pixels, np.int32(blank * side**2))


def _within(positions: np.ndarray, side: int) -> np.ndarray:
    return (positions >= 0) & (positions < side)
