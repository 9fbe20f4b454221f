"""Convolutions in narrow groups, computed in fewer and wider ones."""

from __future__ import annotations

import math

import numpy as onp
from mxnet import npx
from mxnet.gluon import nn

from gluon_nets.formulation import block_width, is_textbook, on_cpu
from gluon_nets.small_maps import KERNEL, is_small, small_convolution

npx.set_np()


class GroupedConv2D(nn.Conv2D):
    """A convolution with groups and without a bias; parameters as `nn.Conv2D` has.

    oneDNN's fast kernels take groups of whole blocks of channels, see `block_width`.
    Other groups, depthwise ones apart, run as a matrix product for each group and
    image, in the plain layout, and BatchNorm behind them falls to reference code. Here
    neighbouring groups are merged into one of whole blocks, whose weights are the
    groups' in a block-diagonal matrix and zeros elsewhere: more multiplications in less
    time. A step of stages of 64 and 128 channels in groups of 4 (128×1×96×96, AVX2)
    takes 0.50 s in place of 1.00 s.
    """

    def __init__(self, channels, kernel, *, groups, in_channels, **kwargs):
        super().__init__(
            channels,
            kernel,
            groups=groups,
            in_channels=in_channels,
            use_bias=False,
            **kwargs,
        )
        self._groups, self._float32 = groups, True
        self._merged = merged_groups(in_channels, channels, groups)

    def cast(self, dtype):
        """Cast the layer, and remember whether oneDNN's float32 kernel still fits."""
        self._float32 = onp.dtype(dtype) == onp.float32
        super().cast(dtype)

    def hybrid_forward(self, F, x, weight):
        merged = self._merged
        if is_textbook() or not self._float32 or not on_cpu(self.weight):
            return super().hybrid_forward(F, x, weight)
        kernel, (stride, _) = self._kwargs["kernel"], self._kwargs["stride"]
        if kernel == (KERNEL, KERNEL) and 0 not in self.weight.shape and is_small(x):
            shape = self.weight.shape
            return small_convolution(F, x, weight, shape, stride, self._groups)
        if merged == 1:
            return super().hybrid_forward(F, x, weight)
        weight = block_diagonal(F, weight, self.weight.shape, self._groups, merged)
        options = {**self._kwargs, "num_group": self._groups // merged}
        return F.npx.convolution(x, weight, name="fwd", **options)


def merged_groups(in_channels: int, channels: int, groups: int) -> int:
    """How many neighbouring groups to compute as one; 1: as they are."""
    if in_channels == 0 or groups == 1:  # unknown until the first batch, or dense
        return 1
    widths = in_channels // groups, channels // groups
    if widths == (1, 1):  # depthwise: a fast kernel of its own
        return 1
    block = block_width()
    merged = max(block // math.gcd(block, width) for width in widths)  # powers of two
    return merged if groups % merged == 0 else 1


def keeps_blocks(in_channels: int, channels: int, groups: int = 1) -> bool:
    """Whether a convolution reads and writes oneDNN's blocked layout, both ways.

    Fewer input channels than a block, or 0 for a number that is not known yet, are
    taken for an image's: they are read as they lie, and written in blocks.
    """
    block = 16  # with AVX2 too: for multiples of 8 it was not checked for every network
    if groups > 1:
        merged = merged_groups(in_channels, channels, groups)
        widths = in_channels * merged // groups, channels * merged // groups
    else:
        widths = (in_channels if in_channels >= 8 else 0), channels
    return all(width % block == 0 for width in widths)


def block_diagonal(F, weight, shape, groups: int, merged: int):
    """Weights (O, I, k, k) of narrow groups as (O, I · merged, k, k) of wide ones.

    An output channel of the s-th of the merged groups reads the s-th I inputs only.
    """
    outputs, inputs, height, width = shape
    rows = (groups // merged, merged, outputs // groups, 1, inputs * height * width)
    own = F.np.reshape(F.np.eye(merged), (1, merged, 1, merged, 1))
    wide = F.np.reshape(weight, rows) * own
    return F.np.reshape(wide, (outputs, inputs * merged, height, width))
