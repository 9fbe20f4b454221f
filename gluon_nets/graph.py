"""A network's symbol graph with shapes, read without running the network."""

from __future__ import annotations

import ast
import contextlib
import dataclasses
import io
import json
from typing import Any, Mapping, Tuple

import mxnet as mx

Shape = Tuple[int, ...]


@dataclasses.dataclass(frozen=True)
class Node:
    """An operator of the graph.

    Attributes
    ----------
    name, op : str
        Its name in the graph and the operator's registered name.
    attrs : mapping
        Attributes as Python values (tuples, numbers, booleans, strings).
    inputs : tuple of shapes
        Shapes of what it reads, parameters included.
    output : shape
        Shape of its first output.
    """

    name: str
    op: str
    attrs: Mapping[str, Any]
    inputs: tuple[Shape, ...]
    output: Shape


def name_of(net) -> str:
    """The network's registered name, or its class."""
    spec = getattr(net, "spec", None)
    return spec.name if spec else type(net).__name__


def symbol_of(net, inputs=None):
    """The symbol of a network's output; hybridized or not, initialized or not."""
    return net(mx.sym.var("data").as_np_ndarray() if inputs is None else inputs)


def shapes_of(symbol, shape: Shape) -> dict[str, Shape]:
    """Shapes of all parameters and outputs in a symbol, by name.

    Raises
    ------
    ValueError
        Where an input of that shape does not fit the network.
    """
    internals = symbol.get_internals()
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # MXNet prints what failed
            args, outputs, states = internals.infer_shape(data=tuple(shape))
    except mx.MXNetError as error:
        raise ValueError(_reason(error)) from None
    shapes = dict(zip(internals.list_outputs(), outputs))
    shapes.update(zip(internals.list_arguments(), args))
    shapes.update(zip(internals.list_auxiliary_states(), states))
    return shapes


def operators(symbol, shape: Shape) -> list[Node]:
    """The operators of a symbol in topological order, parameters left out."""
    shapes = shapes_of(symbol, shape)
    nodes = json.loads(symbol.tojson())["nodes"]

    def shape_of(index: int, output: int) -> Shape:
        name = nodes[index]["name"]
        # an operator with several outputs names each; of those only the first is read
        for key in (name, f"{name}_output", f"{name}_output{output}"):
            if key in shapes:
                return tuple(shapes[key])
        raise KeyError(f"no shape for node {name!r}, output {output}")

    return [
        Node(
            name=node["name"],
            op=node["op"],
            attrs={key: _value(v) for key, v in node.get("attrs", {}).items()},
            inputs=tuple(shape_of(source, out) for source, out, _ in node["inputs"]),
            output=shape_of(index, 0),
        )
        for index, node in enumerate(nodes)
        if node["op"] != "null"
    ]


def check_input(net, shape: Shape) -> Shape:
    """Check that a network can read images of a shape; return its output's shape.

    Parameters
    ----------
    net : HybridBlock
    shape : (N, C, H, W)

    Raises
    ------
    ValueError
        Where a strided layer would see a map smaller than its stride (the resolution
        is used up before the network ends; names the smallest size that fits), or
        where parameters that exist already are of other shapes.
    """
    symbol = symbol_of(net)
    problem = _problem(symbol, shape)
    if problem is None:
        shapes = shapes_of(symbol, shape)
        _check_parameters(net, shape, shapes)
        return tuple(shapes[symbol.list_outputs()[0]])
    height, width = shape[2:]
    fits = (
        size
        for size in range(min(height, width) + 1, 513)
        if _problem(symbol, (*shape[:2], size, size)) is None
    )
    smallest = next(fits, None)
    mend = f"; the smallest that fits is {smallest}×{smallest}" if smallest else ""
    raise ValueError(f"{height}×{width} is no size for {name_of(net)}: {problem}{mend}")


def _check_parameters(net, shape: Shape, shapes: Mapping[str, Shape]):
    for key, parameter in net._collect_params_with_prefix().items():
        needed, there = tuple(shapes[parameter.name]), parameter.shape
        if all(side > 0 for side in there) and needed != tuple(there):
            raise ValueError(
                f"{name_of(net)} was made for other images: with an input of shape "
                f"{tuple(shape)} its {key} would be {needed}, and it is {tuple(there)}"
            )


def _problem(symbol, shape: Shape):
    """Why a shape does not fit, or None."""
    try:
        nodes = operators(symbol, shape)
    except ValueError as error:
        return str(error)
    for node in nodes:
        stride = node.attrs.get("stride", ())
        if not isinstance(stride, tuple) or node.op not in ("Convolution", "Pooling"):
            continue
        seen = node.inputs[0][2:]
        if any(pixels < step for pixels, step in zip(seen, stride)):
            sides = "×".join(map(str, seen))
            return f"a layer with stride {stride[0]} is left with {sides} pixels"
    return None


def _value(text: str):
    """An attribute's text as a Python value; words stay words."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def _reason(error: Exception) -> str:
    """The telling words of an MXNet error, without its C++ stack."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    telling = [line for line in lines if "Check failed" in line or "Error in" in line]
    words = (telling or lines)[-1].rstrip(": ")
    return words.split(": ")[-1]  # "Check failed: CONDITION: WORDS"
