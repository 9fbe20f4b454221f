"""VGG: blocks of 3×3 convolutions, then dense layers."""

from __future__ import annotations

from mxnet.gluon import nn

from gluon_nets.blocks import VGGBlock
from gluon_nets.checks import check_ends
from gluon_nets.layers import GlobalAvgPool
from gluon_nets.sized import Sized
from gluon_nets.specs import VGGSpec


class VGG(Sized):
    """VGG blocks → (dense 4096 → ReLU → dropout ½) × 2 → dense, or → mean → dense.

    Parameters
    ----------
    spec : VGGSpec
        The numbers.
    num_classes : int
        Outputs of the last dense layer.
    in_channels : int
        Channels of the image; 0 defers to the first batch.

    The first of three dense layers fixes the image size at the first batch: it sees
    channels · height · width of the last map.
    Shapes: (N, in_channels, H, W) to (N, num_classes).
    """

    def __init__(self, spec: VGGSpec, num_classes: int = 10, in_channels: int = 0):
        super().__init__()
        check_ends(num_classes, in_channels)
        for index, (convs, channels, pool) in enumerate(spec.blocks, 1):
            block = VGGBlock(
                convs, channels, in_channels=in_channels, bn=spec.bn, pool=pool
            )
            self.register_child(block, f"block{index}")
            in_channels = channels
        if spec.head == "gap":
            self.register_child(GlobalAvgPool(), "pool")
        else:
            self.register_child(nn.Flatten(), "flatten")
            add_hidden(self, spec.hidden)
        self.register_child(nn.Dense(num_classes), "head")


def add_hidden(net: nn.HybridSequential, units: int) -> None:
    """Add the two hidden dense layers that AlexNet and VGG end with."""
    for index in (1, 2):
        net.register_child(nn.Dense(units, activation="relu"), f"dense{index}")
        net.register_child(nn.Dropout(0.5), f"dropout{index}")
