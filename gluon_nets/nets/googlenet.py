"""GoogLeNet."""

from __future__ import annotations

from mxnet.gluon import nn

from gluon_nets.blocks import InceptionBlock
from gluon_nets.layers import ConvBN, GlobalAvgPool, conv_relu
from gluon_nets.specs import GoogLeNetSpec
from gluon_nets.specs.googlenet import POOL


class GoogLeNet(nn.HybridSequential):
    """Stem of three convolutions → Inception blocks and pools → mean → dense.

    Parameters
    ----------
    spec : GoogLeNetSpec
        The numbers.
    num_classes, in_channels : int
        Outputs; channels of the image, 0 defers to the first batch.

    Shapes: (N, in_channels, H, W) to (N, num_classes).
    """

    def __init__(
        self, spec: GoogLeNetSpec, num_classes: int = 10, in_channels: int = 0
    ):
        super().__init__()
        conv = ConvBN if spec.bn else conv_relu
        stem = nn.HybridSequential()
        stem.add(
            conv(64, 7, stride=2, in_channels=in_channels),
            _pool(),
            conv(64, 1, in_channels=64),
            conv(192, 3, in_channels=64),
            _pool(),
        )
        self.register_child(stem, "stem")
        channels = 192
        for index, block in enumerate(spec.blocks, 1):
            if block == POOL:
                self.register_child(_pool(), f"pool{index}")
                continue
            inception = InceptionBlock(channels, block, spec.bn)
            self.register_child(inception, f"block{index}")
            channels = block.channels
        self.register_child(GlobalAvgPool(), "mean")
        self.register_child(nn.Dense(num_classes, in_units=channels), "head")


def _pool() -> nn.MaxPool2D:
    return nn.MaxPool2D(3, 2, padding=1)
