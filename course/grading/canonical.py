"""The one order and the names that a graph's nodes get, however it was written.

Only what the output depends on is kept. The terms of sums and products have an order
of their own: `a + b` and `b + a` are one graph.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import Sequence

from course.grading.errors import GraphError
from course.grading.node import Node

COMMUTATIVE = ("add", "multiply", "maximum", "minimum")


def canonical(nodes: Sequence[Node], output: int) -> tuple[Node, ...]:
    """Nodes of a draft that lead to its output, which is the last one.

    Raises
    ------
    GraphError
        Where the images do not lead to it.
    """
    needed = _ancestors(nodes, output)
    if 0 not in needed:
        raise GraphError("constant")
    inputs = _ordered_inputs(nodes, needed)
    order = _post_order(inputs, output)
    places = {old: new for new, old in enumerate(order)}
    names = _names([nodes[old] for old in order])
    return tuple(
        Node(
            kind=node.kind,
            attrs=node.attrs,
            inputs=tuple(places[each] for each in inputs[old]),
            params=tuple(names[each] for each in node.params),
            shape=node.shape,
        )
        for old, node in ((old, nodes[old]) for old in order)
    )


def _ancestors(nodes: Sequence[Node], output: int) -> set[int]:
    found, todo = {output}, [output]
    while todo:
        fresh = set(nodes[todo.pop()].inputs) - found
        found |= fresh
        todo += fresh
    return found


def _ordered_inputs(nodes: Sequence[Node], needed) -> dict[int, tuple[int, ...]]:
    """What each node reads, the terms of sums in the order of their digests."""
    digests: dict[int, str] = {}
    inputs: dict[int, tuple[int, ...]] = {}
    for index in sorted(needed):
        node = nodes[index]
        inputs[index] = node.inputs
        if node.kind in COMMUTATIVE:
            inputs[index] = tuple(sorted(node.inputs, key=lambda each: digests[each]))
        reads = [digests[each] for each in inputs[index]]
        roles = [name.split()[0] for name in node.params]
        digests[index] = digest_of([node.kind, node.attrs, node.shape, reads, roles])
    return inputs


def digest_of(data) -> str:
    """SHA-256 of data's JSON."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _post_order(inputs: dict[int, tuple[int, ...]], output: int) -> list[int]:
    """Every node behind what it reads, by depth first."""
    order: list[int] = []
    seen = {output}
    todo = [(output, iter(inputs[output]))]
    while todo:
        node, left = todo[-1]
        fresh = next((each for each in left if each not in seen), None)
        if fresh is None:
            order.append(node)
            todo.pop()
        else:
            seen.add(fresh)
            todo.append((fresh, iter(inputs[fresh])))
    return order


def _names(nodes: Sequence[Node]) -> dict[str, str]:
    """Names of parameters: 'conv2.weight' is the second convolution's.

    A variable that several nodes read is named by the first.
    """
    counts: Counter = Counter()
    names: dict[str, str] = {}
    taken: dict[str, str] = {}
    for node in nodes:
        if not node.params:
            continue
        counts[node.kind] += 1
        for param in node.params:
            role, place = param.split()
            name = taken.setdefault(place, f"{node.kind}{counts[node.kind]}.{role}")
            names[param] = name
    return names
