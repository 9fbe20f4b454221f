"""AnyNet: the network of an `Arch`."""

from __future__ import annotations

from mxnet.gluon import HybridBlock, nn

from gluon_nets.arch import GROUPED, PREACT, Arch, Stage
from gluon_nets.blocks import (
    PreActResidualBlock,
    PreActResNeXtBlock,
    ResidualBlock,
    ResNeXtBlock,
    VanillaBlock,
)
from gluon_nets.checks import check_ends
from gluon_nets.convolution import keeps_blocks
from gluon_nets.layers import BatchNormReLU, ConvBN, GlobalAvgPool
from gluon_nets.sized import Sized

_BLOCKS = {
    "resnext": ResNeXtBlock,
    "residual": ResidualBlock,
    "preact_resnext": PreActResNeXtBlock,
    "preact_residual": PreActResidualBlock,
    "vanilla": VanillaBlock,
}


class AnyNet(Sized):
    """stem → stages → global average pooling → dense.

    With pre-activation blocks BatchNorm and ReLU precede the pooling.

    Parameters
    ----------
    arch : Arch
        The numbers.
    num_classes : int
        Outputs of the dense layer.
    in_channels : int
        Channels of the image; 0 defers to the first batch.

    Raises
    ------
    ValueError
        Names the number that does not fit; also where in a stage width, bottleneck and
        group width do not fit together.

    Source: Radosavovic et al. 2020, figure 3.
    Shapes: (N, in_channels, H, W) to (N, num_classes).
    """

    def __init__(self, arch: Arch, num_classes: int = 10, in_channels: int = 0):
        super().__init__()
        check_ends(num_classes, in_channels)
        if not isinstance(arch, Arch):
            raise ValueError(f"arch is {arch!r}: it must be an Arch")
        self.arch = arch.check_compatible()
        self.register_child(_stem(arch, in_channels), "stem")
        width = arch.stem_width
        for index, stage in enumerate(arch.stages, 1):
            self.register_child(_stage(arch, stage, width), f"stage{index}")
            width = stage.width
        if arch.block in PREACT:
            self.register_child(BatchNormReLU(in_channels=width), "bn")
        self.register_child(GlobalAvgPool(), "pool")
        self.register_child(nn.Dense(num_classes, in_units=width), "head")


def _stem(arch: Arch, in_channels: int) -> nn.HybridSequential:
    """(N, in_channels, H, W) → (N, stem_width, H/2, W/2), or H/4, or H."""
    options = {"in_channels": in_channels, "blocked_gradient": _reads_blocks(arch)}
    if arch.stem != "conv7_pool":
        stride = 2 if arch.stem == "conv3" else 1
        return ConvBN(arch.stem_width, 3, stride=stride, **options)
    stem = nn.HybridSequential()
    stem.add(
        ConvBN(arch.stem_width, 7, stride=2, **options),
        nn.MaxPool2D(3, 2, padding=1),
    )
    return stem


def _reads_blocks(arch: Arch) -> bool:
    """Whether the convolutions behind the stem hand back gradients in blocks."""
    stage = arch.stages[0]
    widths = stage.width, stage.inner()[0]
    return all(keeps_blocks(arch.stem_width, width) for width in widths)


def _stage(arch: Arch, stage: Stage, in_channels: int) -> nn.HybridSequential:
    """(N, in_channels, H, W) → (N, width, H/stride, W/stride)."""
    blocks = nn.HybridSequential()
    for index in range(stage.depth):
        blocks.add(_block(arch, stage, in_channels, 1 if index else stage.stride))
        in_channels = stage.width
    return blocks


def _block(arch: Arch, stage: Stage, in_channels: int, stride: int) -> HybridBlock:
    options = {"stride": stride}
    if arch.block in GROUPED:
        options.update(
            group_width=stage.group_width,
            bottleneck=stage.bottleneck,
            se_ratio=stage.se_ratio,
            stride_on=arch.stride_on,
        )
    if arch.block in ("resnext", "residual"):
        options["shortcut_bn"] = arch.shortcut_bn
    return _BLOCKS[arch.block](in_channels, stage.width, **options)
