"""A node of the canonical graph."""

from __future__ import annotations

import dataclasses
from typing import Any, Mapping


@dataclasses.dataclass(frozen=True)
class Node:
    """One computation, in our words.

    Attributes
    ----------
    kind : str
        See `course.grading.graph` for the kinds and their attributes.
    attrs : mapping
        Whole numbers, numbers, flags, words and tuples of them.
    inputs : tuple of int
        Places of earlier nodes.
    params : tuple of str
        Names of the trained parameters it reads; what is shared has one name.
    shape : tuple of int
        Of its output, without the batch.
    """

    kind: str
    attrs: Mapping[str, Any]
    inputs: tuple[int, ...]
    params: tuple[str, ...]
    shape: tuple[int, ...]
