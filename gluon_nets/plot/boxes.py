"""What a graph's boxes are, and where each stands: operators, told as people tell them.

Read from the symbol graph of the network itself: what is drawn is what is computed.
"""

from __future__ import annotations

import dataclasses
from typing import Sequence

from gluon_nets.graph import Node, Shape

# operators that only change how an array is looked at, and the pooling of one pixel
_PASSED = ("expand_dims", "Flatten", "Reshape", "_npx_reshape", "_copy", "identity")
_SUMS = ("elemwise_add", "_npi_add", "_plus", "broadcast_add")
_PRODUCTS = ("_npi_multiply", "elemwise_mul", "broadcast_mul")
_RELUS = ("_npx_relu", "relu")
_MERGED = (
    *("BatchNorm", "_contrib_BatchNormWithReLU", "LayerNorm", "Activation"),
    *_RELUS,
)
_KINDS = {
    "Convolution": "conv",
    "FullyConnected": "dense",
    "Pooling": "pool",
    "_npi_mean": "pool",
    **dict.fromkeys((*_SUMS, *_PRODUCTS), "sum"),
    **dict.fromkeys(_MERGED, "norm"),
}


@dataclasses.dataclass(frozen=True)
class Box:
    """A box of the picture.

    Attributes
    ----------
    lines : tuple of str
        Its text.
    kind : str
        See `Theme.fills`.
    sources : tuple of int
        The boxes that arrows lead from.
    output : shape
        Of what leaves it.
    """

    lines: tuple[str, ...]
    kind: str
    sources: tuple[int, ...]
    output: Shape


def boxes_of(nodes: Sequence[Node], shape: Shape) -> list[Box]:
    """The boxes of a graph, the input first; in topological order.

    Normalization and activation are lines of the box before them, where nothing else
    reads what that one gives.
    """
    boxes = [Box((" × ".join(map(str, shape[1:])),), "input", (), shape)]
    readers = _readers(nodes)
    home = {-1: 0}  # operator -> its box
    for place, node in enumerate(nodes):
        sources = tuple(home[source] for source in node.reads)
        if _is_passed(node):
            home[place] = sources[0]
        elif node.op in _MERGED and _joins(boxes, node, sources, readers):
            box = boxes[sources[0]]
            lines = (*box.lines, _label(node))
            boxes[sources[0]] = dataclasses.replace(box, lines=_short(lines))
            home[place] = sources[0]
        else:
            kind = _KINDS.get(node.op, "other")
            boxes.append(Box((_label(node),), kind, sources, node.output))
            home[place] = len(boxes) - 1
    return boxes


def _readers(nodes: Sequence[Node]) -> dict[int, int]:
    """How many operators read the output of each."""
    found: dict[int, int] = {}
    for node in nodes:
        for source in node.reads:
            found[source] = found.get(source, 0) + 1
    return found


def _joins(boxes, node: Node, sources, readers) -> bool:
    """Whether a normalization or activation is a line of the box before it."""
    joined = boxes[sources[0]].kind in ("conv", "dense", "norm")
    return joined and readers[node.reads[0]] == 1


def _short(lines: tuple[str, ...]) -> tuple[str, ...]:
    """The first line, and the others beside each other."""
    return (lines[0], ", ".join(lines[1:]))


def _is_passed(node: Node) -> bool:
    attrs = node.attrs
    one_pixel = (
        node.op == "Pooling"
        and not attrs.get("global_pool")
        and attrs.get("kernel") == (1, 1)
        and set(attrs.get("stride", (1,))) == {1}
    )
    return node.op in _PASSED or one_pixel


def _label(node: Node) -> str:
    attrs = node.attrs
    if node.op == "Convolution":
        text = f"{_sides(attrs['kernel'])} conv, {attrs['num_filter']}"
        if attrs.get("num_group", 1) > 1:
            text += f", {attrs['num_group']} groups"
        return text + _stride(attrs)
    if node.op == "Pooling":
        kind = attrs.get("pool_type", "max")
        kind = "average" if kind == "avg" else kind
        if attrs.get("global_pool"):
            return f"global {kind} pool"
        return f"{_sides(attrs['kernel'])} {kind} pool" + _stride(attrs)
    if node.op == "FullyConnected":
        return f"dense, {attrs['num_hidden']}"
    if node.op == "Activation":
        return {"relu": "ReLU"}.get(attrs["act_type"], attrs["act_type"])
    names = {
        "BatchNorm": "BN",
        "_contrib_BatchNormWithReLU": "BN, ReLU",
        "LayerNorm": "LN",
        "_npi_mean": _mean(attrs),
        "Dropout": f"dropout {attrs.get('p', '')}".strip(),
        "Concat": "concat",
        **dict.fromkeys(_RELUS, "ReLU"),
        **dict.fromkeys(_SUMS, "+"),
        **dict.fromkeys(_PRODUCTS, "×"),
    }
    return names.get(node.op, _plain(node))


def _mean(attrs) -> str:
    axes = attrs.get("axis")
    return "global average pool" if axes == (2, 3) else f"mean over {axes}"


def _plain(node: Node) -> str:
    """An operator without a name of ours: MXNet's, without its prefixes."""
    name = node.op
    for prefix in ("_npi_", "_npx_", "_np_", "_contrib_", "_"):
        name = name[len(prefix) :] if name.startswith(prefix) else name
    if name.endswith("_scalar"):
        return f"{name[: -len('_scalar')]} {node.attrs.get('scalar', '')}".strip()
    return name


def _sides(kernel) -> str:
    return "×".join(map(str, kernel))


def _stride(attrs) -> str:
    stride = attrs.get("stride", (1,))
    return f" / {stride[0]}" if stride[0] > 1 else ""
