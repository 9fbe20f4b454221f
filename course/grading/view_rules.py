"""Rules of what moves numbers about: reshapes, slices, concatenation, means of maps."""

from __future__ import annotations

import math

from course.grading.call import Call
from course.grading.draft import Filled, Value
from course.grading.shapes import (
    BATCH,
    filled,
    legacy_reshape,
    npx_reshape,
    place,
)


def same(call: Call):
    """What it reads."""
    call.expect(1)
    return call.operand()


def cast(call: Call):
    """What it reads, in another precision: ours is single."""
    call.attrs.word("dtype", ("float32", "float64", "float16"), "float32")
    return same(call)


def filled_like(number: float | None):
    """The rule of an array of one number, with the shape of another."""

    def rule(call: Call) -> Filled:
        call.expect(1)
        fill = call.attrs.number("fill_value", 0.0) if number is None else number
        return Filled(fill, call.operand().shape)

    return rule


def flatten(call: Call):
    """Each image's numbers in a row."""
    call.expect(1)
    value = call.operand()
    if not value.shape:
        call.fail("rank", found=(), fits="an array with a batch fits")
    return call.seen(value, (value.shape[0], math.prod(value.shape[1:])))


def reshape(call: Call):
    """The three reshapes of MXNet, each with codes of its own."""
    call.expect(1)
    value, attrs = call.operand(), call.attrs
    attrs.word("order", ("C",), "C")
    if attrs.flag("reverse", False):
        attrs.refuse("reverse", True, "False fits")
    legacy = call.op in ("Reshape", "reshape")
    codes = attrs.integers("shape" if legacy else "newshape", high=10**9)
    if legacy:
        shape = legacy_reshape(value.shape, codes)
    elif call.op == "_npx_reshape":
        shape = npx_reshape(value.shape, codes)
    else:
        shape = filled(codes, math.prod(value.shape))
    return call.seen(value, shape, wanted=codes)


def expand_dims(call: Call):
    """An axis of one more."""
    call.expect(1)
    value, wanted = call.operand(), call.attrs.integer("axis", low=-9)
    axis = place(wanted, len(value.shape) + 1)
    if axis is None:
        call.attrs.refuse("axis", wanted, f"0 to {len(value.shape)} fits")
    sides = list(value.shape)
    sides.insert(axis, 1)
    return call.seen(value, tuple(sides))


def squeeze(call: Call):
    """Axes of one less: all of them where none is named."""
    call.expect(1)
    value, wanted = call.operand(), call.attrs.integers("axis", None)
    rank = len(value.shape)
    if wanted is None:
        axes = {axis for axis, side in enumerate(value.shape) if side == 1}
    else:
        axes = {place(axis, rank) for axis in wanted}
    if any(axis is None or value.shape[axis] != 1 for axis in axes):
        call.attrs.refuse("axis", wanted, "axes of one fit")
    sides = (side for axis, side in enumerate(value.shape) if axis not in axes)
    return call.seen(value, tuple(sides))


def map_mean(call: Call) -> Value:
    """global_pool: the mean (or the largest) over height and width."""
    call.expect(1)
    attrs, (node, shape) = call.attrs, call.maps()
    fits = "(2, 3), height and width, fits"
    wanted = attrs.integers("axis", ())
    axes = sorted(-1 if place(axis, 4) is None else axis % 4 for axis in wanted)
    if axes != [2, 3] or attrs.flag("exclude", False):
        attrs.refuse("axis", wanted, fits)
    kind = "max" if "max" in call.op else "avg"
    value = call.add("global_pool", (node,), (shape[0], 1, 1), {"type": kind})
    if attrs.flag("keepdims", False):
        return value
    return call.seen(value, value.shape[:2])


def concat(call: Call) -> Value:
    """concat of images' arrays, along any axis but the batch."""
    call.expect(*range(1, 257))
    default = 0 if call.op.startswith("_np") else 1
    wanted = call.attrs.integer("dim" if call.attrs.has("dim") else "axis", default, -8)
    nodes = [call.node(index) for index in range(len(call.inputs))]
    shapes = [call.shape(node) for node in nodes]
    axis = place(wanted, len(shapes[0]) + 1)
    if not axis:
        call.attrs.refuse("axis", wanted, f"1 to {len(shapes[0])} fits")
    axis -= 1
    others = {(*shape[:axis], *shape[axis + 1 :]) for shape in shapes}
    if len(others) > 1 or len({len(shape) for shape in shapes}) > 1:
        found = " and ".join(map(str, sorted(set(shapes))[:3]))
        call.fail("shapes", found=found, fits="all sides but one must agree")
    if len(nodes) == 1:
        return call.value()
    side = sum(shape[axis] for shape in shapes)
    shape = (*shapes[0][:axis], side, *shapes[0][axis + 1 :])
    return call.add("concat", nodes, shape, {"axis": axis})


def cut(call: Call):
    """slice by begin, end and step of each axis."""
    call.expect(1)
    value = call.value()
    ranges = []
    for name in ("begin", "end", "step"):
        ranges.append(call.attrs.integers(name, (), open_ends=True, high=10**9))
    sides = value.shape
    begins, ends, steps = (
        [*(part or ()), *[None] * (len(sides) - len(part or ()))] for part in ranges
    )
    if any(step is not None and step < 1 for step in steps) or len(begins) > len(sides):
        call.attrs.refuse("step", steps, "1 or more fits")
    found = [
        range(side)[begin:end:step]
        for side, begin, end, step in zip(sides, begins, ends, steps)
    ]
    return sliced(call, value, found)


def cut_axis(call: Call):
    """slice of one axis."""
    call.expect(1)
    value = call.value()
    wanted = call.attrs.integer("axis", low=-8)
    axis = place(wanted, len(value.shape))
    if axis is None:
        call.attrs.refuse("axis", wanted, f"0 to {len(value.shape) - 1} fits")
    begin = call.attrs.integer("begin", low=-(10**6))
    end = call.attrs.integer("end", None, low=-(10**6))
    found = [range(side) for side in value.shape]
    found[axis] = found[axis][begin:end]
    return sliced(call, value, found)


def sliced(call: Call, value: Value, ranges: list[range]):
    """What a range of each axis leaves; the batch must be whole."""
    shape = tuple(map(len, ranges))
    if shape == value.shape:
        return value
    if not all(shape):
        fits = "something must be left"
        call.fail("shapes", found=f"{value.shape[1:]}", fits=fits)
    if shape[0] != BATCH:
        call.fail("batch")
    node = call.draft.placed(call.where, value)
    attrs = {
        "begin": tuple(part.start for part in ranges[1:]),
        "step": tuple(part.step for part in ranges[1:]),
    }
    return call.add("slice", (node,), shape[1:], attrs)


def split(call: Call) -> tuple:
    """Slices of one axis, each an output."""
    call.expect(1)
    value, attrs = call.value(), call.attrs
    wanted = attrs.integer("axis", 1, low=-8)
    axis = place(wanted, len(value.shape))
    if not axis:
        attrs.refuse("axis", wanted, f"1 to {len(value.shape) - 1} fits")
    if attrs.flag("squeeze_axis", False):
        attrs.refuse("squeeze_axis", True, "False fits")
    side = value.shape[axis]
    bounds = [*_bounds(call, side), side]
    parts = []
    for begin, end in zip(bounds, bounds[1:]):
        found = [range(each) for each in value.shape]
        found[axis] = found[axis][begin:end]
        parts.append(sliced(call, value, found))
    return tuple(parts)


def _bounds(call: Call, side: int) -> list[int]:
    """Where the parts of a split begin."""
    attrs = call.attrs
    if attrs.has("indices") and not attrs.integer("sections", 0, low=0):
        found = list(attrs.integers("indices", low=0, most=64))
        if found[:1] != [0]:
            found.insert(0, 0)
        if sorted(set(found)) != found or found[-1] >= side:
            attrs.refuse("indices", found, f"rising numbers below {side} fit")
        return found
    name = "num_outputs" if attrs.has("num_outputs") else "sections"
    parts = attrs.integer(name, high=256)
    if side % parts:
        attrs.refuse(name, parts, f"a divisor of {side} fits")
    return list(range(0, side, side // parts))


def pad(call: Call) -> Value:
    """Zeros around an image's array."""
    call.expect(1)
    attrs, node = call.attrs, call.node()
    attrs.word("mode", ("constant",), "constant")
    if attrs.number("constant_value", 0.0):
        attrs.refuse("constant_value", attrs.number("constant_value"), "0 fits")
    shape = call.shape(node)
    widths = attrs.paired("pad_width", len(shape) + 1)
    if widths[0] != (0, 0):
        call.fail("batch")
    found = {"before": tuple(w[0] for w in widths[1:])}
    found["after"] = tuple(w[1] for w in widths[1:])
    sides = tuple(side + sum(width) for side, width in zip(shape, widths[1:]))
    return call.add("pad", (node,), sides, found)
