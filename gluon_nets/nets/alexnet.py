"""AlexNet."""

from __future__ import annotations

from mxnet.gluon import nn

from gluon_nets.checks import check_ends
from gluon_nets.layers import conv_relu
from gluon_nets.nets.vgg import add_hidden
from gluon_nets.specs import AlexNetSpec


class AlexNet(nn.HybridSequential):
    """Convolutions, pooling after some → (dense 4096 → ReLU → dropout ½) × 2 → dense.

    Parameters
    ----------
    spec : AlexNetSpec
        The numbers.
    num_classes, in_channels : int
        Outputs; channels of the image, 0 defers to the first batch.

    Shapes: (N, in_channels, H, W) to (N, num_classes).
    """

    def __init__(self, spec: AlexNetSpec, num_classes: int = 10, in_channels: int = 0):
        super().__init__()
        check_ends(num_classes, in_channels)
        for index, (channels, kernel, stride, padding, pooled) in enumerate(
            spec.convs, 1
        ):
            conv = conv_relu(
                channels,
                kernel,
                stride=stride,
                padding=padding,
                in_channels=in_channels,
            )
            self.register_child(conv, f"conv{index}")
            if pooled:
                self.register_child(nn.MaxPool2D(3, 2), f"pool{index}")
            in_channels = channels
        self.register_child(nn.Flatten(), "flatten")
        add_hidden(self, spec.hidden)
        self.register_child(nn.Dense(num_classes), "head")
