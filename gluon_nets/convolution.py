"""The convolution of residual networks, by the operators that are fast on a CPU."""

from __future__ import annotations

import numpy as onp
from mxnet import npx
from mxnet.gluon import nn

from gluon_nets import winograd
from gluon_nets.formulation import is_textbook, on_cpu
from gluon_nets.grouped import block_diagonal, merged_groups
from gluon_nets.small_maps import is_small, small_convolution

npx.set_np()


class Conv2D(nn.Conv2D):
    """A square convolution, 'same' padding, no bias; parameters as `nn.Conv2D` has.

    The numbers are oneDNN's convolution's within rounding; on a CPU, in single
    precision, they are computed in other ways where those are faster: see `small_maps`,
    `winograd` and `grouped`. The first two need to know the maps' size: as arrays tell
    it, and graphs that a `Sized` network traces.

    Shapes: (N, in_channels, H, W) to (N, channels, ⌈H/stride⌉, ⌈W/stride⌉).
    """

    def __init__(self, channels, kernel, *, stride=1, groups=1, in_channels=0):
        super().__init__(
            channels,
            kernel,
            strides=stride,
            padding=kernel // 2,
            groups=groups,
            in_channels=in_channels,
            use_bias=False,
        )
        self._stride, self._groups, self._float32 = stride, groups, True

    def cast(self, dtype):
        """Cast the layer, and remember whether oneDNN's float32 kernel still fits."""
        self._float32 = onp.dtype(dtype) == onp.float32
        super().cast(dtype)

    def hybrid_forward(self, F, x, weight):
        shape, stride, groups = self.weight.shape, self._stride, self._groups
        textbook = is_textbook() or not self._float32 or not on_cpu(self.weight)
        if textbook or min(shape) < 1:  # of -1 channels before the first batch
            return super().hybrid_forward(F, x, weight)
        if shape[2:] == (3, 3) and is_small(x):
            return small_convolution(F, x, weight, shape, stride, groups)
        if winograd.fits(shape, stride, groups) and winograd.pays(x):
            return winograd.convolution(F, x, weight, shape)
        options = self._kwargs
        merged = merged_groups(shape[1] * groups, shape[0], groups)
        if merged > 1:
            weight = block_diagonal(F, weight, shape, groups, merged)
            options = {**options, "num_group": groups // merged}
        return F.npx.convolution(x, weight, name="fwd", **options)


def keeps_blocks(in_channels: int, channels: int, groups: int = 1) -> bool:
    """Whether a convolution reads and writes oneDNN's blocked layout, both ways.

    Fewer input channels than a block, or 0 for a number that is not known yet, are
    taken for an image's: they are read as they lie, and written in blocks. It does not
    hold where a map `may_leave_blocks`.
    """
    block = 16  # with AVX2 too: for multiples of 8 it was not checked for every network
    if groups > 1:
        merged = merged_groups(in_channels, channels, groups)
        widths = in_channels * merged // groups, channels * merged // groups
    else:
        widths = (in_channels if in_channels >= 8 else 0), channels
    return all(width % block == 0 for width in widths)


def may_leave_blocks(x) -> bool:
    """Whether maps may be computed as products of matrices, in the plain layout.

    For what stands between convolutions: their results, and the gradients of what reads
    the maps, may then come in that layout too.
    """
    return is_small(x) or winograd.pays(x)
