"""One foreign operation as the rules of `operators` see it."""

from __future__ import annotations

import dataclasses
import math
from typing import Any, Mapping, NoReturn, Sequence

from course.grading.attributes import Attributes
from course.grading.draft import Draft, Filled, Input, Value, Variable
from course.grading.errors import GraphError
from course.grading.shapes import Shape


@dataclasses.dataclass(frozen=True)
class Call:
    """An operation, what it reads, and the draft that it adds nodes to.

    Attributes
    ----------
    op : str
        MXNet's name of the operator.
    where : str
        The operation in words: 'convolution 3'.
    attrs : Attributes
    inputs : tuple of Value, Filled or Variable
    draft : Draft
    """

    op: str
    where: str
    attrs: Attributes
    inputs: tuple[Input, ...]
    draft: Draft

    def expect(self, *counts: int) -> None:
        """Refuse another number of inputs."""
        if len(self.inputs) not in counts:
            fits = " or ".join(map(str, counts))
            self.fail("arity", found=len(self.inputs), fits=fits)

    def fail(self, code: str, **facts) -> NoReturn:
        """Raise an error about this operation."""
        raise GraphError(code, where=self.where, **facts)

    def operand(self, index: int = 0) -> Value | Filled:
        """An array that it reads; a variable read so is the images."""
        if index >= len(self.inputs):
            self.fail("arity", found=len(self.inputs), fits=f"{index + 1} or more")
        found = self.inputs[index]
        if isinstance(found, Variable):
            return self.draft.images(self.where, found)
        return found

    def value(self, index: int = 0) -> Value:
        """The same where it must depend on the images."""
        found = self.operand(index)
        if isinstance(found, Filled):
            raise GraphError("array", where=self.where)
        return found

    def node(self, index: int = 0) -> int:
        """The node of an array that it reads, in the shape in which it is seen."""
        return self.draft.placed(self.where, self.value(index))

    def shape(self, node: int) -> Shape:
        """A node's shape, without the batch."""
        return self.draft.nodes[node].shape

    def maps(self, index: int = 0) -> tuple[int, Shape]:
        """The node of feature maps that it reads, and their shape (C, H, W)."""
        node = self.node(index)
        shape = self.shape(node)
        if len(shape) != 3:
            fits = "(batch, channels, height, width) fits"
            self.fail("rank", found=("batch", *shape), fits=fits)
        return node, shape

    def params(self, roles: Mapping[str, Shape], first: int = 1) -> tuple:
        """The variables in the slots from `first` on as (role, place)."""
        return tuple(
            (role, self.draft.parameter(self.where, role, self.inputs[index], shape))
            for index, (role, shape) in enumerate(roles.items(), first)
        )

    def add(
        self,
        kind: str,
        inputs: Sequence[int],
        shape: Shape,
        attrs: Mapping[str, Any] | None = None,
        params: tuple = (),
    ) -> Value:
        """Add a node to the draft."""
        return self.draft.add(self.where, kind, tuple(inputs), shape, attrs, params)

    def seen(self, value: Value | Filled, shape: Shape | None, wanted=None):
        """A value in another shape of the same size."""
        if shape is None or math.prod(shape) != math.prod(value.shape):
            number = math.prod(value.shape)
            self.fail("features", found=wanted or shape, number=number)
        if len(shape) > 8:
            self.fail("rank", found=shape, fits="up to 8 axes fit")
        return dataclasses.replace(value, shape=tuple(shape))
