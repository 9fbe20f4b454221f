"""Primitive layers, written so that a CPU keeps oneDNN's blocked layouts.

A faster operator is chosen over the plain one here and in `convolution`. Everything
here computes exactly what the textbook layer computes; `tests/test_layers.py` compares
outputs and gradients with the plain operators.
"""

from __future__ import annotations

from mxnet import npx
from mxnet.gluon import HybridBlock, nn

from gluon_nets.convolution import Conv2D, keeps_blocks, may_leave_blocks
from gluon_nets.formulation import KnowsPrecision, is_textbook, on_cpu, shape_of

__all__ = [
    "BatchNormReLU",
    "ConvBN",
    "GlobalAvgPool",
    "SqueezeExcite",
    "add",
    "conv_relu",
    "join",
]

npx.set_np()


class BatchNormReLU(KnowsPrecision, nn.BatchNorm):
    """relu(batch_norm(x)) in one pass over memory where oneDNN can do it.

    MXNet 1.9.1's own ``nn.BatchNormReLU`` silently leaves the ReLU out under
    ``npx.set_np()`` (its `hybrid_forward` fuses only where ``not is_np_array()``), so
    the operator is called here through the legacy view of the arrays. Against
    BatchNorm followed by an Activation it takes about 10 % off a training step of
    `regnetx32`. On a GPU, or in another precision, the two plain operators run.

    Parameters
    ----------
    fuse : bool
        Only to be set where the gradient comes back in the layout that the input came
        in: the operator keeps the ReLU's mask in the one and reads it in the other, and
        where they differ all gradients before it are silently wrong. `ConvBN` knows.

    As with MXNet's own max pooling on a CPU, gradients are right only where the forward
    pass was recorded in training mode (``autograd.record()``): with
    ``train_mode=False`` oneDNN keeps nothing for the backward pass, and MXNet does not
    notice. A network cast to float64 gives the right ones there.

    Shapes: (N, C, H, W) to the same.
    """

    def __init__(self, fuse: bool = False, **kwargs):
        super().__init__(**kwargs)
        self._fuse = fuse

    def _fused(self) -> bool:
        return self._fuse and self.has_kernels(self.gamma)

    def hybrid_forward(self, F, x, gamma, beta, running_mean, running_var):
        inputs = (x, gamma, beta, running_mean, running_var)
        if not self._fused() or may_leave_blocks(shape_of(x)):
            y = F.npx.batch_norm(*inputs, name="fwd", **self._kwargs)
            return F.npx.activation(y, act_type="relu")
        legacy = [value.as_nd_ndarray() for value in inputs]
        y = F.contrib.BatchNormWithReLU(*legacy, name="fwd", **self._kwargs)
        return y.as_np_ndarray()


class ConvBN(nn.HybridSequential):
    """conv → BatchNorm (→ ReLU), 'same' padding, no convolution bias.

    A bias before BatchNorm is dead weight: the mean that BatchNorm subtracts holds it.

    Parameters
    ----------
    channels, kernel, stride : int
        Output channels, side of the square kernel, stride.
    groups : int
        Number of groups of the convolution.
    relu : bool
        Whether a ReLU follows.
    in_channels : int
        Input channels; 0 defers to the first batch.
    blocked_gradient : bool
        Whether what reads the output hands its gradient back in oneDNN's blocked
        layout, as convolutions do that `keeps_blocks`; all that read it must.

    Shapes: (N, in_channels, H, W) to (N, channels, ⌈H/stride⌉, ⌈W/stride⌉).
    """

    def __init__(
        self,
        channels,
        kernel,
        *,
        stride=1,
        groups=1,
        relu=True,
        in_channels=0,
        blocked_gradient=True,
    ):
        super().__init__()
        options = {"stride": stride, "groups": groups, "in_channels": in_channels}
        conv = Conv2D(channels, kernel, **options)
        self.register_child(conv, "conv")
        if not relu:
            norm = nn.BatchNorm(in_channels=channels)
        else:
            fuse = blocked_gradient and keeps_blocks(in_channels, channels, groups)
            norm = BatchNormReLU(in_channels=channels, fuse=fuse)
        self.register_child(norm, "bn")


def conv_relu(
    channels: int,
    kernel: int,
    *,
    stride: int = 1,
    padding: int | None = None,
    in_channels: int = 0,
) -> nn.Conv2D:
    """conv → ReLU with a bias and no BatchNorm; 'same' padding unless said.

    The ReLU is an `Activation`: ``npx.relu`` is a plain loop on CPU, about twice as
    slow, forward and backward.
    """
    return nn.Conv2D(
        channels,
        kernel,
        strides=stride,
        padding=kernel // 2 if padding is None else padding,
        in_channels=in_channels,
        activation="relu",
    )


def add(F, x, y):
    """x + y of equal shapes, forward and backward in oneDNN's layout.

    ``x + y`` on np arrays is a broadcasting addition with a slow backward pass that
    also leaves the blocked layout: a step of `regnetx32` takes about 1.2 × as long.
    """
    total = F.elemwise_add(x.as_nd_ndarray(), y.as_nd_ndarray())
    return total.as_np_ndarray()


def join(F, *parts):
    """Feature maps behind each other along the channels, in oneDNN's layout."""
    return F.concat(*[part.as_nd_ndarray() for part in parts], dim=1).as_np_ndarray()


def flat_maps(F, x):
    """x (N, C, H, W) as (N·C, H·W), and ones (1, H·W); on legacy arrays."""
    maps = F.reshape(x, shape=(-3, -1))
    ones = F.ones_like(F.slice_axis(maps, axis=0, begin=0, end=1))
    return maps, F.BlockGrad(ones)


class SqueezeExcite(HybridBlock):
    """x · sigmoid(W₂ relu(W₁ mean(x))): a weight from 0 to 1 for each channel.

    Parameters
    ----------
    channels : int
        Channels of x.
    squeezed : int
        Channels in between.

    Source: Hu et al. 2018, section 3.
    Shapes: (N, channels, H, W) to the same.
    """

    def __init__(self, channels: int, squeezed: int):
        super().__init__()
        self.pool = GlobalAvgPool()
        self.squeeze = nn.Dense(squeezed, activation="relu", in_units=channels)
        self.excite = nn.Dense(channels, activation="sigmoid", in_units=squeezed)

    def hybrid_forward(self, F, x):
        # NumPy's mean and broadcasting product, and the gradients of both, are slow
        # loops: 30 % of a step of `regnety_400mf` (16×3×224×224), which takes 0.74 s
        # in place of 0.91 s with matrix products by ones. oneDNN's global pooling runs
        # its reference code backwards over maps of 28 pixels and more.
        if is_textbook() or not on_cpu(self.squeeze.weight):
            weight = self.excite(self.squeeze(self.pool(x)))  # (N, channels)
            weight = F.np.expand_dims(F.np.expand_dims(weight, -1), -1)
            return F.np.multiply(x, weight)
        x = x.as_nd_ndarray()
        maps, ones = flat_maps(F, x)
        share = F.broadcast_div(ones, F.sum(ones, keepdims=True))
        mean = F.dot(maps, share, transpose_b=True)  # (N·C, 1)
        mean = F.reshape_like(mean, x, lhs_begin=0, lhs_end=2, rhs_begin=0, rhs_end=2)
        weight = self.excite(self.squeeze(mean.as_np_ndarray())).as_nd_ndarray()
        weight = F.dot(F.reshape(weight, shape=(-1, 1)), ones)
        return F.reshape_like(F.elemwise_mul(maps, weight), x).as_np_ndarray()


class GlobalAvgPool(HybridBlock):
    """(N, C, H, W) → (N, C): the mean over each feature map.

    As a reduction, not as ``GlobalAvgPool2D``: the gradient of that comes back in an
    odd layout that, together with `add`, every layer before it inherits, and BatchNorm
    then runs oneDNN's reference code (a step takes 3 times as long, see "A trap of
    layouts" in docs/performance.md). The gradient of a mean is in the plain layout
    instead, and would stay so along the shortcuts of the last stage. The 1×1 pooling
    before it changes no number: its backward pass brings the blocked layout back
    (17 reorders fewer in a step of `regnetx32`).
    """

    def hybrid_forward(self, F, x):
        x = F.npx.pooling(x, kernel=(1, 1), pool_type="avg")
        return F.np.mean(x, axis=(2, 3))
