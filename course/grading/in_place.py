"""``y += x`` where autograd looks on: MXNet runs it, and cannot record it."""

from __future__ import annotations

import contextlib
import operator
from typing import Callable, Iterator

import mxnet as mx
from mxnet import autograd

OPERATORS = {
    "__iadd__": operator.add,
    "__isub__": operator.sub,
    "__imul__": operator.mul,
    "__itruediv__": operator.truediv,
}


@contextlib.contextmanager
def recordable() -> Iterator[None]:
    """Within it ``y += x`` is recorded as ``y = y + x``, under all names of y.

    Outside of autograd's record arrays are changed in place as ever. In the end all
    arrays, also a layer's parameters, are those of before.
    """
    changed: list[tuple] = []
    kinds = (mx.nd.NDArray, mx.np.ndarray)
    before = [(kind, name, vars(kind)[name]) for kind in kinds for name in OPERATORS]
    for kind, name, method in before:
        setattr(kind, name, _recorded(method, OPERATORS[name], changed))
    try:
        yield
    finally:
        for kind, name, method in before:
            setattr(kind, name, method)
        for array, old in reversed(changed):
            _swap(array, old)


def _recorded(method: Callable, out_of_place: Callable, changed: list) -> Callable:
    """An operator that makes a new array, and lets the old one become it."""

    def operate(self, other):
        if not autograd.is_recording():
            return method(self, other)
        new = out_of_place(self, other)
        if new.shape != self.shape:
            raise ValueError(f"{self.shape} would become {new.shape} in place")
        _swap(self, new)
        changed.append((self, new))
        return self

    return operate


def _swap(one, other) -> None:
    one.handle, other.handle = other.handle, one.handle
