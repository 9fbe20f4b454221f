"""Layers: each computes what the plain operators compute, forward and backward."""

from __future__ import annotations

import functools
import json

import mxnet as mx
import numpy as onp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mxnet import autograd, np, npx
from mxnet.gluon import HybridBlock, nn

from gluon_nets import formulation
from gluon_nets.convolution import Conv2D
from gluon_nets.grouped import block_diagonal
from gluon_nets.layers import (
    BatchNormReLU,
    ConvBN,
    GlobalAvgPool,
    SqueezeExcite,
    add,
    conv_relu,
)

npx.set_np()

FUSED = "_contrib_BatchNormWithReLU"
SHAPES = [(1, 1, 1, 1), (1, 5, 7, 3), (4, 16, 8, 8), (3, 17, 5, 7)]

each_way = pytest.mark.parametrize(
    "hybrid", [False, True], ids=["imperative", "static"]
)
needs_onednn = pytest.mark.skipif(
    not formulation.has_onednn(), reason="this MXNet was built without oneDNN"
)


def sequence(*blocks):
    net = nn.HybridSequential()
    net.add(*blocks)
    return net


def plain(**options):
    """BatchNorm followed by ReLU, in two operators."""
    return sequence(nn.BatchNorm(**options), nn.Activation("relu"))


def draw(shape, seed=0):
    return onp.random.default_rng(seed).normal(0.3, 2, shape).astype("float32")


def prepare(layer, shape, *, hybrid=False, dtype="float32", device=None):
    """A layer with parameters that are a function of their names and shapes alone."""
    device = device or mx.cpu()
    layer.initialize(ctx=device)
    layer.cast(dtype)
    layer(np.zeros(shape, dtype=dtype, ctx=device))  # fixes the shapes
    for key, parameter in sorted(layer._collect_params_with_prefix().items()):
        last = key.split(".")[-1]
        value = draw(parameter.shape, seed=len(last))
        if last == "running_var":
            value = onp.abs(value) + 0.1
        if parameter.grad_req != "null" or last.startswith("running"):
            parameter.set_data(np.array(value, dtype=parameter.dtype))
    if hybrid:
        layer.hybridize(static_alloc=True, static_shape=True)
    return layer


def run(layer, *inputs, train=True, dtype="float32", device=None):
    """Outputs, gradients and parameters after a step, by name."""
    device = device or mx.cpu()
    inputs = [np.array(x, dtype=dtype, ctx=device) for x in inputs]
    for x in inputs:
        x.attach_grad()
    with autograd.record(train_mode=train):
        y = layer(*inputs)
    y.backward(np.array(draw(y.shape, 9), dtype=dtype, ctx=device), train_mode=train)
    mx.nd.waitall()  # statistics and layouts change behind a reader
    found = {"output": y.asnumpy()}
    found.update(
        {f"gradient of input {i}": x.grad.asnumpy() for i, x in enumerate(inputs)}
    )
    for key, parameter in layer._collect_params_with_prefix().items():
        last = key.split(".")[-1]
        found[last] = parameter.data().asnumpy()
        if parameter.grad_req != "null":
            found[f"gradient of {last}"] = parameter.grad().asnumpy()
    return found


def assert_same(found, expected, tolerance=1e-5):
    """The same names, and values equal up to the tolerance times their scale."""
    assert sorted(found) == sorted(expected)
    for name, value in expected.items():
        scale = max(1.0, onp.abs(value).max())
        onp.testing.assert_allclose(
            found[name], value, rtol=0, atol=tolerance * scale, err_msg=name
        )


def operators(layer):
    """Names of the operators that the layer's graph is made of."""
    graph = layer(mx.sym.var("data").as_np_ndarray()).tojson()
    return [node["op"] for node in json.loads(graph)["nodes"] if node["op"] != "null"]


# --- BatchNormReLU ------------------------------------------------------------------


@each_way
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_batch_norm_relu_in_training_is_batch_norm_then_relu(shape, hybrid):
    found, expected = (
        run(prepare(layer, shape, hybrid=hybrid), draw(shape))
        for layer in (BatchNormReLU(fuse=True), plain())
    )
    assert_same(found, expected)


@each_way
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_batch_norm_relu_in_inference_is_batch_norm_then_relu(shape, hybrid):
    found, expected = (
        prepare(layer, shape, hybrid=hybrid)(np.array(draw(shape))).asnumpy()
        for layer in (BatchNormReLU(fuse=True), plain())
    )
    onp.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


@each_way
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_gradients_in_inference_take_double_precision(shape, hybrid):
    """For saliency maps and the like: in single precision oneDNN gives no gradients."""
    found, expected = (
        run(
            prepare(layer, shape, hybrid=hybrid, dtype="float64"),
            draw(shape),
            train=False,
            dtype="float64",
        )
        for layer in (BatchNormReLU(fuse=True), plain())
    )
    assert_same(found, expected, 1e-12)
    dy = draw(shape, 9) * (found["output"] > 0)
    assert_same(
        {"beta": found["gradient of beta"]},
        {"beta": dy.sum(axis=(0, 2, 3))},
    )


@each_way
@pytest.mark.parametrize(
    "options",
    [
        {"scale": False},
        {"center": False},
        {"use_global_stats": True},
        {"epsilon": 1e-2, "momentum": 0.5},
        {"in_channels": 5},
    ],
    ids=str,
)
def test_batch_norm_relu_takes_the_options_of_batch_norm(options, hybrid):
    shape = (2, 5, 4, 3)
    found, expected = (
        run(prepare(layer(**options), shape, hybrid=hybrid), draw(shape))
        for layer in (functools.partial(BatchNormReLU, fuse=True), plain)
    )
    assert_same(found, expected)


def test_running_statistics_stay_in_inference():
    layer = prepare(BatchNormReLU(fuse=True), (2, 3, 4, 4))
    before = layer.running_mean.data().asnumpy(), layer.running_var.data().asnumpy()
    layer(np.array(draw((2, 3, 4, 4)))).wait_to_read()
    after = layer.running_mean.data().asnumpy(), layer.running_var.data().asnumpy()
    onp.testing.assert_array_equal(after, before)


@each_way
@pytest.mark.parametrize("dtype, tolerance", [("float64", 1e-12), ("float16", 1e-2)])
def test_cast(dtype, tolerance, hybrid):
    shape = (2, 5, 4, 3)
    found, expected = (
        run(prepare(layer, shape, hybrid=hybrid, dtype=dtype), draw(shape), dtype=dtype)
        for layer in (BatchNormReLU(fuse=True), plain())
    )
    assert found["output"].dtype == dtype
    assert_same(found, expected, tolerance)


def test_cast_after_the_first_batch():
    layer = prepare(BatchNormReLU(fuse=True), (2, 5, 4, 3), hybrid=True)
    x = draw((2, 5, 4, 3))
    single = layer(np.array(x)).asnumpy()
    layer.cast("float64")
    double = layer(np.array(x, dtype="float64")).asnumpy()
    assert double.dtype == "float64"
    onp.testing.assert_allclose(double, single, rtol=1e-4, atol=1e-5)


@needs_onednn
def test_one_operator_on_a_cpu_and_two_elsewhere():
    layer = BatchNormReLU(fuse=True)
    assert operators(layer) == [FUSED], "before initialization"
    layer.initialize()
    assert operators(layer) == [FUSED], "before the first batch"
    prepare(layer, (2, 5, 4, 3))
    assert operators(layer) == [FUSED], "after the first batch"
    layer.collect_params().reset_ctx([mx.cpu(0), mx.cpu(1)])
    assert operators(layer) == [FUSED], "on several CPU devices"
    layer.collect_params().reset_ctx(mx.Context("cpu_shared"))
    assert operators(layer) == ["BatchNorm", "Activation"], "on another kind of device"


@needs_onednn
@pytest.mark.parametrize(
    "single", ["float32", onp.float32, onp.dtype("float32")], ids=repr
)
def test_a_cast_back_to_single_precision_is_fast_again(single):
    layer = BatchNormReLU(fuse=True, in_channels=3)
    layer.cast("float64")
    assert operators(layer) == ["BatchNorm", "Activation"]
    layer.cast(single)
    assert operators(layer) == [FUSED]


def test_without_onednn(monkeypatch):
    expected = run(prepare(BatchNormReLU(fuse=True), (3, 5, 4, 7)), draw((3, 5, 4, 7)))
    monkeypatch.setattr(formulation, "has_onednn", lambda: False)
    layer = prepare(BatchNormReLU(fuse=True), (3, 5, 4, 7))
    assert operators(layer) == ["BatchNorm", "Activation"]
    assert_same(run(layer, draw((3, 5, 4, 7))), expected)


@each_way
@pytest.mark.parametrize("train", [True, False], ids=["training", "inference"])
def test_on_another_kind_of_device(train, hybrid):
    device, shape = mx.Context("cpu_shared"), (3, 5, 4, 7)
    layer = prepare(BatchNormReLU(fuse=True), shape, hybrid=hybrid, device=device)
    found = run(layer, draw(shape), train=train, device=device)
    assert_same(found, run(prepare(plain(), shape), draw(shape), train=train))


def test_the_trap_in_mxnets_own_batch_norm_relu():
    """Why there is a class of ours: MXNet's leaves the ReLU out under npx.set_np()."""
    x = np.array(draw((4, 3, 5, 5)))
    trap, norm = nn.BatchNormReLU(), nn.BatchNorm()
    for layer in (trap, norm):
        layer.initialize()
    onp.testing.assert_array_equal(trap(x).asnumpy(), norm(x).asnumpy())
    assert trap(x).asnumpy().min() < 0


# --- ConvBN, conv_relu --------------------------------------------------------------


@settings(max_examples=40)
@given(
    st.integers(1, 13),
    st.integers(1, 13),
    st.sampled_from([1, 3, 5, 7]),
    st.integers(1, 3),
    st.integers(1, 3),
    st.booleans(),
)
def test_conv_bn_rounds_the_size_up(height, width, kernel, stride, groups, deferred):
    given_channels = 0 if deferred else 2 * groups
    layer = ConvBN(
        3 * groups, kernel, stride=stride, groups=groups, in_channels=given_channels
    )
    layer.initialize()
    y = layer(np.ones((1, 2 * groups, height, width)))
    assert y.shape == (1, 3 * groups, -(-height // stride), -(-width // stride))
    shapes = {k: p.shape for k, p in layer._collect_params_with_prefix().items()}
    assert shapes.pop("conv.weight") == (3 * groups, 2, kernel, kernel)
    assert shapes == {  # no bias
        f"bn.{name}": (3 * groups,)
        for name in ("gamma", "beta", "running_mean", "running_var")
    }


@each_way
@pytest.mark.parametrize("relu", [True, False], ids=["relu", "linear"])
def test_conv_bn_is_what_its_name_says(relu, hybrid):
    conv = nn.Conv2D(6, 3, strides=2, padding=1, groups=2, use_bias=False)
    last = (plain() if relu else nn.BatchNorm(),)
    textbook, shape = sequence(conv, *last), (2, 4, 7, 5)
    ours = ConvBN(6, 3, stride=2, groups=2, relu=relu)
    expected = run(prepare(textbook, shape, hybrid=hybrid), draw(shape))
    found = run(prepare(ours, shape, hybrid=hybrid), draw(shape))
    assert_same(found, expected)
    assert (found["output"].min() < 0) == (not relu)


@each_way
@pytest.mark.parametrize("kernel", [1, 3, 5])
def test_conv_relu_is_a_convolution_with_bias_then_relu(kernel, hybrid):
    class Textbook(HybridBlock):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2D(6, kernel, padding=kernel // 2)

        def hybrid_forward(self, F, x):
            return F.np.maximum(self.conv(x), 0)

    shape = (2, 4, 7, 5)
    found, expected = (
        run(prepare(layer, shape, hybrid=hybrid), draw(shape))
        for layer in (conv_relu(6, kernel), Textbook())
    )
    assert found["output"].shape == (2, 6, 7, 5)
    assert_same(found, expected)


# --- add ----------------------------------------------------------------------------


class Add(HybridBlock):
    """`add` as a layer, so that it can be hybridized."""

    def hybrid_forward(self, F, x, y):
        return add(F, x, y)


class Double(HybridBlock):
    """An array added to itself."""

    def hybrid_forward(self, F, x):
        return add(F, x, x)


def hybridized(layer, hybrid):
    layer.initialize()
    if hybrid:
        layer.hybridize(static_alloc=True, static_shape=True)
    return layer


@each_way
@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (2, 5, 7, 3), (3, 4), (5,)], ids=str)
def test_add_is_plus(shape, hybrid):
    x, y = draw(shape, 1), draw(shape, 2)
    found = run(hybridized(Add(), hybrid), x, y)
    dy = draw(shape, 9)  # the gradient of a sum goes to both terms
    expected = {"output": x + y, "gradient of input 0": dy, "gradient of input 1": dy}
    assert_same(found, expected, 1e-6)


@each_way
def test_add_of_an_array_to_itself(hybrid):
    x = draw((2, 5, 7, 3))
    found = run(hybridized(Double(), hybrid), x)
    assert_same(found, {"output": 2 * x, "gradient of input 0": 2 * draw(x.shape, 9)})


def test_add_does_not_broadcast():
    with pytest.raises(mx.MXNetError, match=r"expected \[2,3,4,4\]"):
        add(mx.nd, np.ones((2, 3, 4, 4)), np.ones((2, 3, 1, 1))).asnumpy()


# --- GlobalAvgPool ------------------------------------------------------------------


@each_way
@pytest.mark.parametrize(
    "shape", [(1, 1, 1, 1), (2, 5, 7, 3), (4, 80, 12, 12)], ids=str
)
def test_global_avg_pool_is_the_pooling_operator_flattened(shape, hybrid):
    textbook = hybridized(sequence(nn.GlobalAvgPool2D(), nn.Flatten()), hybrid)
    found = run(hybridized(GlobalAvgPool(), hybrid), draw(shape))
    assert found["output"].shape == shape[:2]
    assert_same(found, run(textbook, draw(shape)))


# --- faster formulations ------------------------------------------------------------


def textbook_run(layer, *inputs, **options):
    """As `run`, in the textbook's operators; not for a graph that is kept already."""
    with formulation.textbook():
        return run(layer, *inputs, **options)


@each_way
@pytest.mark.parametrize("size", [(1, 1), (5, 7)], ids=str)
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("width", [1, 2, 3, 4, 8, 12])
def test_narrow_groups_are_merged_without_a_difference(width, stride, size, hybrid):
    groups, shape = 8, (3, 8 * width, *size)
    ours, theirs = (
        Conv2D(8 * width, 3, stride=stride, groups=groups, in_channels=8 * width)
        for _ in range(2)
    )
    found = run(prepare(ours, shape, hybrid=hybrid), draw(shape))
    assert_same(found, textbook_run(prepare(theirs, shape), draw(shape)))


def test_a_block_diagonal_is_what_its_name_says():
    weight = np.array(draw((4, 2, 1, 1)))
    found = block_diagonal(mx, weight, weight.shape, 2, 2).asnumpy()[:, :, 0, 0]
    a, b = weight.asnumpy()[:2, :, 0, 0], weight.asnumpy()[2:, :, 0, 0]
    onp.testing.assert_array_equal(found, onp.block([[a, 0 * a], [0 * b, b]]))


@each_way
@pytest.mark.parametrize("shape", [(1, 8, 1, 1), (1, 8, 5, 7), (4, 24, 8, 8)], ids=str)
@pytest.mark.parametrize("dtype, tolerance", [("float32", 1e-5), ("float64", 1e-12)])
def test_squeeze_excite_is_the_textbooks(shape, dtype, tolerance, hybrid):
    layer, plain = (
        prepare(SqueezeExcite(shape[1], 4), shape, hybrid=h, dtype=dtype)
        for h in (hybrid, False)
    )
    found = run(layer, draw(shape), dtype=dtype)
    assert_same(found, textbook_run(plain, draw(shape), dtype=dtype), tolerance)
