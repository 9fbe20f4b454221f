"""A canonical graph while it is being made of a foreign one."""

from __future__ import annotations

import dataclasses
import math
from typing import Any, Mapping, Tuple, Union

from course.grading.errors import GraphError
from course.grading.node import Node
from course.grading.shapes import BATCH, Shape

LARGEST = 200_000_000  # numbers in one node's output for an image, or in a parameter
RANK = 6


@dataclasses.dataclass(frozen=True)
class Value:
    """An array: a node's output, seen in a shape (with the batch).

    Reshapes make no nodes: what is read in another shape than it has is reshaped then.
    """

    node: int
    shape: Shape


@dataclasses.dataclass(frozen=True)
class Filled:
    """An array of one number."""

    number: float
    shape: Shape


@dataclasses.dataclass(frozen=True)
class Variable:
    """A foreign graph's variable: the images, or a parameter."""

    place: int


Input = Union[Value, Filled, Variable]
Params = Tuple[Tuple[str, int], ...]  # role, the variable's place


class Draft:
    """Nodes of our kinds, in an order in which they can be computed.

    Attributes
    ----------
    nodes : list of Node
        With the variables' places as the names of parameters, after their roles.
    """

    def __init__(self, image: Shape):
        self.nodes: list[Node] = []
        self._known: dict[Any, int] = {}
        self._parameters: dict[int, Shape] = {}
        self._images: int | None = None
        self.add("the image", "input", (), tuple(image))

    def images(self, where: str, variable: Variable) -> Value:
        """The images, which are the one variable that is not read as a parameter."""
        if self._images not in (None, variable.place) or (
            variable.place in self._parameters
        ):
            raise GraphError("array", where=where)
        self._images = variable.place
        return self.value(0)

    def parameter(self, where: str, role: str, found: Input, shape: Shape) -> int:
        """The place of a variable that is read as a parameter of a shape."""
        if not isinstance(found, Variable) or found.place == self._images:
            raise GraphError("computed", where=where, role=role)
        known = self._parameters.setdefault(found.place, shape)
        if known != shape:
            raise GraphError("shared", where=where, role=role, found=known, fits=shape)
        self._check_size(where, shape)
        return found.place

    def add(
        self,
        where: str,
        kind: str,
        inputs: tuple[int, ...],
        shape: Shape,
        attrs: Mapping[str, Any] | None = None,
        params: Params = (),
    ) -> Value:
        """Add a node, unless there is the same; its value."""
        self._check_size(where, shape)
        names = tuple(f"{role} {place}" for role, place in params)
        attrs = dict(attrs or {})
        key = kind, tuple(sorted(attrs.items())), inputs, names
        if kind == "dropout" or key not in self._known:  # each draws its own mask
            self._known[key] = len(self.nodes)
            self.nodes.append(Node(kind, attrs, inputs, names, shape))
        return self.value(self._known[key])

    def _check_size(self, where: str, shape: Shape) -> None:
        if math.prod(shape) > LARGEST:
            fits = f"up to {LARGEST}"
            raise GraphError("large", where=where, found=math.prod(shape), fits=fits)

    def placed(self, where: str, value: Value) -> int:
        """The node that has a value in the shape in which it is seen.

        Raises
        ------
        GraphError
            Where that shape does not have the batch as its first axis.
        """
        (batch, *rest), node = value.shape or (0,), value.node
        shape = tuple(rest)
        if batch != BATCH or math.prod(shape) != math.prod(self.nodes[node].shape):
            raise GraphError("batch", where=where)
        if not 1 <= len(shape) <= RANK:
            fits = f"2 to {RANK + 1} axes fit"
            raise GraphError("rank", where=where, found=value.shape, fits=fits)
        if shape == self.nodes[node].shape:
            return node
        kind = "flatten" if len(shape) == 1 else "reshape"
        attrs = {} if kind == "flatten" else {"shape": shape}
        return self.add(where, kind, (node,), shape, attrs).node

    def value(self, node: int) -> Value:
        """A node's output as it is."""
        return Value(node, (BATCH, *self.nodes[node].shape))
