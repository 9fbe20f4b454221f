"""Bilinear interpolation as a matrix."""

from __future__ import annotations

import numpy as np


def resize_matrix(side: int, size: int) -> np.ndarray:
    """Return R, (size, side), so that R·x·Rᵀ resizes an image x, (side, side).

    Pixel centres are at half-integers: output o looks at (o + ½)·side/size − ½ in the
    input, clamped to the image, and mixes the two pixels beside that place.

    Returns
    -------
    numpy.ndarray
        float32; each row sums to 1 and has at most two entries.
    """
    place = (np.arange(size) + 0.5) * side / size - 0.5
    place = np.clip(place, 0, side - 1)
    left = np.floor(place).astype(int)
    right = np.minimum(left + 1, side - 1)
    share = (place - left).astype(np.float32)
    matrix = np.zeros((size, side), np.float32)
    output = np.arange(size)
    matrix[output, left] += 1 - share
    matrix[output, right] += share
    return matrix
