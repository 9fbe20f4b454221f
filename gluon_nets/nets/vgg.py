"""VGG: blocks of 3×3 convolutions, then three dense layers."""

from __future__ import annotations

from typing import Sequence

from mxnet.gluon import nn

from gluon_nets.blocks import VGGBlock

# name -> (convolutions, channels) of each block.
# Source: Simonyan & Zisserman 2015, table 1, column A; the small one is the network
# the chapter trains: column A with a quarter of the channels.
VGG = {
    "vgg11": ((1, 64), (1, 128), (2, 256), (2, 512), (2, 512)),
    "vgg11_quarter": ((1, 16), (1, 32), (2, 64), (2, 128), (2, 128)),
}


class VGGNet(nn.HybridSequential):
    """VGG blocks → (dense 4096 → ReLU → dropout ½) × 2 → dense.

    Parameters
    ----------
    blocks : sequence of (int, int)
        Convolutions and channels of each block.
    num_classes : int
        Outputs of the last dense layer.
    in_channels : int
        Channels of the image; 0 defers to the first batch.

    The first dense layer fixes the image size at the first batch: it sees
    channels · (H / 2^blocks) · (W / 2^blocks) inputs.
    Shapes: (N, in_channels, H, W) to (N, num_classes).
    """

    def __init__(
        self,
        blocks: Sequence[tuple[int, int]],
        num_classes: int = 10,
        in_channels: int = 0,
    ):
        super().__init__()
        for index, (convs, channels) in enumerate(blocks, 1):
            block = VGGBlock(convs, channels, in_channels=in_channels)
            self.register_child(block, f"block{index}")
            in_channels = channels
        self.register_child(nn.Flatten(), "flatten")
        for index in (1, 2):
            self.register_child(nn.Dense(4096, activation="relu"), f"dense{index}")
            self.register_child(nn.Dropout(0.5), f"dropout{index}")
        self.register_child(nn.Dense(num_classes), "head")
