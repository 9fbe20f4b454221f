"""Stem, stages, blocks and head of a network, in whatever way it was written."""

from __future__ import annotations

import dataclasses
from typing import Sequence

from course.grading.blocks import (
    ACTIVE,
    NORMS,
    block_of,
    is_pointwise,
    plain_block,
    plain_blocks,
    squeezed_width,
)
from course.grading.found import (
    BlockFound,
    BranchFound,
    DenseFound,
    HeadFound,
    StageFound,
    StemFound,
    Structure,
)
from course.grading.graph import Graph
from course.grading.regions import Path, Region, trunk

__all__ = [
    "BlockFound",
    "BranchFound",
    "DenseFound",
    "HeadFound",
    "StageFound",
    "StemFound",
    "Structure",
    "structure_of",
]

_HEAD = ("global_pool", "flatten", "reshape", "dense")
_STEM_CONVS = 3  # at most, where a pooling ends the stem


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


def structure_of(graph: Graph) -> Structure:
    """What a network consists of.

    Parameters
    ----------
    graph : Graph

    Returns
    -------
    Structure
        Of anything that can be read; what is like nothing known is a block 'other'.
    """
    path = trunk(graph)
    parts = _parts(graph, path)
    split = _head_begin(graph, parts)
    body, tail = parts[:split], parts[split:]
    count = _stem_length(graph, body)
    stages = tuple(_stages(_blocks(graph, body[count:])))
    return Structure(
        stem=_stem(graph, body[:count]),
        stages=stages,
        head=_head(graph, path, body, tail),
        dense=tuple(_denses(graph, path)),
    )


def _parts(graph: Graph, path: Path) -> list[Part]:
    """The trunk's layers with weights, poolings and reshapes, and its regions."""
    parts: list[Part] = []
    counted = ("conv", "pool", *_HEAD)
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


def _head_begin(graph: Graph, parts: Sequence[Part]) -> int:
    """Where the head begins: nothing but poolings to one pixel and vectors follows."""
    begin = len(parts)
    for index in range(len(parts) - 1, -1, -1):
        if parts[index].kind in _HEAD:
            begin = index
        elif parts[index].kind != "conv" or not _on_one_pixel(graph, parts, index):
            break
    return begin


def _on_one_pixel(graph: Graph, parts: Sequence[Part], index: int) -> bool:
    """Whether a convolution stands behind a global pooling, as a dense layer would."""
    before = [part.kind for part in parts[:index]]
    while before and before[-1] == "conv":
        before.pop()
    shape = graph.nodes[parts[index].place].shape
    return before[-1:] == ["global_pool"] and shape[1:] == (1, 1)


def _stem_length(graph: Graph, body: Sequence[Part]) -> int:
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


def _stem(graph: Graph, parts: Sequence[Part]) -> StemFound | None:
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


def _stages(blocks: Sequence[tuple[BlockFound, int]]) -> list[StageFound]:
    stages: list[StageFound] = []
    for block, pool in blocks:
        if stages and not _begins(stages[-1].blocks[-1], block, pool):
            last = stages[-1]
            stages[-1] = dataclasses.replace(last, blocks=(*last.blocks, block))
        else:
            stages.append(StageFound((block,), pool))
    return stages


def _begins(last: BlockFound, block: BlockFound, pool: int) -> bool:
    """Whether a block begins a stage."""
    if pool > 1 or block.stride > 1 or "vgg" in (last.kind, block.kind):
        return True
    joined = last.kind == block.kind == "branches"
    return last.width != block.width and not joined


def _head(graph: Graph, path: Path, body, tail: Sequence[Part]) -> HeadFound:
    nodes = [graph.nodes[part.place] for part in tail]
    pools = [node.attrs["type"] for node in nodes if node.kind == "global_pool"]
    kind = {"avg": "gap", "max": "gmp"}[pools[0]] if pools else "none"
    if not pools and any(node.kind == "flatten" for node in nodes):
        kind = "flatten"
    begin = body[-1].place if body else 0
    first = tail[0].place if tail else len(graph.nodes)
    behind = [step for step in path if not isinstance(step, Region) and step > begin]
    return HeadFound(
        kind=kind,
        units=tuple(n.shape[0] for n in nodes if n.kind in ("dense", "conv")),
        dropout=tuple(
            graph.nodes[step].attrs["rate"]
            for step in behind
            if graph.nodes[step].kind == "dropout"
        ),
        classes=graph.classes,
        norm=bool(body and body[-1].block)
        and any(graph.nodes[step].kind in NORMS for step in behind if step < first),
    )


def _denses(graph: Graph, path: Path) -> list[DenseFound]:
    """The dense layers of a path and of its branches, gates left out."""
    found = []
    for step in path:
        if not isinstance(step, Region):
            if graph.nodes[step].kind == "dense":
                found.append(_dense(graph, step))
        elif squeezed_width(graph, step) is None:
            for branch in step.branches or ():
                found += _denses(graph, branch)
    return found


def _dense(graph: Graph, place: int) -> DenseFound:
    node = graph.nodes[place]
    behind = _behind(graph, place)
    norm = next((kind for kind, _ in behind if kind in NORMS), None)
    active = next((attrs for kind, attrs in behind if kind in ACTIVE), None)
    rates = [attrs["rate"] for kind, attrs in behind if kind == "dropout"]
    return DenseFound(
        units=node.attrs["units"],
        inputs=graph.nodes[node.inputs[0]].shape[-1],
        bias=node.attrs["bias"],
        norm=norm,
        activation=active.get("type", "relu") if active is not None else None,
        dropout=rates[0] if rates else 0.0,
        node=place,
    )


def _behind(graph: Graph, place: int) -> list[tuple[str, dict]]:
    """Norm, activation and dropout that follow a layer and nothing else reads."""
    found = []
    while len(graph.readers[place]) == 1:
        place = graph.readers[place][0]
        node = graph.nodes[place]
        if node.kind not in (*NORMS, *ACTIVE, "dropout"):
            break
        found.append((node.kind, dict(node.attrs)))
    return found
