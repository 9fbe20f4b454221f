"""A design space of multilayer perceptrons."""

from __future__ import annotations

import dataclasses

from gluon_nets.checks import check_choice, check_count, check_flag
from gluon_nets.compatible import inner_width
from gluon_nets.specs.entry import Entry
from gluon_nets.tally import Map, Tally

NORMS = ("none", "batch", "layer")


@dataclasses.dataclass(frozen=True)
class MLPSpec:
    """flatten → dense → `depth` blocks of two dense layers → dense.

    A block is relu(x + f(x)), or relu(f(x)), with f = dense → norm → ReLU → dense →
    norm.

    Attributes
    ----------
    depth : int
        Number of blocks.
    width : int
        Units between the blocks.
    bottleneck : float
        b: a block has width / b units inside.
    residual : bool
        Whether a shortcut leads around each block.
    norm : {'none', 'batch', 'layer'}
        What follows each dense layer but the last.

    Source: Dive into Deep Learning, 'Designing convolution network architectures',
    exercise 4 (the perfect MLP).
    """

    depth: int
    width: int
    bottleneck: float = 1.0
    residual: bool = False
    norm: str = "none"

    def __post_init__(self):
        check_count("depth", self.depth)
        check_choice("norm", self.norm, NORMS)
        check_flag("residual", self.residual)
        inner_width(self.width, 1, self.bottleneck)

    @property
    def inner(self) -> int:
        """Units inside a block."""
        return inner_width(self.width, 1, self.bottleneck)[0]

    def count(self, tally: Tally, x: Map, num_classes: int) -> None:
        """Add what the network costs for an image `x` to a tally."""
        self._dense(tally, x.size, self.width)
        block = Tally()
        self._dense(block, self._dense(block, self.width, self.inner), self.width)
        tally.add(block, self.depth)
        tally.dense(self.width, num_classes)

    def _dense(self, tally: Tally, inputs: int, units: int) -> int:
        normed = self.norm != "none"
        tally.dense(inputs, units, bias=not normed)
        if normed:
            tally.norm(Map(units, 1, 1))
        return units


_SOURCE = "Dive into Deep Learning, 'Designing convolution network architectures'"
_SOURCE += ", exercise 4"

MLPS = {
    name: Entry(spec, _SOURCE, 28, 1, 10)
    for name, spec in {
        "mlp": MLPSpec(2, 256),
        "mlp_deep": MLPSpec(8, 256, norm="batch"),
        "mlp_residual": MLPSpec(8, 256, residual=True, norm="batch"),
        "mlp_bottleneck": MLPSpec(8, 256, 4.0, residual=True, norm="batch"),
        "mlp_layernorm": MLPSpec(8, 256, residual=True, norm="layer"),
    }.items()
}
