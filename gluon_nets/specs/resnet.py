"""ResNet (v1, pre-activation v2, and for CIFAR's small images) and ResNeXt."""

from __future__ import annotations

from gluon_nets.arch import Arch, Stage
from gluon_nets.specs.entry import Entry

_V1 = "He et al. 2016a (Deep residual learning), table 1"
_V2 = "He et al. 2016b (Identity mappings), figure 4e, at the depths of 2016a, table 1"
_CIFAR = "He et al. 2016a, section 4.2"
_RESNEXT = "Xie et al. 2017 (Aggregated residual transformations), table 1"

# layers -> blocks of each stage
_BASIC = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3)}
_BOTTLENECK = {50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}
_SMALL = {20: 3, 56: 9, 110: 18}


def _large(depths, block, width=64, bottleneck=None, group_width=None) -> Arch:
    """Four stages behind the 7×7 stem, each twice as wide as the one before.

    The first keeps the resolution: the stem's pooling has halved it already. One group
    as wide as the 3×3 convolution makes the X block ResNet's bottleneck block.
    """
    stages = tuple(
        Stage(
            depth,
            width << index,
            None if bottleneck is None else group_width << index,
            bottleneck or 1.0,
            stride=2 if index else 1,
        )
        for index, depth in enumerate(depths)
    )
    return Arch(64, stages, block, "conv7_pool")


def _small(depth: int, block: str = "residual") -> Arch:
    """Three stages of equal depth behind a 3×3 stem, for images of 32 pixels."""
    widths = ((16, 1), (32, 2), (64, 2))
    stages = tuple(Stage(depth, width, stride=stride) for width, stride in widths)
    return Arch(16, stages, block, "conv3_s1")


RESNET = {
    **{f"resnet{n}": Entry(_large(d, "residual"), _V1) for n, d in _BASIC.items()},
    **{
        f"resnet{n}": Entry(_large(d, "resnext", 256, 4.0, 64), _V1)
        for n, d in _BOTTLENECK.items()
    },
    **{
        f"resnet{n}_v2": Entry(_large(d, "preact_residual"), _V2)
        for n, d in _BASIC.items()
    },
    **{
        f"resnet{n}_v2": Entry(_large(d, "preact_resnext", 256, 4.0, 64), _V2)
        for n, d in _BOTTLENECK.items()
    },
    **{f"resnet{n}": Entry(_small(d), _CIFAR, 32, 3, 10) for n, d in _SMALL.items()},
    "vanilla56": Entry(_small(9, "vanilla"), _CIFAR, 32, 3, 10),
}

RESNEXT = {
    f"resnext{n}_32x4d": Entry(_large(d, "resnext", 256, 2.0, 4), _RESNEXT)
    for n, d in _BOTTLENECK.items()
}
