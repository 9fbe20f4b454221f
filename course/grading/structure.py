"""Stem, stages, blocks and head of a network, in whatever way it was written."""

from __future__ import annotations

from course.grading.found import HeadFound, StageFound, StemFound, Structure
from course.grading.found_block import BlockFound, BranchFound, DenseFound
from course.grading.graph import Graph
from course.grading.heads import denses_of, head_begin, head_of
from course.grading.parts import parts_of
from course.grading.regions import trunk
from course.grading.stages import stages_of, stem_length, stem_of

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
    parts = parts_of(graph, path)
    split = head_begin(graph, parts)
    body, tail = parts[:split], parts[split:]
    count = stem_length(graph, body)
    return Structure(
        stem=stem_of(graph, body[:count]),
        stages=stages_of(graph, body[count:]),
        head=head_of(graph, path, body, tail),
        dense=tuple(denses_of(graph, path)),
    )
