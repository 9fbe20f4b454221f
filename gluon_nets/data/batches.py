"""Batches made on the device: gathered, scaled and resized there.

The uint8 images are copied to each device once. A batch then costs the copy of its
numbers, and no image is touched by Python.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Iterator, Sequence

import mxnet as mx
import numpy as onp
from mxnet import np, npx

from gluon_nets.data.resize import resize_matrix
from gluon_nets.data.split import Split

npx.set_np()


class Resident:
    """A split on a device, with one more image: zero, and labelled −1."""

    def __init__(self, split: Split, device: mx.Context) -> None:
        self.side = split.images.shape[1]
        blank = onp.zeros((1, self.side, self.side), onp.uint8)
        images = onp.concatenate([split.images, blank])
        labels = onp.append(split.labels, -1)
        self.device = device
        self.images = np.array(images, dtype="uint8", ctx=device)
        self.pixels = self.images.reshape(-1)
        self.labels = np.array(labels, dtype="int32", ctx=device)

    def batch(self, index: onp.ndarray, resize: int, pixels: onp.ndarray | None = None):
        """Return images, float32 (n, 1, resize, resize) in [0, 1], and labels, (n,).

        Parameters
        ----------
        index : numpy.ndarray
            The images, (n,).
        pixels : numpy.ndarray, optional
            Where each pixel comes from, (n, side, side), see `augment.pixel_index`.
        """
        index = np.array(index, dtype="int32", ctx=self.device)
        if pixels is None:
            x = np.take(self.images, index, axis=0, mode="clip")
        else:
            pixels = np.array(pixels, dtype="int32", ctx=self.device)
            # axis=0, though there is no other: without it the kernel is 60 times slower
            x = np.take(self.pixels, pixels, axis=0, mode="clip")
        x = x.astype("float32") * (1 / 255)
        if resize != self.side:
            x = resize_images(x, resize)
        labels = np.take(self.labels, index, axis=0, mode="clip")
        return x.reshape(-1, 1, resize, resize), labels


def resident(split: Split, device: mx.Context) -> Resident:
    """Return the split on a device, copied there when first asked for."""
    if device not in split.residents:
        split.residents[device] = Resident(split, device)
    return split.residents[device]


def resize_images(x: np.ndarray, size: int) -> np.ndarray:
    """Resize float images, (n, side, side) → (n, size, size), bilinearly.

    R·x·Rᵀ with R of `resize_matrix`: half-pixel centres, as BilinearResize2D with
    ``align_corners=False``, in a third of its time.
    """
    n, side, _ = x.shape
    matrix, repeated = _matrices(side, size, n, x.ctx)
    rows = mx.nd.batch_dot(repeated, x.as_nd_ndarray()).as_np_ndarray()
    rows = rows.reshape(-1, side)  # (n·size, side): one product for the whole batch
    y = npx.fully_connected(
        rows, matrix, None, num_hidden=size, no_bias=True, flatten=False
    )
    return y.reshape(n, size, size)


@lru_cache(maxsize=16)
def _matrices(side: int, size: int, n: int, device: mx.Context):
    """Return R for the widths, and n times R for the heights, on a device."""
    matrix = resize_matrix(side, size)
    repeated = onp.broadcast_to(matrix, (n, size, side))
    on_device = [np.array(m, dtype="float32", ctx=device) for m in (matrix, repeated)]
    return on_device[0], on_device[1].as_nd_ndarray()


def batches(
    split: Split,
    devices: Sequence[mx.Context],
    resize: int,
    order: Iterator[tuple[onp.ndarray, onp.ndarray | None]],
) -> Iterator[tuple[list, list]]:
    """Yield (xs, ys), an array for each device, for each (index, pixels) of `order`."""
    homes = [resident(split, device) for device in devices]
    for index, pixels in order:
        parts = onp.split(index, len(homes))
        chosen = [None] * len(homes)
        if pixels is not None:
            chosen = onp.split(pixels, len(homes))
        pairs = [
            home.batch(part, resize, choice)
            for home, part, choice in zip(homes, parts, chosen)
        ]
        yield [x for x, _ in pairs], [y for _, y in pairs]
