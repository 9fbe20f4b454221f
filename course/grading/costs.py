"""Parameters, flops and activations of canonical nodes, as the library counts them.

See `gluon_nets.tally.Tally` for the notation; for the library's own networks the sums
are those of `gluon_nets.complexity`.
"""

from __future__ import annotations

import math
from typing import Sequence

from course.grading.node import Node

Shape = tuple


def parameter_shapes(node: Node, inputs: Sequence[Shape]) -> tuple[Shape, ...]:
    """Shapes of the parameters that a node reads, in the order of `node.params`.

    Parameters
    ----------
    inputs : sequence of shape
        Of what the node reads, without the batch.
    """
    attrs = node.attrs
    if node.kind == "conv":
        inputs_each = inputs[0][0] // attrs["groups"]
        weight = (attrs["channels"], inputs_each, *attrs["kernel"])
        return (weight, (attrs["channels"],))[: len(node.params)]
    if node.kind == "dense":
        return ((attrs["units"], inputs[0][-1]), (attrs["units"],))[: len(node.params)]
    if node.kind == "norm":
        return ((inputs[0][0],),) * len(node.params)
    if node.kind == "layer_norm":
        return ((inputs[0][attrs["axis"]],),) * len(node.params)
    return ((1,),) * len(node.params)  # PReLU's slope


def flops(node: Node, inputs: Sequence[Shape]) -> int:
    """Multiply-adds of a node plus its bias adds, for one image."""
    if node.kind not in ("conv", "dense"):
        return 0
    weight = parameter_shapes(node, inputs)[0]
    return math.prod(node.shape) * (math.prod(weight[1:]) + node.attrs["bias"])


def acts(node: Node) -> int:
    """Elements of a node's output, where it counts as an activation."""
    padded = node.kind == "pool" and node.attrs["type"] == "max"
    if node.kind in ("conv", "dense") or (padded and any(node.attrs["padding"])):
        return math.prod(node.shape)
    return 0
