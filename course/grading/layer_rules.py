"""Rules of the layers: convolution, dense, norms, poolings, activations, dropout."""

from __future__ import annotations

import math

from course.grading.call import Call
from course.grading.draft import Value
from course.grading.shapes import Shape, place, window


def convolution(call: Call) -> Value:
    """conv: (C, H, W) to (channels, H', W')."""
    attrs = call.attrs
    attrs.word("layout", ("NCHW",), "NCHW")
    bias = not attrs.flag("no_bias", False)
    call.expect(2 + bias)
    node, (inputs, *sides) = call.maps()
    found = {
        "channels": attrs.integer("num_filter"),
        "kernel": attrs.pair("kernel"),
        "stride": attrs.pair("stride", (1, 1)),
        "padding": attrs.pair("pad", (0, 0), low=0),
        "dilation": attrs.pair("dilate", (1, 1)),
        "groups": attrs.integer("num_group", 1),
        "bias": bias,
    }
    channels, groups = found["channels"], found["groups"]
    for number, what in ((inputs, "input channels"), (channels, "output channels")):
        if number % groups:
            call.fail("groups", groups=groups, channels=number, what=what)
    shape = (channels, *_sides(call, sides, found))
    roles = {"weight": (channels, inputs // groups, *found["kernel"])}
    if bias:
        roles["bias"] = (channels,)
    return call.add("conv", (node,), shape, found, call.params(roles))


def _sides(call: Call, sides, attrs, ceil: bool = False) -> Shape:
    names = ("kernel", "stride", "padding", "dilation")
    windows = zip(*(attrs.get(name, (1, 1)) for name in names))
    found = tuple(window(side, *each, ceil) for side, each in zip(sides, windows))
    if min(found) < 1:
        call.fail("window", found="×".join(map(str, sides)))
    return found


def dense(call: Call) -> Value:
    """dense: (F,) to (units,); where it does not flatten, on the last axis."""
    bias = not call.attrs.flag("no_bias", False)
    call.expect(2 + bias)
    units = call.attrs.integer("num_hidden")
    value = call.value()
    if call.attrs.flag("flatten", True) and value.shape:
        batch, *rest = value.shape
        value = call.seen(value, (batch, math.prod(rest)))
    node = call.draft.placed(call.where, value)
    *before, inputs = call.shape(node)
    roles = {"weight": (units, inputs)}
    if bias:
        roles["bias"] = (units,)
    attrs = {"units": units, "bias": bias}
    return call.add("dense", (node,), (*before, units), attrs, call.params(roles))


def batch_norm(call: Call) -> Value:
    """norm: BatchNorm over the first axis behind the batch."""
    call.expect(5)
    node, attrs = call.node(), call.attrs
    shape = call.shape(node)
    if place(attrs.integer("axis", 1, low=-8), len(shape) + 1) != 1:
        attrs.refuse("axis", attrs.integer("axis", 1, low=-8), "1 fits")
    scale = not attrs.flag("fix_gamma", True)
    found = {
        "eps": attrs.number("eps", 1e-3, 0, 1),
        "momentum": attrs.number("momentum", 0.9, 0, 1),
        "scale": scale,
        "global_stats": attrs.flag("use_global_stats", False),
    }
    roles = ("gamma", "beta", "running mean", "running variance")
    params = call.params(dict.fromkeys(roles, shape[:1]))
    return call.add("norm", (node,), shape, found, params[not scale : 2])


def batch_norm_relu(call: Call) -> Value:
    """BatchNorm and ReLU in one operator of oneDNN."""
    return call.add("relu", (batch_norm(call).node,), call.shape(call.node()))


def layer_norm(call: Call) -> Value:
    """layer_norm: over one axis of each image's array."""
    call.expect(3)
    node = call.node()
    shape = call.shape(node)
    wanted = call.attrs.integer("axis", -1, low=-8)
    axis = place(wanted, len(shape) + 1)
    if not axis:
        call.attrs.refuse("axis", wanted, f"1 to {len(shape)} fits")
    attrs = {"eps": call.attrs.number("eps", 1e-5, 0, 1), "axis": axis - 1}
    roles = dict.fromkeys(("gamma", "beta"), (shape[axis - 1],))
    return call.add("layer_norm", (node,), shape, attrs, call.params(roles))


def pooling(call: Call) -> Value:
    """pool or global_pool; one pixel at a time changes nothing."""
    call.expect(1)
    attrs = call.attrs
    kind = attrs.word("pool_type", ("max", "avg"), "max")
    attrs.word("layout", ("NCHW",), "NCHW")
    node, (channels, *sides) = call.maps()
    if attrs.flag("global_pool", False):
        return call.add("global_pool", (node,), (channels, 1, 1), {"type": kind})
    ceil = attrs.word("pooling_convention", ("valid", "full"), "valid") == "full"
    found = {
        "type": kind,
        "kernel": attrs.pair("kernel"),
        "stride": attrs.pair("stride", (1, 1)),
        "padding": attrs.pair("pad", (0, 0), low=0),
        "ceil": ceil,
        "include_pad": attrs.flag("count_include_pad", True),
    }
    if any(pad >= side for pad, side in zip(found["padding"], found["kernel"])):
        attrs.refuse("pad", found["padding"], "less than the kernel fits")
    shape = (channels, *_sides(call, sides, found, ceil))
    padded = any(found["padding"])
    if found["kernel"] == found["stride"] == (1, 1):
        return call.draft.value(node)
    if kind == "avg" and found["kernel"] == tuple(sides) and not padded:
        return call.add("global_pool", (node,), shape, {"type": kind})
    return call.add("pool", (node,), shape, found)


def adaptive_pooling(call: Call) -> Value:
    """global_pool, by the operator that could pool to any size."""
    call.expect(1)
    sizes = call.attrs.integers("output_size", (1,))
    if set(sizes or (1,)) != {1}:
        call.attrs.refuse("output_size", sizes, "1 fits")
    node, (channels, *_) = call.maps()
    return call.add("global_pool", (node,), (channels, 1, 1), {"type": "avg"})


def dropout(call: Call) -> Value:
    """dropout; none where the rate is 0."""
    call.expect(1)
    attrs, node = call.attrs, call.node()
    attrs.word("mode", ("training",), "training")
    rate, rank = attrs.number("p", 0.5, 0, 0.999), len(call.shape(node)) + 1
    if not rate:
        return call.value()
    wanted = attrs.integers("axes", ())
    axes = [place(axis, rank) for axis in wanted]
    if not all(axes):  # None: no axis; 0: the batch
        attrs.refuse("axes", wanted, f"1 to {rank - 1} fit")
    shared = tuple(sorted({axis - 1 for axis in axes if axis}))
    found = {"rate": rate, "axes": shared}
    return call.add("dropout", (node,), call.shape(node), found)


def softmax(call: Call) -> Value:
    """softmax over the last axis, or its logarithm."""
    call.expect(1)
    node = call.node()
    shape = call.shape(node)
    axis = call.attrs.integer("axis", -1, low=-8)
    if place(axis, len(shape) + 1) != len(shape):
        call.attrs.refuse("axis", axis, "-1 fits")
    if call.attrs.has("temperature"):
        call.attrs.refuse("temperature", call.attrs.number("temperature"), "None fits")
    if call.attrs.flag("use_length", False):
        call.attrs.refuse("use_length", True, "False fits")
    attrs = {"log": "log_softmax" in call.op}
    return call.add("softmax", (node,), shape, attrs)
