"""Grouped convolutions whose output channels share one range of weights.

MXNet 1.9.1 rounds a convolution's weights with a scale for each output channel, and
divides the sums by the same scales. Where there are groups it hands the scales to
oneDNN as if they were the groups': the weights of group g are rounded with the scale of
channel g. That is right only where all scales are the same, or each channel is a group.

A ReLU makes them the same without another result: relu(s·y) = s·relu(y) for s > 0. Each
channel is multiplied so that its largest weight is as large as that of the others, and
the convolution that reads it divides by as much.
Source of the trick: Nagel et al. 2019, section 4.1 (there for other reasons).
"""

from __future__ import annotations

import json

import numpy as onp
from mxnet import np

# by how much the channels' largest weights may differ; beyond it activations would
# spread so far that their own 8 bits are too few. In a trained `regnetx32` it is 4.
LARGEST_SPREAD = 32
# oneDNN's 8-bit kernels for AVX2 take groups of whole blocks, or of single channels
BLOCK = 8


def equalized(text: str, arrays: dict) -> tuple[dict, set[str]]:
    """Arrays in which grouped convolutions can be rounded to 8 bits.

    Parameters
    ----------
    text : str
        JSON of a graph for inference, see `legacy`.
    arrays : dict
        Its parameters by name. Not altered.

    Returns
    -------
    dict
        Other arrays, with which the graph computes the same.
    set of str
        Names of the grouped convolutions that must stay in 32 bits: what follows them
        is no ReLU and convolution, or the kernels do not fit.
    """
    graph, arrays, left = _Graph(json.loads(text)), dict(arrays), set()
    for conv in graph.nodes:
        if not _has_groups(conv) or _is_depthwise(conv, graph, arrays):
            continue
        scales = _scales(conv, graph, arrays)
        if scales is None:
            left.add(conv["name"])
        else:
            _rescale(conv, graph, arrays, scales)
    return arrays, left


class _Graph:
    """Who reads what in a graph."""

    def __init__(self, graph: dict):
        self.nodes = graph["nodes"]
        self._readers: dict[int, list[dict]] = {}
        for node in self.nodes:
            for source, *_ in node["inputs"]:
                self._readers.setdefault(source, []).append(node)
        self._heads = {source for source, *_ in graph["heads"]}

    def readers(self, node: dict) -> list[dict]:
        """The operators that read a node; none where it is an output."""
        index = next(i for i, other in enumerate(self.nodes) if other is node)
        return [] if index in self._heads else self._readers.get(index, [])

    def only_reader(self, node: dict, op: str) -> dict | None:
        """The one operator that reads a node, where it is of a kind."""
        readers = self.readers(node)
        return readers[0] if len(readers) == 1 and readers[0]["op"] == op else None

    def parameters(self, node: dict) -> list[str]:
        """Names of what an operator reads behind its first input."""
        return [self.nodes[source]["name"] for source, *_ in node["inputs"][1:]]

    def owns(self, node: dict) -> bool:
        """Whether nobody else reads a node's parameters."""
        return all(len(self._readers[s]) == 1 for s, *_ in node["inputs"][1:])


def _groups(conv: dict) -> int:
    return int(conv["attrs"].get("num_group", 1))


def _has_groups(node: dict) -> bool:
    return node["op"] == "Convolution" and _groups(node) > 1


def _is_depthwise(conv: dict, graph: _Graph, arrays: dict) -> bool:
    channels, width = arrays[graph.parameters(conv)[0]].shape[:2]
    return channels == _groups(conv) and width == 1


def _followers(conv: dict, graph: _Graph) -> tuple | None:
    """BatchNorm or None, and the convolutions that read its ReLU; else None."""
    norm = graph.only_reader(conv, "BatchNorm")
    if norm and norm["attrs"].get("fix_gamma", "True") != "False":
        return None
    relu = graph.only_reader(norm or conv, "Activation")
    if relu is None or relu["attrs"].get("act_type") != "relu":
        return None
    readers = graph.readers(relu)
    convs = readers and all(r["op"] == "Convolution" for r in readers)
    owned = all(graph.owns(n) for n in (conv, *readers, *([norm] if norm else [])))
    return (norm, readers) if convs and owned else None


def _scales(conv: dict, graph: _Graph, arrays: dict) -> onp.ndarray | None:
    """What each output channel is to be multiplied by; None where that cannot be."""
    weight = arrays[graph.parameters(conv)[0]].asnumpy()
    groups, followers = _groups(conv), _followers(conv, graph)
    widths = (weight.shape[0] // groups, weight.shape[1])
    if followers is None or any(width % BLOCK for width in widths):
        return None
    norm, largest = followers[0], abs(weight).reshape(len(weight), -1).max(axis=1)
    if norm:
        gamma, _, _, variance = (arrays[n].asnumpy() for n in graph.parameters(norm))
        epsilon = float(norm["attrs"].get("eps", 1e-3))
        largest = largest * abs(gamma) / onp.sqrt(variance + epsilon)
    if not largest.min() * LARGEST_SPREAD >= largest.max() > 0:
        return None
    return onp.sqrt(largest.min() * largest.max()) / largest


def _rescale(conv: dict, graph: _Graph, arrays: dict, scales: onp.ndarray) -> None:
    """Multiply output channels by scales, and divide where they are read."""
    norm, readers = _followers(conv, graph)
    # gamma and beta, or weight and bias
    for name in graph.parameters(norm)[:2] if norm else graph.parameters(conv):
        arrays[name] = _times(arrays[name], scales)
    for reader in readers:
        name, groups = graph.parameters(reader)[0], _groups(reader)
        weight = arrays[name].asnumpy()
        parts = weight.reshape(groups, -1, *weight.shape[1:])
        inputs = scales.reshape(groups, 1, -1, *[1] * (weight.ndim - 2))
        arrays[name] = np.array((parts / inputs).reshape(weight.shape), dtype="float32")


def _times(array, scales: onp.ndarray):
    shape = (-1, *[1] * (array.ndim - 1))
    return np.array(array.asnumpy() * scales.reshape(shape), dtype="float32")
