"""Counting: what a layer adds to parameters, flops and activations.

Every number may be an int or an integer array, so that one design and a hundred
thousand are counted by the same lines.
"""

from __future__ import annotations

import dataclasses
from typing import Any

Number = Any  # int or an integer array


@dataclasses.dataclass(frozen=True)
class Map:
    """A feature map of one image: channels × height × width."""

    channels: Number
    height: int
    width: int

    @property
    def area(self) -> int:
        """Positions of the map."""
        return self.height * self.width

    @property
    def size(self) -> Number:
        """Elements of the map."""
        return self.channels * self.area


class Tally:
    """A running count of parameters, flops and activations.

    The paper's convention: `params` are trainable numbers; `flops` multiply-adds of
    convolutions and dense layers plus bias adds; `acts` elements of the outputs of
    those, and of max poolings with padding. BatchNorm, ReLU, other poolings and sums
    have no flops and no activations.

    Source: Radosavovic et al. 2020, section 4, and the code of the paper.
    """

    def __init__(self):
        self.params: Number = 0
        self.flops: Number = 0
        self.acts: Number = 0

    def conv(
        self, x: Map, channels, kernel, *, stride=1, groups=1, padding=None, bias=False
    ) -> Map:
        """A convolution, 'same' by default; returns its output."""
        padding = kernel // 2 if padding is None else padding
        y = Map(channels, *_sides(x, kernel, stride, padding))
        joined = isinstance(groups, int) and groups == 1  # spares arrays a division
        inputs = x.channels if joined else x.channels // groups
        weights = inputs * channels * kernel**2
        self.params = self.params + weights + bias * channels
        self.flops = self.flops + weights * y.area + bias * y.size
        self.acts = self.acts + y.size
        return y

    def conv_bn(self, x: Map, channels, kernel, **options) -> Map:
        """A convolution without a bias, and BatchNorm."""
        return self.norm(self.conv(x, channels, kernel, **options))

    def norm(self, x: Map) -> Map:
        """BatchNorm: scale and shift."""
        self.params = self.params + 2 * x.channels
        return x

    def max_pool(self, x: Map, kernel, *, stride, padding=0, ceil=False) -> Map:
        """Max pooling; its output counts where it is padded."""
        y = Map(x.channels, *_sides(x, kernel, stride, padding, ceil))
        if padding:
            self.acts = self.acts + y.size
        return y

    def dense(self, inputs, units, *, bias=True) -> Number:
        """A dense layer on a vector; returns the length of its output."""
        self.params = self.params + (inputs + bias) * units
        self.flops = self.flops + (inputs + bias) * units
        self.acts = self.acts + units
        return units

    def add(self, other: Tally, times: Number = 1) -> None:
        """Another tally, so many times."""
        self.params = self.params + other.params * times
        self.flops = self.flops + other.flops * times
        self.acts = self.acts + other.acts * times


def _sides(x: Map, kernel, stride, padding, ceil=False) -> tuple[int, int]:
    """Height and width behind a window that moves by a stride.

    Raises
    ------
    ValueError
        Where the map is smaller than the stride, or than the window.
    """
    if min(x.height, x.width) < stride or min(x.height, x.width) + 2 * padding < kernel:
        raise ValueError(
            f"a layer with kernel {kernel} and stride {stride} is left with "
            f"{x.height}×{x.width} pixels: it needs a larger image"
        )
    spare = stride - 1 if ceil else 0
    height, width = (
        (side + 2 * padding - kernel + spare) // stride + 1
        for side in (x.height, x.width)
    )
    return height, width
