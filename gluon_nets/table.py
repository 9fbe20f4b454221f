"""The table of a network's layers: shapes, parameters, flops, activations."""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import Iterable, Iterator, Sequence

import numpy as np
from mxnet.gluon import nn
from tabulate import tabulate

from gluon_nets.checks import check_count
from gluon_nets.graph import (
    Node,
    Shape,
    check_input,
    operators,
    output_shape,
    parameter_shapes,
    symbol_of,
)


@dataclasses.dataclass(frozen=True)
class Row:
    """A layer (or a group of layers) of a network.

    `output` is the shape behind it; `params` counts trainable numbers; `flops` counts
    multiply-adds of convolutions and dense layers plus bias adds, and `acts` elements
    of their outputs and of those of padded max poolings, for one image.
    """

    name: str
    layer: str
    output: Shape
    params: int
    flops: int
    acts: int


@dataclasses.dataclass(frozen=True, repr=False)
class Summary:
    """The rows of a network; printed, or as the value of a cell, it is a table."""

    input_shape: Shape
    rows: tuple[Row, ...]

    @property
    def params(self) -> int:
        """Trainable numbers of the whole network."""
        return sum(row.params for row in self.rows)

    @property
    def flops(self) -> int:
        """Multiply-adds (and bias adds) of the whole network for one image."""
        return sum(row.flops for row in self.rows)

    @property
    def acts(self) -> int:
        """Activations of the whole network for one image."""
        return sum(row.acts for row in self.rows)

    def as_dict(self) -> dict:
        """The rows and totals as JSON-able data."""
        rows = [dataclasses.asdict(row) for row in self.rows]
        return {
            "input": self.input_shape,
            "params": self.params,
            "flops": self.flops,
            "acts": self.acts,
            "rows": rows,
        }

    def __repr__(self) -> str:
        table = [["input", "", self.input_shape, "", "", ""]]
        table += [
            [r.name, r.layer, r.output, r.params, r.flops, r.acts] for r in self.rows
        ]
        table += [["total", "", "", self.params, self.flops, self.acts]]
        cells = [[_cell(value) for value in line] for line in table]
        return tabulate(
            cells,
            headers=("name", "layer", "output", "params", "flops", "acts"),
            colalign=("left", "left", "left", "right", "right", "right"),
            disable_numparse=True,
        )


def summary(net, shape: Sequence[int], depth: int = 1) -> Summary:
    """Shapes, parameters and flops of each layer for an input of a given shape.

    Read from the symbol graph: the network is neither run, initialized nor hybridized,
    and no random number is drawn, so it says the same before and after.

    Parameters
    ----------
    net : HybridBlock
        Initialized or not, hybridized or not.
    shape : (N, C, H, W)
        Shape of the input.
    depth : int
        How many levels of nested sequences to unfold; 0: the network is one row.

    Returns
    -------
    Summary
        Has `rows`, `params`, `flops` and `acts`; printed, it is the table:
        ``print(gn.summary(net, (1, 1, 96, 96)))``.

    Raises
    ------
    ValueError
        Where an input of that shape does not fit the network, or `depth` is below 0.
    """
    shape = _checked(shape)
    check_count("depth", depth, least=0)
    check_input(net, shape)
    outputs, symbol = [], None
    layers = list(_layers(net, depth))
    for index, (_, block) in enumerate(layers):
        symbol = symbol_of(block, symbol, row=str(index))
        outputs.append(output_shape(symbol, shape))
    nodes = operators(symbol, shape)
    params = _count_parameters(net, parameter_shapes(symbol, shape), nodes)
    rows = (
        Row(
            name=name,
            layer=type(block).__name__,
            output=output,
            params=params[str(index)],
            flops=sum(flops(node) for node in nodes if node.row == str(index)),
            acts=sum(acts(node) for node in nodes if node.row == str(index)),
        )
        for index, ((name, block), output) in enumerate(zip(layers, outputs))
    )
    return Summary(shape, tuple(rows))


def _checked(shape) -> Shape:
    """A shape of four numbers as Python's, for NumPy's are no JSON."""
    sides = tuple(shape) if isinstance(shape, Iterable) else (shape,)
    try:
        for side in sides:
            check_count("side", side)
    except ValueError:
        sides = ()
    if len(sides) != 4:
        raise ValueError(f"shape is {shape}: it must be (N, C, H, W), each 1 or more")
    return tuple(map(int, sides))


def _count_parameters(net, shapes: dict[str, Shape], nodes) -> Counter:
    """Trainable numbers by row: each parameter where it is first read."""
    trainable = {p.name for p in net.collect_params().values() if p.grad_req != "null"}
    counts: Counter = Counter()
    for node in nodes:
        for name in trainable.intersection(node.parameters):
            counts[node.row] += int(np.prod(shapes[name]))
            trainable.remove(name)
    return counts


def flops(node: Node) -> int:
    """Multiply-adds of an operator plus its bias adds, for one image."""
    if node.op not in ("Convolution", "FullyConnected"):
        return 0
    weight = node.inputs[1]  # (out, in / groups, kernel...) or (out, in)
    per_output = int(np.prod(weight[1:])) + (not node.attrs.get("no_bias", False))
    return int(np.prod(node.output[1:])) * per_output


def acts(node: Node) -> int:
    """Elements of an operator's output, where it counts as an activation."""
    padded = any(node.attrs.get("pad") or ()) and node.attrs.get("pool_type") == "max"
    if node.op in ("Convolution", "FullyConnected") or (
        node.op == "Pooling" and padded
    ):
        return int(np.prod(node.output[1:]))
    return 0


def _layers(net, depth: int, prefix: str = "") -> Iterator[tuple]:
    """(name, block) in the order of computation, sequences unfolded `depth` times."""
    if depth < 1 or not isinstance(net, nn.HybridSequential):
        yield prefix or "net", net
        return
    for name, block in net._children.items():
        yield from _layers(block, depth - 1, f"{prefix}.{name}" if prefix else name)


def _cell(value) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)
