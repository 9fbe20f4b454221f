"""What computes a canonical node: a layer where it has parameters, else operators."""

from __future__ import annotations

from typing import Callable, Sequence

from mxnet.gluon import HybridBlock, nn

from course.grading.graph import Graph
from course.grading.node import Node
from gluon_nets.convolution import Conv2D, keeps_blocks
from gluon_nets.layers import BatchNormReLU, add, join

LEAKY = ("leaky", "elu", "selu", "gelu")


def layer_of(node: Node, inputs: Sequence[tuple], **options) -> HybridBlock:
    """The layer of a node that has parameters, or draws random numbers.

    Parameters
    ----------
    node : Node
    inputs : sequence of shape
        Of what it reads, without the batch.
    **options
        Of the layer: ``params`` shares those of another; ``relu`` has BatchNorm
        compute the ReLU behind it as well.
    """
    return _LAYERS[node.kind](node.attrs, inputs[0], options)


def _conv(attrs, shape, options) -> HybridBlock:
    (side, *_), (stride, *_) = attrs["kernel"], attrs["stride"]
    same = {"kernel": (side,) * 2, "stride": (stride,) * 2, "dilation": (1, 1)}
    same.update(padding=(side // 2,) * 2, bias=False)
    both = {"groups": attrs["groups"], "in_channels": shape[0], **options}
    # the faster operators' layer takes no shared parameters
    if not options and all(attrs[key] == value for key, value in same.items()):
        return Conv2D(attrs["channels"], side, stride=stride, **both)
    return nn.Conv2D(
        attrs["channels"],
        attrs["kernel"],
        strides=attrs["stride"],
        padding=attrs["padding"],
        dilation=attrs["dilation"],
        use_bias=attrs["bias"],
        **both,
    )


def _dense(attrs, shape, options) -> HybridBlock:
    both = {"in_units": shape[-1], "use_bias": attrs["bias"], **options}
    return nn.Dense(attrs["units"], flatten=False, **both)


def _norm(attrs, shape, options) -> HybridBlock:
    if options.pop("relu", False):
        options["fuse"] = True
    return (BatchNormReLU if "fuse" in options else nn.BatchNorm)(
        momentum=attrs["momentum"],
        epsilon=attrs["eps"],
        scale=attrs["scale"],
        use_global_stats=attrs["global_stats"],
        in_channels=shape[0],
        **options,
    )


def _layer_norm(attrs, shape, options) -> HybridBlock:
    axis, eps = attrs["axis"], attrs["eps"]
    both = {"in_channels": shape[axis], **options}
    return nn.LayerNorm(axis=axis + 1, epsilon=eps, **both)


def _dropout(attrs, shape, options) -> HybridBlock:
    return nn.Dropout(attrs["rate"], axes=tuple(axis + 1 for axis in attrs["axes"]))


_LAYERS = {
    "conv": _conv,
    "dense": _dense,
    "norm": _norm,
    "layer_norm": _layer_norm,
    "dropout": _dropout,
    "activation": lambda attrs, shape, options: nn.PReLU(**options),
}


def fused(graph: Graph) -> set[int]:
    """Places of the BatchNorms that may compute the ReLU behind them as well.

    Only between convolutions that read and write oneDNN's blocked layout: elsewhere
    the gradients would be wrong, see `gluon_nets.layers.BatchNormReLU`.
    """
    return {place for place in range(len(graph.nodes)) if _is_fused(graph, place)}


def _is_fused(graph: Graph, place: int) -> bool:
    node, readers = graph.nodes[place], graph.readers[place]
    plain = node.kind == "norm" and node.attrs["scale"]
    if not plain or node.attrs["global_stats"] or len(readers) != 1:
        return False
    if graph.nodes[readers[0]].kind != "relu":
        return False
    around = [*node.inputs, *graph.readers[readers[0]]]
    return all(_keeps_blocks(graph, graph.nodes[each]) for each in around)


def _keeps_blocks(graph: Graph, node: Node) -> bool:
    if node.kind != "conv" or node.attrs["dilation"] != (1, 1):
        return False
    ((channels, *_),) = graph.inputs(node)
    # a group like a convolution of its own: only some layers merge narrow groups
    groups = node.attrs["groups"]
    return keeps_blocks(channels // groups, node.attrs["channels"] // groups)


def function_of(node: Node, inputs: Sequence[tuple]) -> Callable | None:
    """What computes a node without parameters, called with F and what it reads."""
    if node.kind in _LAYERS and (node.params or node.kind == "dropout"):
        return None
    if node.kind == "add" and inputs[0] == inputs[1]:
        return add
    return _FUNCTIONS[node.kind](node)


def _operator(*path: str) -> Callable:
    """The function of a node that an operator computes as it is."""

    def made(node: Node) -> Callable:
        def run(F, *values):
            for name in path:
                F = getattr(F, name)
            return F(*values)

        return run

    return made


def _activation(node: Node) -> Callable:
    kind, slope = node.attrs["type"], node.attrs["slope"]
    if kind == "silu":
        return lambda F, x: F.np.multiply(x, F.npx.sigmoid(x))
    if kind == "relu6":
        return lambda F, x: F.np.clip(x, 0, 6)
    if kind in LEAKY:
        return lambda F, x: F.npx.leaky_relu(x, act_type=kind, slope=slope)
    return lambda F, x: F.npx.activation(x, act_type=kind)


def _pool(node: Node) -> Callable:
    attrs = node.attrs
    options = {
        "kernel": attrs["kernel"],
        "stride": attrs["stride"],
        "pad": attrs["padding"],
        "pool_type": attrs["type"],
        "pooling_convention": "full" if attrs["ceil"] else "valid",
    }
    if attrs["type"] == "avg":
        options["count_include_pad"] = attrs["include_pad"]
    return lambda F, x: F.npx.pooling(x, **options)


def _global_pool(node: Node) -> Callable:
    def mean(F, x):
        # the pooling changes no number: see `gluon_nets.layers.GlobalAvgPool`
        x = F.npx.pooling(x, kernel=(1, 1), pool_type="avg")
        return F.np.mean(x, axis=(2, 3), keepdims=True)

    def largest(F, x):
        return F.npx.pooling(x, kernel=(1, 1), global_pool=True, pool_type="max")

    return mean if node.attrs["type"] == "avg" else largest


def _scalar(node: Node) -> Callable:
    value = node.attrs["value"]
    return {
        "add": lambda F, x: x + value,
        "rsubtract": lambda F, x: value - x,
        "multiply": lambda F, x: x * value,
        "maximum": lambda F, x: F.np.maximum(x, value),
        "minimum": lambda F, x: F.np.minimum(x, value),
    }[node.attrs["op"]]


def _concat(node: Node) -> Callable:
    axis = node.attrs["axis"] + 1
    if axis == 1:
        return join
    return lambda F, *parts: F.np.concatenate(parts, axis=axis)


def _slice(node: Node) -> Callable:
    begin, step = node.attrs["begin"], node.attrs["step"]
    sides = zip(begin, step, node.shape)
    end = tuple(first + (side - 1) * each + 1 for first, each, side in sides)
    cut = {"begin": (None, *begin), "end": (None, *end), "step": (None, *step)}
    return lambda F, x: F.slice(x.as_nd_ndarray(), **cut).as_np_ndarray()


def _pad(node: Node) -> Callable:
    widths = ((0, 0), *zip(node.attrs["before"], node.attrs["after"]))
    return lambda F, x: F.np.pad(x, widths, mode="constant")


def _reshape(node: Node) -> Callable:
    shape = (-2, *node.shape)  # −2 keeps the batch
    return lambda F, x: F.npx.reshape(x, shape)


def _softmax(node: Node) -> Callable:
    return _operator("npx", "log_softmax" if node.attrs["log"] else "softmax")(node)


def _relu(node: Node) -> Callable:
    return lambda F, x: F.npx.activation(x, act_type="relu")


_FUNCTIONS = {
    "relu": _relu,
    "activation": _activation,
    "pool": _pool,
    "global_pool": _global_pool,
    **{kind: _operator("np", kind) for kind in ("add", "subtract", "multiply")},
    **{kind: _operator("np", kind) for kind in ("maximum", "minimum")},
    "scalar": _scalar,
    "concat": _concat,
    "flatten": _operator("npx", "batch_flatten"),
    "reshape": _reshape,
    "slice": _slice,
    "pad": _pad,
    "softmax": _softmax,
}
