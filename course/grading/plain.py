"""Blocks without a shortcut: runs of convolutions, in networks that pool or do not."""

from __future__ import annotations

from typing import Sequence

from course.grading.blocks import NORMS, Transform, layers_found, side_of
from course.grading.found_block import BlockFound
from course.grading.graph import Graph
from course.grading.node import Node


def plain_blocks(graph: Graph, run: Sequence[int]) -> list[BlockFound]:
    """Blocks without a shortcut: convolutions in pairs, or as in a bottleneck."""
    blocks, left = [], list(run)
    while left:
        convs = [graph.nodes[place] for place in left[:3]]
        count = _how_many(convs)
        blocks.append(plain_block(graph, left[:count], "vanilla"))
        left = left[count:]
    return blocks


def _how_many(convs: Sequence[Node]) -> int:
    """How many convolutions make a block."""
    sides = [node.attrs["kernel"][0] for node in convs]
    if len(sides) == 3 and sides[0] == sides[2] == 1 < sides[1]:
        return 3
    if len(sides) < 2 or convs[1].attrs["stride"] != (1, 1):
        return 1
    return 2 if convs[0].shape == convs[1].shape else 1


def plain_block(
    graph: Graph, run: Sequence[int], kind: str, pool: int | None = None
) -> BlockFound:
    """One block of some convolutions, and of the pooling at a place."""
    convs = tuple(graph.nodes[place] for place in run)
    begin, end = convs[0].inputs[0], run[-1] if pool is None else pool
    norms = sum(_is_normed(graph, place) for place in run)
    found = Transform(convs, (), "", "", norms, 1, None, (), 0)
    stride = 1 if pool is None else graph.nodes[pool].attrs["stride"][0]
    return BlockFound(
        kind=kind,
        in_width=graph.nodes[begin].shape[0],
        width=convs[-1].shape[0],
        pool=stride,
        norms=norms,
        in_side=side_of(graph.nodes[begin]),
        side=side_of(graph.nodes[end]),
        begin=begin,
        end=end,
        **layers_found(found),
    )


def _is_normed(graph: Graph, place: int) -> bool:
    """Whether a norm is all that reads a convolution."""
    readers = graph.readers[place]
    return len(readers) == 1 and graph.nodes[readers[0]].kind in NORMS
