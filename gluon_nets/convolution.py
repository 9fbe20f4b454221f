"""The convolution of residual networks, by the operators that are fast on a CPU."""

from __future__ import annotations

from mxnet import npx
from mxnet.gluon import nn

from gluon_nets import winograd
from gluon_nets.formulation import KnowsPrecision, is_textbook, shape_of
from gluon_nets.grouped import block_diagonal, merged_groups
from gluon_nets.small_maps import is_small, small_convolution

npx.set_np()


class Conv2D(KnowsPrecision, nn.Conv2D):
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
        self._stride, self._groups = stride, groups

    def hybrid_forward(self, F, x, weight):
        shape, stride, groups = self.weight.shape, self._stride, self._groups
        textbook = is_textbook() or not self.has_kernels(self.weight)
        if textbook or min(shape) < 1:  # of -1 channels before the first batch
            return super().hybrid_forward(F, x, weight)
        maps = shape_of(x) if shape[2:] == (3, 3) else None
        if is_small(maps):
            sides = maps[2:]
            return small_convolution(F, x, weight, shape, sides, stride, groups)
        if winograd.fits(shape, stride, groups) and winograd.pays(maps):
            return winograd.convolution(F, x, weight, shape, maps[2:])
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


def may_leave_blocks(maps: tuple | None) -> bool:
    """Whether maps, (N, C, H, W), may be computed as products, in the plain layout.

    For what stands between convolutions: their results, and the gradients of what reads
    the maps, may then come in that layout too.
    """
    return is_small(maps) or winograd.pays(maps)
