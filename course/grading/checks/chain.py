"""Networks that are a chain: VGG's convolutions and poolings, and what follows them."""

from __future__ import annotations

from itertools import takewhile

from course.grading.findings import Miss, plain

__all__ = ["last_map", "outputs", "relu_between", "trunk"]

MERGES = {"add": "a sum", "concat": "a concatenation", "multiply": "a product"}
POOL = "M"  # 2×2 max pooling with stride 2, as in the paper's tables


def trunk(
    answers, answer: str, layers: list, only: bool = False, relu: bool = False
) -> None:
    """Convolutions and poolings are as in a table of VGG: [64, "M", 128, "M", …].

    A number is a 3×3 convolution of so many channels, "M" a 2×2 max pooling. Others may
    follow, unless there are to be `only` these; global pooling always may. With `relu`
    one stands behind each convolution, see `relu_between`.
    """
    network = answers.network(answer)
    found = table(network)
    for place, fits in enumerate(layers):
        if place >= len(found) or found[place] != fits:
            there = found[place] if place < len(found) else "missing"
            _differs(network, place, there, fits)
    further = [layer for layer in found[len(layers) :] if "global" not in str(layer)]
    if only and further:
        _differs(network, len(layers), further[0], "no further one")
    if relu:
        relu_between(answers, answer)


def _differs(network, place: int, found, fits) -> None:
    raise Miss(
        "chain_layer",
        name=network.name,
        place=place + 1,
        found=words(found),
        fits=words(fits),
    )


def words(layer) -> str:
    if layer == POOL:
        return "2×2 max pooling"
    if isinstance(layer, int):
        return f"a 3×3 convolution of {layer} with stride 1 and padding 1"
    return str(layer)


def table(network) -> list:
    """All convolutions and poolings, in their order, in the words of `trunk`."""
    return [
        _conv(node.attrs) if node.kind == "conv" else _pool(node)
        for node in network.graph.nodes
        if node.kind in ("conv", "pool", "global_pool")
    ]


def _conv(attrs):
    kernel, stride, padding = attrs["kernel"], attrs["stride"], attrs["padding"]
    is_same = attrs["groups"] == 1 and tuple(attrs["dilation"]) == (1, 1)
    if (tuple(kernel), tuple(stride), tuple(padding)) == ((3, 3), (1, 1), (1, 1)):
        if is_same:
            return attrs["channels"]
    text = f"a {kernel[0]}×{kernel[1]} convolution of {attrs['channels']}"
    text += f" with stride {stride[0]} and padding {padding[0]}"
    return text if is_same else text + ", grouped or dilated"


def _pool(node):
    attrs = node.attrs
    if node.kind == "global_pool":
        return f"global {attrs['type']} pooling"
    kernel, stride = tuple(attrs["kernel"]), tuple(attrs["stride"])
    is_plain = attrs["type"] == "max" and tuple(attrs["padding"]) == (0, 0)
    if is_plain and kernel == stride == (2, 2):
        return POOL
    return f"{kernel[0]}×{kernel[1]} {attrs['type']} pooling with stride {stride[0]}"


def outputs(answers, answer: str, count: int = 10) -> None:
    """A vector of so many numbers comes out."""
    network = answers.network(answer)
    shape = tuple(network.graph.nodes[network.graph.output].shape)
    if shape != (count,):
        raise Miss("classes", name=network.name, found=plain(shape), fits=count)


def check_unbranched(network) -> None:
    """Up to the last 3×3 convolution each layer reads just the one before it."""
    nodes = list(enumerate(network.graph.nodes))
    convs = [(place, node) for place, node in nodes if node.kind == "conv"]
    last = max(place for place, node in convs if isinstance(_conv(node.attrs), int))
    for place, node in nodes:
        if place <= last:
            is_next = node.inputs in ((), (place - 1,))
        else:
            is_next = min(node.inputs) >= last
        if not is_next:
            meet = next(node.kind for _, node in nodes if len(node.inputs) > 1)
            found = MERGES.get(meet, f"a layer of the kind {meet}")
            raise Miss("branched", name=network.name, found=found)


def last_map(answers, answer: str, least: int = 2) -> None:
    """What the head reads has still so many pixels a side, or more.

    The head's own pooling, and what follows it, are not looked at.
    """
    network = answers.network(answer)
    kinds, ends = ("input", "conv", "pool"), ("global_pool", "dense")
    body = takewhile(lambda node: node.kind not in ends, network.graph.nodes)
    maps = [node for node in body if node.kind in kinds]
    side = min(maps[-1].shape[1:]) if len(maps[-1].shape) == 3 else 1
    if side < least:
        raise Miss("last_map", name=network.name, found=side, fits=least)


def relu_between(answers, answer: str, bias: bool = False) -> None:
    """A ReLU stands between each 3×3 convolution and the next layer with weights.

    Of layers like 1×1 convolutions, which may be a matrix of low rank, none is asked.
    With `bias` each convolution has one, or BatchNorm behind it, which adds one.
    """
    network = answers.network(answer)
    nodes = network.graph.nodes
    learned = [i for i, node in enumerate(nodes) if node.kind in ("conv", "dense")]
    for number, (index, following) in enumerate(zip(learned, learned[1:]), 1):
        between = nodes[index + 1 : following]
        is_wide = nodes[index].attrs.get("kernel", (1, 1))[0] > 1
        if is_wide and not any(node.kind == "relu" for node in between):
            raise Miss("not_activated", name=network.name, number=number)
    convs = (pair for pair in zip(nodes, nodes[1:]) if pair[0].kind == "conv")
    for number, (node, following) in enumerate(convs, 1):
        if bias and not node.attrs["bias"] and following.kind != "norm":
            raise Miss("no_bias", name=network.name, number=number)
