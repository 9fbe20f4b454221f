"""A network's symbol graph with shapes, read without running the network."""

from __future__ import annotations

import ast
import contextlib
import dataclasses
import io
import json
import warnings
from typing import Any, Mapping, Tuple

import mxnet as mx
from mxnet import npx

from gluon_nets.formulation import textbook

npx.set_np()

Shape = Tuple[int, ...]
LARGEST = 512  # side of the images that `check_input` tries
ROW = "__row__"  # attribute that marks the operators of a part of a network


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
    parameters : tuple of str
        Names of the parameters it reads.
    reads : tuple of int
        Places in the list of operators of those whose outputs it reads; −1: the input.
    row : str
        The mark that `symbol_of` was asked to leave.
    """

    name: str
    op: str
    attrs: Mapping[str, Any]
    inputs: tuple[Shape, ...]
    output: Shape
    parameters: tuple[str, ...]
    reads: tuple[int, ...]
    row: str


def name_of(net) -> str:
    """The network's registered name, or its class."""
    spec = getattr(net, "spec", None)
    return spec.name if spec else type(net).__name__


def symbol_of(net, inputs=None, row: str = ""):
    """The symbol of a network's output; hybridized or not, initialized or not.

    In the textbook's operators, see `gluon_nets.formulation`.
    """
    if inputs is None:
        inputs = mx.sym.var("data").as_np_ndarray()
    with mx.AttrScope(**{ROW: row}), textbook():
        return net(inputs)


def output_shape(symbol, shape: Shape) -> Shape:
    """Shape of a symbol's output for an input of a shape."""
    return tuple(_infer(symbol, shape)[0])


def _infer(symbol, shape: Shape) -> list:
    """Shapes of a symbol's outputs.

    Raises
    ------
    ValueError
        Where an input of that shape does not fit.
    """
    try:
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # MXNet prints what failed, and warns
            _, outputs, _ = symbol.infer_shape(data=tuple(shape))
    except mx.MXNetError as error:
        raise ValueError(_reason(error)) from None
    if outputs is None:
        raise ValueError(f"an input of shape {tuple(shape)} leaves shapes open")
    return outputs


def operators(symbol, shape: Shape) -> list[Node]:
    """The operators of a symbol in topological order, parameters left out."""
    nodes, shapes = _nodes(symbol, shape)
    indices = [index for index, node in enumerate(nodes) if node["op"] != "null"]
    places = {index: place for place, index in enumerate(indices)}
    return [_operator(nodes, shapes, index, places) for index in indices]


def parameter_shapes(symbol, shape: Shape) -> dict[str, Shape]:
    """Shapes that the parameters have for an input of a shape, by name."""
    nodes, shapes = _nodes(symbol, shape)
    return {
        node["name"]: shapes[index, 0]
        for index, node in enumerate(nodes)
        if node["op"] == "null" and node["name"] != "data"
    }


def _nodes(symbol, shape: Shape) -> tuple[list, dict]:
    """The graph's nodes, and the shape of each output by (node, number of output)."""
    internals = symbol.get_internals()
    graph = json.loads(internals.tojson())
    # the heads are the outputs of all nodes: by their places, since names may repeat
    places = [(node, output) for node, output, *_ in graph["heads"]]
    outputs = (tuple(output) for output in _infer(internals, shape))
    return graph["nodes"], dict(zip(places, outputs))


def _operator(nodes: list, shapes: dict, index: int, places: dict) -> Node:
    node = nodes[index]
    attrs = node.get("attrs", {})
    sources = [(source, output) for source, output, *_ in node["inputs"]]
    read = [nodes[source] for source, _ in sources]
    return Node(
        name=node["name"],
        op=node["op"],
        attrs={k: _value(v) for k, v in attrs.items() if not k.startswith("__")},
        inputs=tuple(shapes[place] for place in sources),
        output=shapes[index, 0],
        parameters=tuple(
            n["name"] for n in read if n["op"] == "null" and n["name"] != "data"
        ),
        reads=tuple(
            places.get(source, -1)
            for (source, _), node in zip(sources, read)
            if source in places or node["name"] == "data"
        ),
        row=attrs.get(ROW, ""),
    )


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
    if len(shape) != 4:
        raise ValueError(f"shape is {tuple(shape)}: it must be (N, C, H, W)")
    symbol = symbol_of(net)
    graphs = (symbol, _without_shapes(symbol))
    for graph in graphs:
        if _problem(graph, shape) is None:
            _check_parameters(net, graph, shape)
            return output_shape(graph, shape)
    problem = _problem(symbol, shape)
    height, width = shape[2:]
    fits = (
        size
        for size in range(min(height, width) + 1, LARGEST + 1)
        if any(_problem(graph, (*shape[:2], size, size)) is None for graph in graphs)
    )
    smallest = next(fits, None)
    if smallest is None:  # then it is not the size that is wrong
        raise ValueError(f"{tuple(shape)} is no input for {name_of(net)}: {problem}")
    raise ValueError(
        f"{height}×{width} is no size for {name_of(net)}: {problem}; the smallest that "
        f"fits is {smallest}×{smallest}"
    )


def _without_shapes(symbol):
    """The symbol without the shapes that its parameters have already.

    So that a network made for other images is told by the parameter that differs, not
    by the first operator that fails.
    """
    graph = json.loads(symbol.tojson())
    for node in graph["nodes"]:
        node.get("attrs", {}).pop("__shape__", None)
    return mx.sym.load_json(json.dumps(graph)).as_np_ndarray()


def _check_parameters(net, symbol, shape: Shape) -> None:
    needed = parameter_shapes(symbol, shape)
    for key, parameter in net._collect_params_with_prefix().items():
        there = tuple(parameter.shape or ())
        wanted = needed.get(parameter.name, there)
        if not agrees(there, wanted):
            raise ValueError(
                f"{name_of(net)} was made for other images: with an input of shape "
                f"{tuple(shape)} its {key} would be {wanted}, and it is {there}"
            )


def agrees(known: Shape, shape: Shape) -> bool:
    """Whether what is known of a parameter's shape (0 or -1: open) allows a shape."""
    return len(known) == len(shape) and all(
        side in (0, -1, wanted) for side, wanted in zip(known, shape)
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
