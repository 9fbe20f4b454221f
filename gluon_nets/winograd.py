"""3×3 convolutions of maps of three or four pixels, by Winograd's method.

A row of m outputs takes 3m multiplications, or m + 2, each at a point of `POINTS`: both
ways, for 3×3 outputs, 25 in place of 81 for each pair of channels. The transforms cost
the same for any number of channels, so with many it pays. Training (forward and
backward pass, batch 128, two threads of an AMD EPYC) takes with 512 channels of 3×3
pixels 83 ms, oneDNN's kernel 167 ms; of 4×4 pixels 141 and 290 ms; with 256 channels 26
and 41, 39 and 66 ms; with 128 channels nothing is gained. A step of `resnet18` at 96
pixels takes 0.87 of its time, and 1.17 of its memory: the backward pass needs the
transformed weights, which are 25/9 as many. Larger maps, in tiles, were tried: 0.97 of
the time at 224 pixels is not worth 1.5 of the memory.

The result differs from the sum of products by 1e-5 of its largest number.

Letters: O and I output and input channels, N images, p and q points.
Source: Lavin and Gray 2016, section 4.
"""

from __future__ import annotations

import math

import numpy as onp

SIDES = (3, 4)
CHANNELS = 256  # the fewest, in and out
IMAGES = 32  # the fewest: with 8, transforming the weights takes longest
POINTS = (0, 1, -1, 2, -2)  # and infinity


def fits(shape, stride: int, groups: int) -> bool:
    """Whether weights (O, I, k, k) may be convolved here."""
    square = shape[2:] == (3, 3)
    return square and (stride, groups) == (1, 1) and min(shape[:2]) >= CHANNELS


def pays(maps: tuple | None) -> bool:
    """Whether maps, (N, C, H, W), are known to be faster convolved here."""
    if maps is None:
        return False
    images, channels, *sides = maps
    return images >= IMAGES and channels >= CHANNELS and set(sides) <= set(SIDES)


def convolution(F, x, weight, shape, sides):
    """Convolve with stride 1 and padding 1.

    Parameters
    ----------
    x : array or symbol
        (N, I, H, W), for which it `pays`, and H, W are its `sides`.
    weight : array or symbol
        (O, I, 3, 3), and this is its `shape`.
    """
    outputs, inputs = shape[:2]
    read, taps, write = (_both_ways(F, *pair) for pair in zip(*map(matrices, sides)))
    points = math.prod(side + 2 for side in sides)

    # batch_dot of one matrix: dot would keep for its gradient what that does not need
    weight = F.reshape(weight.as_nd_ndarray(), shape=(1, -1, 9))
    weight = F.batch_dot(taps, weight, transpose_b=True)
    weight = F.reshape(weight, shape=(points, outputs, inputs))
    x = F.reshape(x.as_nd_ndarray(), shape=(1, -1, math.prod(sides)))
    x = F.batch_dot(read, x, transpose_b=True)
    x = F.reshape(x, shape=(points, -1, inputs))  # pq, N, I
    y = F.batch_dot(x, weight, transpose_b=True)
    y = F.reshape(y, shape=(1, points, -1))
    y = F.batch_dot(y, write, transpose_a=True)  # 1, NO, HW
    return F.reshape(y, shape=(-1, outputs, *sides)).as_np_ndarray()


def matrices(side: int):
    """For each of side + 2 points the factors of pixels, of taps and of outputs.

    Returns
    -------
    read : array
        (side + 2, side): of a row's pixels, beside which there are zeros.
    taps : array
        (side + 2, 3): of a kernel's row.
    write : array
        (side + 2, side): outputs = writeᵀ ((read · pixels) · (taps · kernel)).
    """
    points = POINTS[: side + 1]
    read = [[*_polynomial(p for p in points if p != point), 0] for point in points]
    read.append(_polynomial(points))
    taps, write = _powers(points, 3), _powers(points, side)
    for row, point in enumerate(points):
        taps[row] /= math.prod(point - p for p in points if p != point)
    return onp.array(read)[:, 1:-1], taps, write


def _powers(points, size: int):
    """Powers 0 to size - 1 of the points; of infinity the highest alone."""
    powers = [[float(p**j) for j in range(size)] for p in points]
    return onp.array([*powers, [0.0] * (size - 1) + [1.0]])


def _polynomial(roots) -> list:
    """Its coefficients: the constant first, the last one 1."""
    return onp.poly(list(roots))[::-1].round().tolist()


def _both_ways(F, down, across):
    """(1, pq, rows · columns) of factors in both directions; in a graph a constant."""
    matrix = onp.kron(down, across)
    numbers = {number: F.full((1,), number) for number in onp.unique(matrix).tolist()}
    flat = F.concat(*[numbers[number] for number in matrix.ravel().tolist()], dim=0)
    return F.BlockGrad(F.reshape(flat, shape=(1, *matrix.shape)))
