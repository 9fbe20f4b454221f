"""Blocks: what networks are repeated from."""

from __future__ import annotations

from mxnet.gluon import HybridBlock, nn

from gluon_nets.arch import inner_width
from gluon_nets.layers import ConvBN, add, conv_relu


class VGGBlock(nn.HybridSequential):
    """`convs` × (3×3 conv → ReLU), then 2×2 max pooling with stride 2.

    Source: Simonyan & Zisserman 2015, table 1.
    Shapes: (N, in_channels, H, W) to (N, channels, ⌊H/2⌋, ⌊W/2⌋).
    """

    def __init__(self, convs: int, channels: int, *, in_channels: int = 0):
        super().__init__()
        for _ in range(convs):
            self.add(conv_relu(channels, 3, in_channels=in_channels))
            in_channels = channels
        self.add(nn.MaxPool2D(2, 2))


class Residual(HybridBlock):
    """relu(f(x) + shortcut(x)): what every residual block here has in common.

    The shortcut is the identity, or a 1×1 projection exactly where one is needed:
    where the number of channels changes or the stride is not 1.

    Parameters
    ----------
    transform : HybridBlock
        f; it must turn `in_channels` into `channels` and apply the stride.
    in_channels, channels, stride : int
        What goes in, what comes out, and the stride between them.
    shortcut_bn : bool
        Whether BatchNorm follows the projection (as in the authors' code and in all
        common libraries); the book's residual block has a bias there instead.
    """

    def __init__(self, transform, in_channels, channels, stride, shortcut_bn=True):
        super().__init__()
        self.transform = transform
        self.shortcut = None
        if in_channels != channels or stride != 1:
            self.shortcut = (
                ConvBN(channels, 1, stride=stride, relu=False, in_channels=in_channels)
                if shortcut_bn
                else nn.Conv2D(channels, 1, strides=stride, in_channels=in_channels)
            )
        self.relu = nn.Activation("relu")

    def hybrid_forward(self, F, x):
        shortcut = x if self.shortcut is None else self.shortcut(x)
        return self.relu(add(F, self.transform(x), shortcut))


class ResidualBlock(Residual):
    """The basic block: f = conv3×3 → BN → ReLU → conv3×3 → BN.

    Source: He et al. 2016, figure 2; table 1 (18 and 34 layers).
    Shapes: (N, in_channels, H, W) to (N, channels, ⌈H/stride⌉, ⌈W/stride⌉).
    """

    def __init__(self, in_channels, channels, *, stride=1, shortcut_bn=True):
        transform = nn.HybridSequential()
        transform.add(
            ConvBN(channels, 3, stride=stride, in_channels=in_channels),
            ConvBN(channels, 3, relu=False, in_channels=channels),
        )
        super().__init__(transform, in_channels, channels, stride, shortcut_bn)


class ResNeXtBlock(Residual):
    """The X block: f = conv1×1 → grouped conv3×3 → conv1×1, each with BatchNorm.

    A ReLU follows the first two, and the sum with the shortcut.

    Parameters
    ----------
    in_channels, channels : int
        What goes in and what comes out.
    group_width : int
        Channels per group of the 3×3 convolution (not the number of groups).
    bottleneck : float
        The inner width is channels / bottleneck (the paper's ratio b).
    stride : int
        Stride of the 3×3 convolution and of the projection.

    Raises
    ------
    ValueError
        Where the inner width is not a whole number or not a multiple of `group_width`.

    Source: Xie et al. 2017, figure 3c; Radosavovic et al. 2020, figure 4.
    Shapes: (N, in_channels, H, W) to (N, channels, ⌈H/stride⌉, ⌈W/stride⌉).
    """

    def __init__(self, in_channels, channels, *, group_width, bottleneck=1.0, stride=1):
        inner, groups = inner_width(channels, group_width, bottleneck)
        transform = nn.HybridSequential()
        transform.add(
            ConvBN(inner, 1, in_channels=in_channels, next_group_width=group_width),
            ConvBN(inner, 3, stride=stride, groups=groups, in_channels=inner),
            ConvBN(channels, 1, relu=False, in_channels=inner),
        )
        super().__init__(transform, in_channels, channels, stride)
