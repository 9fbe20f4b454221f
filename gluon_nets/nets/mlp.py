"""Multilayer perceptrons of the design space `MLP`."""

from __future__ import annotations

from mxnet.gluon import HybridBlock, nn

from gluon_nets.checks import check_ends
from gluon_nets.specs import MLPSpec

_NORMS = {"batch": nn.BatchNorm, "layer": nn.LayerNorm}


class MLPBlock(HybridBlock):
    """relu(x + f(x)), or relu(f(x)), f = dense → norm → ReLU → dense → norm.

    Shapes: (N, width) to the same.
    """

    def __init__(self, spec: MLPSpec):
        super().__init__()
        self._residual = spec.residual
        self.transform = nn.HybridSequential()
        _add_dense(self.transform, spec.inner, spec.width, spec.norm)
        self.transform.add(nn.Activation("relu"))
        _add_dense(self.transform, spec.width, spec.inner, spec.norm)
        self.relu = nn.Activation("relu")

    def hybrid_forward(self, F, x):
        y = self.transform(x)
        return self.relu(F.np.add(x, y) if self._residual else y)


class MLP(nn.HybridSequential):
    """flatten → dense → norm → ReLU → blocks → dense.

    Parameters
    ----------
    spec : MLPSpec
        The numbers.
    num_classes, in_channels : int
        Outputs; channels of the image, which with its size the first batch tells.

    Shapes: (N, in_channels, H, W) to (N, num_classes).
    """

    def __init__(self, spec: MLPSpec, num_classes: int = 10, in_channels: int = 0):
        super().__init__()
        check_ends(num_classes, in_channels)
        self.register_child(nn.Flatten(), "flatten")
        stem = nn.HybridSequential()
        _add_dense(stem, spec.width, 0, spec.norm)
        stem.add(nn.Activation("relu"))
        self.register_child(stem, "stem")
        for index in range(1, spec.depth + 1):
            self.register_child(MLPBlock(spec), f"block{index}")
        self.register_child(nn.Dense(num_classes, in_units=spec.width), "head")


def _add_dense(body: nn.HybridSequential, units: int, in_units: int, norm: str) -> None:
    """Dense, without a bias where a norm follows, which would subtract it."""
    body.add(nn.Dense(units, use_bias=norm == "none", in_units=in_units))
    if norm != "none":
        body.add(_NORMS[norm](in_channels=units))
