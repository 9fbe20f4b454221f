"""The layers of a network's trunk that count, and its regions as blocks."""

from __future__ import annotations

import dataclasses

from course.grading.blocks import block_of, is_pointwise, squeezed_width
from course.grading.found_block import BlockFound
from course.grading.graph import Graph
from course.grading.regions import Path, Region

HEAD = ("global_pool", "flatten", "reshape", "dense")


@dataclasses.dataclass(frozen=True)
class Part:
    """A layer of the trunk that counts, or a region as a block.

    Attributes
    ----------
    kind : str
        The node's, or 'block'.
    place : int
        The node's, or that of the node in which the region ends.
    block : BlockFound or None
    """

    kind: str
    place: int
    block: BlockFound | None = None


def parts_of(graph: Graph, path: Path) -> list[Part]:
    """The trunk's layers with weights, poolings and reshapes, and its regions."""
    parts: list[Part] = []
    counted = ("conv", "pool", *HEAD)
    for index, step in enumerate(path):
        if not isinstance(step, Region):
            if graph.nodes[step].kind in counted:
                parts.append(Part(graph.nodes[step].kind, step))
            continue
        if is_pointwise(graph, step):
            continue
        width = squeezed_width(graph, step)
        if width is None:
            block = block_of(graph, step, _following(graph, path[index + 1 :]))
            parts.append(Part("block", step.merge, block))
        elif parts and parts[-1].block:  # squeeze-and-excitation behind a block
            changes = {"se_width": width, "se_after": -1}
            block = dataclasses.replace(parts[-1].block, **changes)
            parts[-1] = dataclasses.replace(parts[-1], block=block)
    return parts


def _following(graph: Graph, path: Path) -> list[str]:
    """The kinds of the next layers, as far as it takes to see what follows a sum."""
    kinds = []
    for step in path[:2]:
        if isinstance(step, Region):
            return [*kinds, "activation"] if is_pointwise(graph, step) else kinds
        kinds.append(graph.nodes[step].kind)
    return kinds
