"""AnyNet: the network of an `Arch`."""

from __future__ import annotations

from mxnet.gluon import nn

from gluon_nets.arch import Arch, Stage
from gluon_nets.blocks import ResidualBlock, ResNeXtBlock
from gluon_nets.layers import ConvBN, GlobalAvgPool


class AnyNet(nn.HybridSequential):
    """stem → stages → global average pooling → dense.

    Parameters
    ----------
    arch : Arch
        The numbers.
    num_classes : int
        Outputs of the dense layer.
    in_channels : int
        Channels of the image; 0 defers to the first batch.
    shortcut_bn : bool
        BatchNorm after the projections of basic residual blocks.

    Source: Radosavovic et al. 2020, figure 3.
    Shapes: (N, in_channels, H, W) to (N, num_classes).
    """

    def __init__(
        self, arch: Arch, num_classes: int = 10, in_channels: int = 0, shortcut_bn=True
    ):
        super().__init__()
        if arch.block != "residual" and not shortcut_bn:
            raise ValueError(
                f"shortcut_bn=False belongs to the block 'residual', not {arch.block!r}"
            )
        self.arch = arch
        self.register_child(_stem(arch, in_channels), "stem")
        width = arch.stem_width
        for index, stage in enumerate(arch.stages, 1):
            blocks = _stage(arch.block, stage, width, shortcut_bn)
            self.register_child(blocks, f"stage{index}")
            width = stage.width
        self.register_child(GlobalAvgPool(), "pool")
        self.register_child(nn.Dense(num_classes, in_units=width), "head")


def _stem(arch: Arch, in_channels: int) -> nn.HybridSequential:
    """(N, in_channels, H, W) → (N, stem_width, H/2, W/2), or H/4 with the pooling."""
    if arch.stem == "conv3":
        return ConvBN(arch.stem_width, 3, stride=2, in_channels=in_channels)
    stem = nn.HybridSequential()
    stem.add(
        ConvBN(arch.stem_width, 7, stride=2, in_channels=in_channels),
        nn.MaxPool2D(3, 2, padding=1),
    )
    return stem


def _stage(block: str, stage: Stage, in_channels: int, shortcut_bn: bool):
    """(N, in_channels, H, W) → (N, width, H/stride, W/stride)."""
    blocks = nn.HybridSequential()
    for index in range(stage.depth):
        stride = stage.stride if index == 0 else 1
        if block == "resnext":
            x_block = ResNeXtBlock(
                in_channels,
                stage.width,
                group_width=stage.group_width,
                bottleneck=stage.bottleneck,
                stride=stride,
            )
            blocks.add(x_block)
        else:
            basic = ResidualBlock(
                in_channels, stage.width, stride=stride, shortcut_bn=shortcut_bn
            )
            blocks.add(basic)
        in_channels = stage.width
    return blocks
