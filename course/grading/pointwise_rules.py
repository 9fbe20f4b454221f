"""Rules of what works number by number: activations, sums, products, with constants."""

from __future__ import annotations

import math
from typing import Callable

from course.grading.call import Call
from course.grading.draft import Filled, Value
from course.grading.shapes import broadcast

_SLOPED = ("elu", "leaky")
_FOUND = ("relu", "sigmoid", "tanh", "softrelu", "softsign")


def relu(call: Call) -> Value:
    """relu; of a ReLU's output it is that output."""
    call.expect(1)
    return relu_of(call, call.node())


def relu_of(call: Call, node: int) -> Value:
    """The ReLU of a node."""
    found = call.draft.nodes[node]
    if found.kind == "relu":
        return call.add("relu", found.inputs, found.shape)
    return call.add("relu", (node,), found.shape)


def activation(call: Call) -> Value:
    """relu, or activation of a type."""
    call.expect(1)
    kind = call.attrs.word("act_type", _FOUND)
    return relu(call) if kind == "relu" else activated(call, call.node(), kind)


def activated(call: Call, node: int, kind: str, slope: float = 0.0) -> Value:
    """A node behind an activation."""
    attrs = {"type": kind, "slope": slope}
    return call.add("activation", (node,), call.shape(node), attrs)


def named(kind: str) -> Callable[[Call], Value]:
    """The rule of an activation that is an operator of its own."""

    def rule(call: Call) -> Value:
        call.expect(1)
        return activated(call, call.node(), kind)

    return rule


def leaky_relu(call: Call) -> Value:
    """The activations of the family of leaky ReLUs."""
    kinds = ("leaky", "elu", "selu", "gelu", "prelu")
    kind = call.attrs.word("act_type", kinds, "leaky")
    call.expect(2 if kind == "prelu" else 1)
    node = call.node()
    if kind == "prelu":
        params, attrs = call.params({"alpha": (1,)}), {"type": kind, "slope": 0.0}
        return call.add("activation", (node,), call.shape(node), attrs, params)
    slope = call.attrs.number("slope", 0.25) if kind in _SLOPED else 0.0
    if kind == "leaky" and slope == 0:
        return relu_of(call, node)
    return activated(call, node, kind, slope)


def clip(call: Call) -> Value:
    """Between 0 and 6, or at least 0."""
    call.expect(1)
    low = call.attrs.number("a_min", -math.inf, high=1e38, low=-1e38)
    high = call.attrs.number("a_max", math.inf, high=1e38, low=-1e38)
    if low != 0 or (high != 6 and high < 1e6):
        call.attrs.refuse("a_min and a_max", (low, high), "0 and 6 fit")
    return activated(call, call.node(), "relu6") if high == 6 else relu(call)


def with_number(op: str) -> Callable[[Call], Value]:
    """The rule of an operation with one number, which is an attribute."""

    def rule(call: Call):
        call.expect(1)
        number = call.attrs.number("scalar")
        return scaled(call, call.operand(), op, number)

    return rule


# operation, and the number with which it changes nothing
_NEUTRAL = {"add": 0, "subtract": 0, "multiply": 1, "divide": 1}


def scaled(call: Call, value: Value | Filled, op: str, number: float) -> Value | Filled:
    """A value and a number; none where the number changes nothing."""
    if _NEUTRAL.get(op) == number:
        return value
    if isinstance(value, Filled):
        call.fail("array")
    if op == "divide":
        if number == 0:
            call.attrs.refuse("scalar", number, "another number fits")
        op, number = "multiply", 1 / number
    if op == "subtract":
        op, number = "add", -number
    node = call.draft.placed(call.where, value)
    if op == "maximum" and number == 0:
        return relu_of(call, node)
    attrs = {"op": op, "value": number}
    return call.add("scalar", (node,), call.shape(node), attrs)


def binary(kind: str) -> Callable[[Call], Value]:
    """The rule of a sum, product …: of two arrays that broadcast."""

    def rule(call: Call) -> Value | Filled:
        call.expect(2)
        first, second = call.operand(0), call.operand(1)
        shape = broadcast(first.shape, second.shape)
        if shape is None:
            fits = "equal shapes fit, or sides of 1"
            found = f"{first.shape[1:]} and {second.shape[1:]}"
            call.fail("shapes", found=found, fits=fits)
        if isinstance(first, Filled) or isinstance(second, Filled):
            return _with_constant(call, kind, first, second, shape)
        return _of_nodes(call, kind, call.node(0), call.node(1))

    return rule


def _with_constant(call: Call, kind: str, first, second, shape):
    if isinstance(first, Filled) and isinstance(second, Filled):
        call.fail("array")
    if isinstance(first, Filled):
        if kind == "subtract":
            kind = "rsubtract"
        first, second = second, first
    if first.shape != shape:
        call.fail("array")
    return scaled(call, first, kind, second.number)


def _of_nodes(call: Call, kind: str, first: int, second: int) -> Value:
    shape = broadcast(call.shape(first), call.shape(second)) or ()
    if kind == "multiply":
        for x, y in ((first, second), (second, first)):
            gate = call.draft.nodes[y]
            if gate.attrs.get("type") == "sigmoid" and gate.inputs == (x,):
                return activated(call, x, "silu")
    if kind == "maximum" and first == second:
        return call.draft.value(first)
    return call.add(kind, (first, second), shape)


def add_many(call: Call) -> Value:
    """The sum of some arrays of one shape, one after the other."""
    call.expect(*range(1, 65))
    total = call.node(0)
    for index in range(1, len(call.inputs)):
        other = call.node(index)
        if call.shape(other) != call.shape(total):
            found = f"{call.shape(total)} and {call.shape(other)}"
            call.fail("shapes", found=found, fits="equal shapes fit")
        total = call.add("add", (total, other), call.shape(total)).node
    return call.draft.value(total)
