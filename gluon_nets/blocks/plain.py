"""Blocks without a shortcut: VGG's, two convolutions, Inception."""

from __future__ import annotations

from mxnet.gluon import HybridBlock, nn

from gluon_nets.layers import ConvBN, conv_relu, join


class VGGBlock(nn.HybridSequential):
    """`convs` × (3×3 conv → ReLU), then 2×2 max pooling with stride 2.

    Parameters
    ----------
    convs, channels : int
        Number of convolutions, and their output channels.
    bn : bool
        BatchNorm after each convolution, in the place of its bias.
    pool : bool
        Whether the pooling is there.

    Source: Simonyan & Zisserman 2015, table 1.
    Shapes: (N, in_channels, H, W) to (N, channels, ⌊H/2⌋, ⌊W/2⌋), or (…, H, W) without
    the pooling.
    """

    def __init__(
        self, convs: int, channels: int, *, in_channels: int = 0, bn=False, pool=True
    ):
        super().__init__()
        conv = ConvBN if bn else conv_relu
        for _ in range(convs):
            self.add(conv(channels, 3, in_channels=in_channels))
            in_channels = channels
        if pool:
            self.add(nn.MaxPool2D(2, 2))


class VanillaBlock(nn.HybridSequential):
    """(conv3×3 → BN → ReLU) × 2: the basic residual block without its shortcut.

    Shapes: (N, in_channels, H, W) to (N, channels, ⌈H/stride⌉, ⌈W/stride⌉).
    """

    def __init__(self, in_channels: int, channels: int, *, stride: int = 1):
        super().__init__()
        self.add(
            ConvBN(channels, 3, stride=stride, in_channels=in_channels),
            ConvBN(channels, 3, in_channels=channels),
        )


class InceptionBlock(HybridBlock):
    """Four branches side by side: 1×1, 1×1 → 3×3, 1×1 → 5×5, pooling → 1×1.

    Parameters
    ----------
    in_channels : int
    spec : Inception
        Channels of the branches.
    bn : bool
        BatchNorm after each convolution, in the place of its bias.

    Source: Szegedy et al. 2015, figure 2b.
    Shapes: (N, in_channels, H, W) to (N, spec.channels, H, W).
    """

    def __init__(self, in_channels: int, spec, bn: bool = False):
        super().__init__()
        conv = ConvBN if bn else conv_relu
        self.one = conv(spec.one, 1, in_channels=in_channels)
        for name, (reduced, channels), kernel in (
            ("three", spec.three, 3),
            ("five", spec.five, 5),
        ):
            branch = nn.HybridSequential()
            branch.add(
                conv(reduced, 1, in_channels=in_channels),
                conv(channels, kernel, in_channels=reduced),
            )
            setattr(self, name, branch)
        self.pool = nn.HybridSequential()
        self.pool.add(
            nn.MaxPool2D(3, 1, padding=1), conv(spec.pool, 1, in_channels=in_channels)
        )

    def hybrid_forward(self, F, x):
        return join(F, self.one(x), self.three(x), self.five(x), self.pool(x))
