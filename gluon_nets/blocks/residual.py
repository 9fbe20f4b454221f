"""Blocks around which a shortcut leads: the activation after the sum, or before."""

from __future__ import annotations

from mxnet.gluon import HybridBlock, nn

from gluon_nets.compatible import inner_width, squeezed_width
from gluon_nets.convolution import Conv2D, keeps_blocks
from gluon_nets.layers import BatchNormReLU, ConvBN, SqueezeExcite, add


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

    A ReLU follows the first two, and the sum with the shortcut. With one group it is
    ResNet's bottleneck block; with squeeze-and-excitation RegNet's Y block.

    Parameters
    ----------
    in_channels, channels : int
        What goes in and what comes out.
    group_width : int
        Channels per group of the 3×3 convolution (not the number of groups).
    bottleneck : float
        The inner width is channels / bottleneck (the paper's ratio b).
    stride : int
        Stride of the block and of the projection.
    se_ratio : float
        Squeeze-and-excitation behind the 3×3 convolution, squeezed to
        round(se_ratio · in_channels) channels; 0: none.
    shortcut_bn : bool
        See `Residual`.
    stride_on : {'conv3', 'conv1'}
        Whether the 3×3 or, as first published, the first 1×1 convolution has the
        stride.

    Raises
    ------
    ValueError
        Where the inner width is not a whole number or not a multiple of `group_width`.

    Source: He et al. 2016a, figure 5; Xie et al. 2017, figure 3c; Radosavovic et al.
    2020, figure 4.
    Shapes: (N, in_channels, H, W) to (N, channels, ⌈H/stride⌉, ⌈W/stride⌉).
    """

    def __init__(
        self,
        in_channels,
        channels,
        *,
        stride=1,
        shortcut_bn=True,
        **convs,
    ):
        transform, inner = _x_convs(in_channels, channels, stride=stride, **convs)
        transform.add(ConvBN(channels, 1, relu=False, in_channels=inner))
        super().__init__(transform, in_channels, channels, stride, shortcut_bn)


def _x_convs(
    in_channels,
    channels,
    *,
    group_width,
    bottleneck=1.0,
    stride=1,
    se_ratio=0.0,
    stride_on="conv3",
) -> tuple[nn.HybridSequential, int]:
    """conv1×1 → grouped conv3×3 (→ SE) of an X block, and the inner width."""
    transform = nn.HybridSequential()
    inner, groups = inner_width(channels, group_width, bottleneck)
    strides = (stride, 1) if stride_on == "conv1" else (1, stride)
    transform.add(
        ConvBN(
            inner,
            1,
            stride=strides[0],
            in_channels=in_channels,
            blocked_gradient=keeps_blocks(inner, inner, groups),
        ),
        ConvBN(
            inner,
            3,
            stride=strides[1],
            groups=groups,
            in_channels=inner,
            blocked_gradient=not se_ratio and keeps_blocks(inner, channels),
        ),
    )
    if se_ratio:
        transform.add(SqueezeExcite(inner, squeezed_width(in_channels, se_ratio)))
    return transform, inner


class PreActivation(HybridBlock):
    """f(a) + shortcut(x), a = relu(BN(x)): nothing follows the sum.

    The shortcut is the identity, or a 1×1 projection of a, without BatchNorm, where the
    number of channels changes or the stride is not 1.

    Source: He et al. 2016b, figure 4e.
    """

    def __init__(self, transform, in_channels, channels, stride):
        super().__init__()
        self.bn = BatchNormReLU(in_channels=in_channels)
        self.transform = transform
        self.shortcut = None
        if in_channels != channels or stride != 1:
            self.shortcut = nn.Conv2D(
                channels, 1, strides=stride, use_bias=False, in_channels=in_channels
            )

    def hybrid_forward(self, F, x):
        activated = self.bn(x)
        shortcut = x if self.shortcut is None else self.shortcut(activated)
        return add(F, self.transform(activated), shortcut)


class PreActResidualBlock(PreActivation):
    """The basic block before activation: f = conv3×3 → BN → ReLU → conv3×3.

    Shapes: (N, in_channels, H, W) to (N, channels, ⌈H/stride⌉, ⌈W/stride⌉).
    """

    def __init__(self, in_channels, channels, *, stride=1):
        transform = nn.HybridSequential()
        transform.add(
            ConvBN(channels, 3, stride=stride, in_channels=in_channels),
            Conv2D(channels, 3, in_channels=channels),
        )
        super().__init__(transform, in_channels, channels, stride)


class PreActResNeXtBlock(PreActivation):
    """The X block before activation; with one group the bottleneck block of ResNet v2.

    f = conv1×1 → BN → ReLU → grouped conv3×3 → BN → ReLU (→ SE) → conv1×1.

    Shapes: (N, in_channels, H, W) to (N, channels, ⌈H/stride⌉, ⌈W/stride⌉).
    """

    def __init__(
        self,
        in_channels,
        channels,
        *,
        stride=1,
        **convs,
    ):
        transform, inner = _x_convs(in_channels, channels, stride=stride, **convs)
        transform.add(nn.Conv2D(channels, 1, use_bias=False, in_channels=inner))
        super().__init__(transform, in_channels, channels, stride)
