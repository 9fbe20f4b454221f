"""3×3 convolutions of small maps by Winograd's method.

A row of m outputs takes 3m multiplications, or m + 2, each at a point of `POINTS`: both
ways, for 3×3 outputs, 25 in place of 81 for each pair of channels. The transforms cost
the same for any number of channels, so with many it pays. Training (forward and
backward pass, batch 128, two threads of an AMD EPYC) takes with 512 channels of 3×3
pixels 83 ms, oneDNN's kernel 167 ms; of 4×4 pixels 141 and 290 ms; with 256 channels 26
and 41, 39 and 66 ms; with 128 channels nothing is gained. A step of `resnet18` at 96
pixels takes 0.87 of its time, and 1.17 of its memory: the backward pass needs the
transformed weights, which are 25/9 as many.

Rows of more than four outputs are parted into tiles. In training these gain nothing
(1.00 and 1.08 of a step of `resnet18` at 96 and 224 pixels, for 1.14 and 1.34 of the
memory). Of exports, whose weights are transformed beforehand, 128 images take with 512
channels of 3×3 pixels 0.38 of the time of oneDNN's kernel, with 128 channels of 4×4
pixels 0.6; with 256 channels of 6×6 pixels 0.6.

The result differs from the sum of products by 1e-5 of its largest number.

Letters: O and I output and input channels, N images, p and q points.
Source: Lavin and Gray 2016, section 4.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as onp

POINTS = (0, 1, -1, 2, -2)  # and infinity
LARGEST_TILE = 4


class Bounds(NamedTuple):
    """Where the method is faster than oneDNN's kernel."""

    sides: tuple[int, ...]
    channels: int  # the fewest, in and out
    rows: int  # the fewest of the matrices: images times tiles


# with 8 images, transforming the weights takes longest
TRAINING = Bounds((3, 4), 256, 32)
# of weights that are transformed beforehand; five pixels are six in two tiles
PREPARED = Bounds((3, 4, 6, 7, 8), 128, 32)


def fits(shape, stride: int, groups: int, bounds: Bounds = TRAINING) -> bool:
    """Whether weights (O, I, k, k) may be convolved here."""
    square = shape[2:] == (3, 3)
    return square and (stride, groups) == (1, 1) and min(shape[:2]) >= bounds.channels


def pays(maps: tuple | None, bounds: Bounds = TRAINING) -> bool:
    """Whether maps, (N, C, H, W), are known to be faster convolved here."""
    if maps is None:
        return False
    images, channels, *sides = maps
    if channels < bounds.channels or not set(sides) <= set(bounds.sides):
        return False
    return images * math.prod(map(tiles_of, sides)) >= bounds.rows


def tiles_of(side: int) -> int:
    """The number of tiles, all of one size, that a row is parted into."""
    return -(-side // LARGEST_TILE)


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
    tables = both_ways(sides)
    rows, points = tables[0].shape[1], tables[1].shape[1]
    read, taps, write = (constant(F, table) for table in tables)
    weight = transformed(F, weight.as_nd_ndarray(), taps, shape, points)
    # batch_dot of one matrix: dot would keep for its gradient what that does not need
    x = F.reshape(x.as_nd_ndarray(), shape=(1, -1, math.prod(sides)))
    x = F.batch_dot(read, x, transpose_b=True)
    x = F.reshape(x, shape=(points, -1, inputs))  # pq, tuN, I
    y = F.batch_dot(x, weight, transpose_b=True)
    y = F.reshape(y, shape=(1, rows, -1))
    y = F.batch_dot(y, write, transpose_a=True)  # 1, NO, HW
    return F.reshape(y, shape=(-1, outputs, *sides)).as_np_ndarray()


def transformed(F, weight, taps, shape, points: int):
    """Weights (O, I, 3, 3) at the points: (points, O, I)."""
    weight = F.reshape(weight, shape=(1, -1, 9))
    weight = F.batch_dot(taps, weight, transpose_b=True)
    return F.reshape(weight, shape=(points, *shape[:2]))


def both_ways(sides):
    """`matrices` for maps of height and width.

    Returns
    -------
    read, write : arrays
        (1, points · tiles, pixels).
    taps : array
        (1, points, 9).
    """
    (read, taps, write), (read_across, taps_across, write_across) = map(matrices, sides)
    pixels = math.prod(sides)
    read, write = (
        onp.einsum("ptx,quy->pqtuxy", *pair).reshape(1, -1, pixels)
        for pair in ((read, read_across), (write, write_across))
    )
    return read, onp.kron(taps, taps_across)[None], write


def matrices(side: int):
    """For each point the factors of pixels, of taps and of outputs; letters: tiles t.

    A row of more than four outputs is parted into tiles of the same number, the last of
    which may end behind the row.

    Returns
    -------
    read : array
        (points, tiles, side): of a row's pixels, beside which there are zeros.
    taps : array
        (points, 3): of a kernel's row.
    write : array
        (points, tiles, side): outputs = Σₜ writeᵀ ((read · pixels) · (taps · kernel)).
    """
    tiles = tiles_of(side)
    size = -(-side // tiles)
    points = POINTS[: size + 1]
    read = [[*_polynomial(p for p in points if p != point), 0] for point in points]
    read.append(_polynomial(points))
    taps, powers = _powers(points, 3), _powers(points, size)
    for row, point in enumerate(points):
        taps[row] /= math.prod(point - p for p in points if p != point)
    # with one pixel before the row, and as many behind it as the last tile reaches
    wide = onp.zeros((2, len(powers), tiles, tiles * size + 2))
    for tile in range(tiles):
        begin = tile * size
        wide[0, :, tile, begin : begin + size + 2] = read
        wide[1, :, tile, begin + 1 : begin + 1 + size] = powers
    read, write = wide[..., 1 : side + 1]
    return read, taps, write


def _powers(points, size: int):
    """Powers 0 to size - 1 of the points; of infinity the highest alone."""
    powers = [[float(p**j) for j in range(size)] for p in points]
    return onp.array([*powers, [0.0] * (size - 1) + [1.0]])


def _polynomial(roots) -> list:
    """Its coefficients: the constant first, the last one 1."""
    return onp.poly(list(roots))[::-1].round().tolist()


def constant(F, table):
    """An array or a symbol of these numbers, of which there are few different ones."""
    numbers = {number: F.full((1,), number) for number in onp.unique(table).tolist()}
    flat = F.concat(*[numbers[number] for number in table.ravel().tolist()], dim=0)
    return F.BlockGrad(F.reshape(flat, shape=table.shape))
