"""A network as data: read from a foreign symbol's JSON, checked, in one form.

| kind | attributes | output |
| --- | --- | --- |
| input | | the image |
| conv | channels, kernel, stride, padding, dilation, groups, bias | maps |
| dense | units, bias | (…, units) |
| norm | eps, momentum, scale, global_stats | the same |
| layer_norm | eps, axis | the same |
| relu | | the same |
| activation | type, slope | the same |
| pool | type, kernel, stride, padding, ceil, include_pad | maps |
| global_pool | type | (C, 1, 1) |
| add, subtract, multiply, maximum, minimum | | of two, broadcast |
| scalar | op, value | the same |
| concat | axis | |
| flatten | | (F,) |
| reshape | shape | the shape |
| slice | begin, step | |
| pad | before, after | |
| dropout | rate, axes | the same |
| softmax | log | the same |

Axes and shapes are without the batch. What changes nothing (copies, 1×1 poolings) is
left out; what is the same (a mean over the map and global pooling) has one form.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections import Counter
from functools import cached_property
from typing import Any, Sequence

from course.grading import costs
from course.grading.attributes import Attributes
from course.grading.call import Call
from course.grading.canonical import canonical, digest_of
from course.grading.draft import Draft, Filled, Variable
from course.grading.errors import GraphError
from course.grading.node import Node
from course.grading.operators import RULES, words_of
from course.grading.symbol_json import VARIABLE, Operation, parse

__all__ = ["Graph", "GraphError", "Node", "read_graph"]

# the largest networks of the papers have a third of these
BUDGETS = {"params": 2 * 10**8, "flops": 10**11, "acts": 2 * 10**8, "memory": 10**9}
SIDES = 10_000


@dataclasses.dataclass(frozen=True)
class Graph:
    """A network: what it computes, and nothing of how it was written.

    Attributes
    ----------
    nodes : tuple of Node
        Each behind what it reads; the first is the image.
    image : tuple of int
        Shape of an image, (C, H, W).
    output : int
        Place of the node whose output is the network's: the last.
    """

    nodes: tuple[Node, ...]
    image: tuple[int, ...]
    output: int

    def inputs(self, node: Node) -> tuple[tuple[int, ...], ...]:
        """Shapes of what a node reads."""
        return tuple(self.nodes[index].shape for index in node.inputs)

    @cached_property
    def parameters(self) -> dict[str, tuple[int, ...]]:
        """Shapes of the trained parameters by name."""
        return {
            name: shape
            for node in self.nodes
            for name, shape in zip(
                node.params, costs.parameter_shapes(node, self.inputs(node))
            )
        }

    @cached_property
    def params(self) -> int:
        """Trained numbers."""
        return sum(map(math.prod, self.parameters.values()))

    @cached_property
    def flops(self) -> int:
        """Multiply-adds of convolutions and dense layers, plus bias adds."""
        return sum(costs.flops(node, self.inputs(node)) for node in self.nodes)

    @cached_property
    def acts(self) -> int:
        """Outputs of convolutions, dense layers and padded max poolings."""
        return sum(map(costs.acts, self.nodes))

    @cached_property
    def memory(self) -> int:
        """Numbers in all nodes' outputs, of one image: what training must keep."""
        return sum(math.prod(node.shape) for node in self.nodes)

    @property
    def classes(self) -> int:
        """Length of the output."""
        return math.prod(self.nodes[self.output].shape)

    def of(self, *kinds: str) -> tuple[Node, ...]:
        """The nodes of some kinds, in their order."""
        return tuple(node for node in self.nodes if node.kind in kinds)

    @property
    def kinds(self) -> Counter:
        """How many nodes there are of each kind."""
        return Counter(node.kind for node in self.nodes)

    @cached_property
    def readers(self) -> tuple[tuple[int, ...], ...]:
        """For each node the places of those that read it."""
        found: list[list[int]] = [[] for _ in self.nodes]
        for place, node in enumerate(self.nodes):
            for index in dict.fromkeys(node.inputs):
                found[index].append(place)
        return tuple(map(tuple, found))

    def to_data(self) -> dict[str, Any]:
        """The graph as JSON's data; `from_json` reads its text."""
        nodes = [dict(vars(node)) for node in self.nodes]
        return {"version": 1, "image": self.image, "nodes": nodes}

    def to_json(self) -> str:
        """The canonical JSON: equal graphs have equal texts."""
        return json.dumps(self.to_data(), sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Graph:
        """The graph that `to_json` wrote; for texts of our own only."""
        data = json.loads(text)
        nodes = tuple(
            Node(**{key: _tuples(value) for key, value in node.items()})
            for node in data["nodes"]
        )
        return cls(nodes, tuple(data["image"]), len(nodes) - 1)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON: of the network, its attributes, its image."""
        return digest_of(self.to_data())


def _tuples(value):
    """JSON's lists as tuples."""
    if isinstance(value, dict):
        return {key: _tuples(each) for key, each in value.items()}
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def read_graph(text: str, image: Sequence[int]) -> Graph:
    """The network of a symbol's JSON, of which nothing is trusted.

    Pure Python: MXNet follows addresses that such a text contains, and dies of others.

    Parameters
    ----------
    text : str
        As `course.grading.extract.graph_text` gives it, or anything.
    image : sequence of int
        Shape of an image without the batch: (channels, height, width).

    Returns
    -------
    Graph

    Raises
    ------
    GraphError
        With a sentence for a student; nothing else, whatever the text is.
    """
    image = tuple(image)
    whole = all(type(side) is int and 1 <= side <= SIDES for side in image)
    if not whole or not 1 <= len(image) <= 3:
        raise GraphError("image", found=image)
    operations, head = parse(text)
    draft = Draft(image)
    outputs = _run(draft, operations)
    values = outputs[head[0]]
    if head[1] >= len(values) or isinstance(values[head[1]], (Filled, Variable)):
        raise GraphError("constant")
    output = draft.placed("the output", values[head[1]])
    nodes = canonical(draft.nodes, output)
    graph = Graph(nodes, image, len(nodes) - 1)
    _check_budgets(graph)
    return graph


def _run(draft: Draft, operations: Sequence[Operation]) -> list[tuple]:
    """Every operation's outputs."""
    outputs: list[tuple] = []
    counts: Counter = Counter()
    for place, operation in enumerate(operations):
        op = operation.op
        if op == VARIABLE:
            outputs.append((Variable(place),))
            continue
        if op not in RULES:
            raise GraphError("operator", op=_name(op))
        words = words_of(op)
        counts[words] += 1
        where = f"{words} {counts[words]}"
        inputs = tuple(_read(outputs, where, edge) for edge in operation.inputs)
        attrs = Attributes(where, operation.attrs)
        found = RULES[op](Call(op, where, attrs, inputs, draft))
        outputs.append(found if isinstance(found, tuple) else (found,))
    return outputs


def _name(op: str) -> str:
    plain = op.replace("_", "").isalnum() and op.isascii() and len(op) <= 60
    return f"the operator {op}" if plain else "an operator of a strange name"


def _read(outputs: list[tuple], where: str, edge: tuple[int, int]):
    node, output = edge
    if output >= len(outputs[node]):
        reason = f"{where} reads output {output} of an operation that has fewer"
        raise GraphError("form", reason=reason)
    return outputs[node][output]


def _check_budgets(graph: Graph) -> None:
    for name, most in BUDGETS.items():
        found = getattr(graph, name)
        if found > most:
            what = {"memory": "numbers in all its layers"}.get(name, name)
            raise GraphError("budget", found=found, what=what, fits=f"up to {most}")
