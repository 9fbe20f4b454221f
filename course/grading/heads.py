"""Head and dense layers of a network."""

from __future__ import annotations

from typing import Sequence

from course.grading.blocks import ACTIVE, NORMS, squeezed_width
from course.grading.found import HeadFound
from course.grading.found_block import DenseFound
from course.grading.graph import Graph
from course.grading.parts import HEAD, Part
from course.grading.regions import Path, Region


def head_begin(graph: Graph, parts: Sequence[Part]) -> int:
    """Where the head begins: nothing but poolings to one pixel and vectors follows."""
    begin = len(parts)
    for index in range(len(parts) - 1, -1, -1):
        if parts[index].kind in HEAD:
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


def head_of(graph: Graph, path: Path, body, tail: Sequence[Part]) -> HeadFound:
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


def denses_of(graph: Graph, path: Path) -> list[DenseFound]:
    """The dense layers of a path and of its branches, gates left out."""
    found = []
    for step in path:
        if not isinstance(step, Region):
            if graph.nodes[step].kind == "dense":
                found.append(_dense(graph, step))
        elif squeezed_width(graph, step) is None:
            for branch in step.branches or ():
                found += denses_of(graph, branch)
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
