"""Which block a region, or a run of convolutions, is."""

from __future__ import annotations

import dataclasses
import math
from typing import Sequence

from course.grading.found_block import BlockFound, BranchFound
from course.grading.graph import Graph
from course.grading.node import Node
from course.grading.regions import Path, Region, layers

NORMS = ("norm", "layer_norm")
ACTIVE = ("relu", "activation")
WEIGHTED = ("conv", "dense")


@dataclasses.dataclass(frozen=True)
class Transform:
    """The layers of a branch, as a block's description needs them.

    Attributes
    ----------
    convs, denses : tuple of Node
    starts, ends : str
        The kind of its first and of its last layer that counts.
    norms : int
    pool : int
        Stride of its poolings.
    pooled : str or None
        The kind of its pooling.
    squeezes : tuple of (int, int)
        Squeeze-and-excitation: its width, and behind which convolution.
    others : int
        Regions within that are something else.
    """

    convs: tuple[Node, ...]
    denses: tuple[Node, ...]
    starts: str
    ends: str
    norms: int
    pool: int
    pooled: str | None
    squeezes: tuple[tuple[int, int], ...]
    others: int

    @property
    def weighted(self) -> int:
        """Layers with weights."""
        return len(self.convs) + len(self.denses)


def transform_of(graph: Graph, path: Path) -> Transform:
    """The layers of a path."""
    nodes, squeezes, others = [], [], 0
    for step in path:
        if not isinstance(step, Region):
            nodes.append(graph.nodes[step])
            continue
        width = squeezed_width(graph, step)
        if width is not None:
            convs = sum(node.kind == "conv" for node in nodes)
            squeezes.append((width, convs - 1))
        elif not is_pointwise(graph, step):
            others += 1
    of = {
        kind: [n for n in nodes if n.kind == kind] for kind in ("conv", "dense", "pool")
    }
    counted = [n.kind for n in nodes if n.kind in (*NORMS, *ACTIVE, *WEIGHTED)]
    return Transform(
        convs=tuple(of["conv"]),
        denses=tuple(of["dense"]),
        starts=counted[0] if counted else "",
        ends=counted[-1] if counted else "",
        norms=sum(node.kind in NORMS for node in nodes),
        pool=math.prod(node.attrs["stride"][0] for node in of["pool"]),
        pooled=of["pool"][0].attrs["type"] if of["pool"] else None,
        squeezes=tuple(squeezes),
        others=others,
    )


def is_pointwise(graph: Graph, region: Region) -> bool:
    """Whether a region is an activation written out: x · sigmoid(x)."""
    kinds = (*ACTIVE, "scalar", "multiply", "maximum", "minimum", "subtract", "add")
    return region.branches is not None and all(
        graph.nodes[place].kind in kinds for place in layers((region,))
    )


def squeezed_width(graph: Graph, region: Region) -> int | None:
    """Channels that squeeze-and-excitation squeezes to; None where it is none.

    x · gate(x): the gate pools to one pixel, and has a layer or two with weights.
    """
    if graph.nodes[region.merge].kind != "multiply" or region.branches is None:
        return None
    empty = [branch for branch in region.branches if not branch]
    gates = [branch for branch in region.branches if branch]
    if len(empty) != 1 or len(gates) != 1:
        return None
    if any(isinstance(step, Region) for step in gates[0]):
        return None
    nodes = [graph.nodes[step] for step in gates[0]]
    weighted = [node for node in nodes if node.kind in WEIGHTED]
    if nodes[0].kind != "global_pool" or not 1 <= len(weighted) <= 2:
        return None
    return weighted[0].shape[0]


def block_of(graph: Graph, region: Region, after: Sequence[str]) -> BlockFound:
    """The block that a region is.

    Parameters
    ----------
    after : sequence of str
        The kinds of the layers that follow it, up to the next region.
    """
    block = BlockFound(
        kind="other",
        in_width=graph.nodes[region.begin].shape[0],
        width=graph.nodes[region.merge].shape[0],
        in_side=side_of(graph.nodes[region.begin]),
        side=side_of(graph.nodes[region.merge]),
        begin=region.begin,
        end=region.merge,
        relu_after_add=next((k for k in after if k != "dropout"), "") in ACTIVE,
    )
    merge = graph.nodes[region.merge].kind
    if region.branches is None or merge not in ("add", "concat"):
        return block
    found = [transform_of(graph, branch) for branch in region.branches]
    if merge == "add" and len(found) == 2:
        return _residual(graph, block, *_by_weight(found))
    branches = tuple(map(_branch, found))
    shortcut = "identity" if merge == "add" and () in region.branches else "none"
    pool = max(1, block.in_side // max(1, block.side))
    changes = {"branches": branches, "shortcut": shortcut, "pool": pool}
    return dataclasses.replace(block, kind="branches", **changes)


def side_of(node: Node) -> int:
    """Height of a node's maps; 1 of a vector."""
    return node.shape[1] if len(node.shape) == 3 else 1


def _by_weight(found: Sequence[Transform]) -> tuple[Transform, Transform]:
    """The transform and the shortcut: the one that has less."""

    def weight(branch: Transform) -> tuple:
        kernels = sum(node.attrs["kernel"][0] for node in branch.convs)
        return branch.weighted + branch.others, kernels, branch.norms

    shortcut, transform = sorted(found, key=weight)
    return transform, shortcut


def _branch(branch: Transform) -> BranchFound:
    return BranchFound(
        kernels=tuple(node.attrs["kernel"][0] for node in branch.convs),
        widths=tuple(node.shape[0] for node in (*branch.convs, *branch.denses)),
        pool=branch.pooled,
    )


def _residual(
    graph: Graph, block: BlockFound, transform: Transform, shortcut: Transform
) -> BlockFound:
    if not transform.weighted + transform.others:  # nothing to learn
        return block
    block = dataclasses.replace(
        block,
        shortcut=_shortcut(shortcut),
        shortcut_norm=bool(shortcut.norms) if shortcut.weighted else None,
        norms=transform.norms,
        pool=transform.pool,
        relu_before_add=transform.ends in ACTIVE,
        **layers_found(transform),
    )
    if transform.others or shortcut.weighted > 1 or shortcut.others:
        both = (_branch(transform), _branch(shortcut))
        return dataclasses.replace(block, kind="branches", branches=both)
    prefix = "preact_" if _is_preact(graph, block, transform) else ""
    return dataclasses.replace(block, kind=prefix + _shape(transform))


def layers_found(transform: Transform) -> dict:
    """What a block says of its convolutions, or of its dense layers."""
    layers_ = transform.convs or transform.denses
    squeeze, after = transform.squeezes[-1] if transform.squeezes else (None, None)
    return {
        "kernels": tuple(node.attrs["kernel"][0] for node in transform.convs),
        "widths": tuple(node.shape[0] for node in layers_),
        "strides": tuple(node.attrs["stride"][0] for node in transform.convs),
        "group_counts": tuple(node.attrs["groups"] for node in transform.convs),
        "se_width": squeeze,
        "se_after": after,
    }


def _shortcut(shortcut: Transform) -> str:
    if shortcut.weighted:
        return "projection"
    return "pool" if shortcut.pool > 1 or shortcut.pooled else "identity"


def _shape(transform: Transform) -> str:
    """The kind of a residual block, but for the place of its activations."""
    kernels = [node.attrs["kernel"][0] for node in transform.convs]
    if not kernels:
        return "dense"
    if len(kernels) == 2 and min(kernels) > 1:
        return "basic"
    if len(kernels) == 3 and kernels[0] == kernels[2] == 1:
        return "bottleneck"
    return "residual"


def _is_preact(graph: Graph, block: BlockFound, transform: Transform) -> bool:
    """Whether norm and activation come before the convolutions.

    In the transform; or, where a projection shares them, before the block: then its
    last convolution has no norm behind it, although the others have.
    """
    if transform.starts in (*NORMS, *ACTIVE):
        return True
    if block.relu_after_add or block.shortcut != "projection":
        return False
    begin = graph.nodes[block.begin]
    normed = begin.kind in ACTIVE and graph.nodes[begin.inputs[0]].kind in NORMS
    return normed and transform.norms > 0 and transform.ends in WEIGHTED
