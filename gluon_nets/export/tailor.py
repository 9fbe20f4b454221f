"""A loaded graph, computed in the ways that are fast for its images on this processor.

Files have the textbook's convolutions, for images of every size. On loading they become
what `convolution.Conv2D` computes; the weights are laid out once for all batches, which
a network that learns does in each step.
"""

from __future__ import annotations

import math
from typing import Mapping

import mxnet as mx
from mxnet import np

from gluon_nets import winograd
from gluon_nets.export.rewrite import PREVIOUS, rewritten
from gluon_nets.graph import Node, Shape, operators
from gluon_nets.grouped import block_diagonal, merged_groups
from gluon_nets.small_maps import is_small, outputs_of, product_weights

# of fewer images products gain less than BatchNorm and ReLU then cost, which oneDNN
# fuses with convolutions only; of convolutions with groups they gain nothing
IMAGES = 8


def tailored(text: str, arrays: Mapping, shape: Shape) -> tuple[str, dict]:
    """A graph for images of one shape, (N, C, H, W), and its parameters.

    Parameters
    ----------
    text : str
        The graph as MXNet's JSON.
    arrays : mapping
        The parameters by name, which 'arg:' or 'aux:' precedes.
    """
    found = operators(mx.sym.load_json(text), shape)
    convs = {node.name: node for node in found if node.op == "Convolution"}
    arrays = dict(arrays)

    def rule(node: dict) -> list[dict]:
        conv = convs.get(node["name"])
        weight = arrays.get(f"arg:{conv.parameters[0]}") if conv else None
        if weight is None or weight.shape != conv.inputs[1]:
            return [node]  # loading will say so
        part = _Part(node)
        _convolve(conv, weight, part)
        arrays.update(part.arrays)
        return part.nodes

    text = rewritten(text, rule)
    read = set(mx.sym.load_json(text).list_inputs())
    return text, {key: arrays[key] for key in arrays if key.split(":", 1)[1] in read}


class _Part:
    """What takes an operator's place in a graph: nodes, and parameters of theirs."""

    def __init__(self, node: dict):
        self.node, self.nodes, self.arrays = node, [], {}

    def parameter(self, array) -> int:
        """Add one; its place."""
        name = f"{self.node['name']}.{len(self.nodes)}"
        self.arrays[f"arg:{name}"] = array
        self.nodes.append({"op": "null", "name": name, "inputs": []})
        return len(self.nodes) - 1

    def add(self, op: str, *inputs: int | None, **attrs) -> int:
        """Add an operator that reads those at places, None is the input; its place."""
        place = len(self.nodes)
        sources = [
            self.node["inputs"][0] if i is None else [i - place, 0, 0] for i in inputs
        ]
        name = f"{self.node['name']}.{place}"
        attrs = {key: str(value) for key, value in attrs.items()}
        self.nodes.append({"op": op, "name": name, "inputs": sources, "attrs": attrs})
        return place


def _convolve(conv: Node, weight, part: _Part) -> None:
    """Add a convolution to the part that takes its place."""
    maps, shape, groups = conv.inputs[0], weight.shape, conv.attrs.get("num_group", 1)
    stride = (conv.attrs.get("stride") or (1, 1))[0]
    if _is_standard(conv, stride):
        if is_small(maps) and maps[0] >= IMAGES and groups == 1:
            return _as_products(part, weight, maps, stride)
        bounds = winograd.PREPARED
        if winograd.fits(shape, stride, groups, bounds) and winograd.pays(maps, bounds):
            return _by_winograd(part, weight, maps)
    merged = merged_groups(shape[1] * groups, shape[0], groups)
    if merged > 1:
        _in_wide_groups(part, weight, groups, merged)
    else:
        part.nodes.append(part.node)


def _is_standard(conv: Node, stride: int) -> bool:
    """Whether it is 3×3, with zeros around the maps and without a bias."""
    attrs, sides = conv.attrs, (3, 1, 1, stride)
    found = (attrs.get(key, ()) for key in ("kernel", "pad", "dilate", "stride"))
    same = all(pair in ((side, side), ()) for pair, side in zip(found, sides))
    return same and attrs.get("no_bias", False)


def _as_products(part: _Part, weight, maps: Shape, stride: int) -> None:
    """As `small_maps` does."""
    sides, width = maps[2:], len(weight)
    outputs = outputs_of(sides, stride)
    wide = product_weights(mx.nd, weight, weight.shape, sides, stride, groups=1)
    wide, hidden = part.parameter(wide), len(wide)
    y = part.add("FullyConnected", None, wide, num_hidden=hidden, no_bias=True)
    part.add("Reshape", y, shape=(-1, width, *outputs))


def _by_winograd(part: _Part, weight, maps: Shape) -> None:
    """As `winograd` does."""
    (_, channels, *sides), width = maps, len(weight)
    read, taps, write = map(_array, winograd.both_ways(sides))
    rows, points = read.shape[1], taps.shape[1]
    weight = winograd.transformed(mx.nd, weight, taps, weight.shape, points)
    read, write, weight = map(part.parameter, (read, write, weight))
    x = part.add("Reshape", None, shape=(1, -1, math.prod(sides)))
    x = part.add("batch_dot", read, x, transpose_b=True)
    x = part.add("Reshape", x, shape=(points, -1, channels))
    y = part.add("batch_dot", x, weight, transpose_b=True)
    y = part.add("Reshape", y, shape=(1, rows, -1))
    y = part.add("batch_dot", y, write, transpose_a=True)
    part.add("Reshape", y, shape=(-1, width, *sides))


def _array(table):
    # by way of NumPy's: mx.nd.array asks SciPy for its matrices under a former name
    return np.array(table, dtype="float32").as_nd_ndarray()


def _in_wide_groups(part: _Part, weight, groups: int, merged: int) -> None:
    """As `grouped` does."""
    narrow = weight.as_np_ndarray()
    wide = block_diagonal(mx, narrow, narrow.shape, groups, merged)
    part.parameter(wide.as_nd_ndarray())
    attrs = {**part.node["attrs"], "num_group": str(groups // merged)}
    images, _, *bias = part.node["inputs"]
    inputs = [images, [PREVIOUS, 0, 0], *bias]
    part.nodes.append({**part.node, "attrs": attrs, "inputs": inputs})
