"""A graph as a path of layers, some of which are regions of branches side by side.

Every path from the image to the output goes through the layers of the trunk. Where it
forks, what lies up to the node that joins the branches again is a region; each branch
is a path in turn.
"""

from __future__ import annotations

import dataclasses
from typing import Iterator, Sequence, Tuple, Union

from course.grading.graph import Graph

DEEPEST = 4  # regions within regions that are looked into


@dataclasses.dataclass(frozen=True)
class Region:
    """Branches between two nodes.

    Attributes
    ----------
    begin : int
        The node that they all read.
    merge : int
        The node that joins them: a sum, a product, a concatenation.
    branches : tuple of paths, or None
        An empty one leads from `begin` directly; None: they cannot be told apart.
    """

    begin: int
    merge: int
    branches: tuple[Path, ...] | None


Step = Union[int, Region]  # a layer is its node's place
Path = Tuple[Step, ...]


def trunk(graph: Graph) -> Path:
    """The path from the image, which is not in it, to the output."""
    return _path(graph, 0, list(range(1, len(graph.nodes))), 0)


def layers(path: Path) -> Iterator[int]:
    """The places of all nodes on a path that are known, regions' branches included."""
    for step in path:
        if isinstance(step, Region):
            for branch in step.branches or ():
                yield from layers(branch)
            yield step.merge
        else:
            yield step


def _path(graph: Graph, begin: int, members: Sequence[int], depth: int) -> Path:
    """The path from a node through others, in their order; the last is its end."""
    inside = set(members)
    steps: list[Step] = []
    last, pending = begin, []
    reach = _reach(graph, begin, inside)
    for node in members:
        pending.append(node)
        if reach <= node:  # nothing leads around it
            simple = len(pending) == 1 and len(set(graph.nodes[node].inputs)) == 1
            steps.append(node if simple else _region(graph, last, pending, depth))
            last, pending = node, []
        reach = max(reach, _reach(graph, node, inside))
    return tuple(steps)


def _reach(graph: Graph, node: int, inside: set[int]) -> int:
    """The last of some nodes that reads a node."""
    return max((each for each in graph.readers[node] if each in inside), default=-1)


def _region(graph: Graph, begin: int, members: list[int], depth: int) -> Region:
    *within, merge = members
    for ends in (_terms(graph, merge, set(within)), graph.nodes[merge].inputs):
        found = _parted(graph, begin, set(within), ends) if depth < DEEPEST else None
        if found is not None:
            parts = (_path(graph, begin, part, depth + 1) for part in found)
            return Region(begin, merge, tuple(parts))
    return Region(begin, merge, None)


def _terms(graph: Graph, merge: int, within: set[int]) -> tuple[int, ...]:
    """What is added in a sum of sums that nothing else reads; else what is read."""
    terms: list[int] = []
    todo = list(reversed(graph.nodes[merge].inputs))
    while todo:
        node = todo.pop()
        inner = graph.nodes[node].kind == graph.nodes[merge].kind == "add"
        if inner and node in within and read_once(graph, node):
            todo += reversed(graph.nodes[node].inputs)
        else:
            terms.append(node)
    return tuple(terms)


def read_once(graph: Graph, node: int) -> bool:
    """By one node, and once: a chain of y + y has more terms than can be counted."""
    readers = graph.readers[node]
    return len(readers) == 1 and graph.nodes[readers[0]].inputs.count(node) == 1


def _parted(graph: Graph, begin: int, within: set[int], ends) -> list[list[int]] | None:
    """For each end the nodes that lead to it; None where branches share nodes."""
    taken: set[int] = set()
    parts = []
    for end in ends:
        part, todo = set(), [end]
        while todo:
            node = todo.pop()
            if node == begin or node in part:
                continue
            if node in taken or node not in within:
                return None
            part.add(node)
            todo += graph.nodes[node].inputs
        taken |= part
        parts.append(sorted(part))
    return parts
