"""GoogLeNet."""

from __future__ import annotations

from mxnet.gluon import nn

from gluon_nets.blocks import InceptionBlock
from gluon_nets.checks import check_ends
from gluon_nets.layers import ConvBN, GlobalAvgPool, conv_relu
from gluon_nets.sized import Sized
from gluon_nets.specs import GoogLeNetSpec
from gluon_nets.specs.googlenet import POOL, STEM


class GoogLeNet(Sized):
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
        check_ends(num_classes, in_channels)
        conv = ConvBN if spec.bn else conv_relu
        stem = nn.HybridSequential()
        channels = in_channels
        for part in STEM:
            if part == POOL:
                stem.add(_pool())
                continue
            width, kernel, stride = part
            stem.add(conv(width, kernel, stride=stride, in_channels=channels))
            channels = width
        self.register_child(stem, "stem")
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
