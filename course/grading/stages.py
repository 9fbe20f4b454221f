"""Stem and stages of a network, from the parts of its trunk."""

from __future__ import annotations

import dataclasses
from typing import Sequence

from course.grading.found import StageFound, StemFound
from course.grading.found_block import BlockFound
from course.grading.graph import Graph
from course.grading.parts import Part
from course.grading.plain import plain_block, plain_blocks

_STEM_CONVS = 3  # at most, where a pooling ends the stem


def stem_length(graph: Graph, body: Sequence[Part]) -> int:
    """How many parts are the stem."""
    kinds = [part.kind for part in body]
    if "block" in kinds:
        before = kinds[: kinds.index("block")]
        if before[-1:] == ["pool"] and before.count("conv") <= _STEM_CONVS:
            return len(before)
        if "conv" not in before:
            return len(before)  # of an MLP: its first dense layer
    elif "conv" not in kinds:
        return 0
    elif "pool" in kinds[1:]:  # VGG's first convolution is part of its first block
        first = graph.nodes[body[kinds.index("conv")].place]
        if first.attrs["stride"] == (1, 1):
            return 0
    first = kinds.index("conv") + 1
    return first + (kinds[first : first + 1] == ["pool"])


def stem_of(graph: Graph, parts: Sequence[Part]) -> StemFound | None:
    nodes = [graph.nodes[part.place] for part in parts]
    convs = [node for node in nodes if node.kind == "conv"]
    denses = [node for node in nodes if node.kind == "dense"]
    if not convs and not denses:
        return None
    pool = 1
    for node in nodes:
        pool *= node.attrs["stride"][0] if node.kind == "pool" else 1
    kernels = tuple(node.attrs["kernel"][0] for node in convs)
    strides = tuple(node.attrs["stride"][0] for node in convs)
    known = {
        ((3,), (2,), 1): "conv3",
        ((3,), (1,), 1): "conv3_s1",
        ((7,), (2,), 2): "conv7_pool",
        ((), (), 1): "dense",
    }
    kind = known.get((kernels, strides, pool), "other")
    widths = tuple(node.shape[0] for node in convs or denses)
    return StemFound(kind, kernels, widths, strides, pool)


def stages_of(graph: Graph, body: Sequence[Part]) -> tuple[StageFound, ...]:
    """The stages that parts behind the stem are."""
    stages: list[StageFound] = []
    for block, pool in _blocks(graph, body):
        if stages and not _begins(stages[-1].blocks[-1], block, pool):
            last = stages[-1]
            stages[-1] = dataclasses.replace(last, blocks=(*last.blocks, block))
        else:
            stages.append(StageFound((block,), pool))
    return tuple(stages)


def _begins(last: BlockFound, block: BlockFound, pool: int) -> bool:
    """Whether a block begins a stage."""
    if pool > 1 or block.stride > 1 or "vgg" in (last.kind, block.kind):
        return True
    joined = last.kind == block.kind == "branches"
    return last.width != block.width and not joined


def _blocks(graph: Graph, body: Sequence[Part]) -> list[tuple[BlockFound, int]]:
    """Blocks, each with the stride of a pooling in front of it."""
    kinds = [part.kind for part in body]
    pools = any(pair == ("conv", "pool") for pair in zip(kinds, kinds[1:]))
    found: list[tuple[BlockFound, int]] = []
    run: list[int] = []
    pending = 1

    def close(pool: int | None = None) -> None:
        nonlocal pending
        blocks = _vgg_blocks(graph, run, pool) if pools else plain_blocks(graph, run)
        for block in blocks:
            found.append((block, pending))
            pending = 1
        run.clear()

    for part in body:
        if part.kind == "conv":
            run.append(part.place)
            continue
        if part.kind == "pool" and run:
            close(part.place)
            continue
        close()
        if part.block:
            found.append((part.block, pending))
            pending = 1
        elif part.kind in ("pool", "global_pool"):
            pending *= _shrinks(graph, part.place)
    close()
    return found


def _shrinks(graph: Graph, place: int) -> int:
    """How many times smaller a pooling makes its maps."""
    node = graph.nodes[place]
    if node.kind == "pool":
        return node.attrs["stride"][0]
    return graph.nodes[node.inputs[0]].shape[1]


def _vgg_blocks(graph: Graph, run: Sequence[int], pool: int | None) -> list[BlockFound]:
    """Blocks of equal width, the last of which ends in a pooling."""
    groups: list[list[int]] = []
    for place in run:
        node = graph.nodes[place]
        same = groups and graph.nodes[groups[-1][-1]].shape[0] == node.shape[0]
        if same and node.attrs["stride"] == (1, 1):
            groups[-1].append(place)
        else:
            groups.append([place])
    return [
        plain_block(graph, group, "vgg", pool if group is groups[-1] else None)
        for group in groups
    ]
