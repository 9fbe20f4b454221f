"""Convolutions of small maps are convolutions, and no graph outlives its size."""

from __future__ import annotations

import json

import mxnet as mx
import numpy as onp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mxnet import autograd, gluon, np, npx
from mxnet.gluon import nn

import gluon_nets as gn
from gluon_nets import sized, small_maps, winograd
from gluon_nets.convolution import Conv2D
from gluon_nets.sized import Sized

npx.set_np()


def draw(shape, seed=0):
    return onp.random.default_rng(seed).normal(size=shape).astype("float32")


def passed(layer, x, seed=1):
    """Output and gradients of a layer for an image and a gradient drawn by a seed."""
    x = np.array(x)
    x.attach_grad()
    with autograd.record():
        y = layer(x)
    y.backward(np.array(draw(y.shape, seed)))
    mx.nd.waitall()
    weight = next(iter(layer.collect_params().values()))
    return y.asnumpy(), x.grad.asnumpy(), weight.grad().asnumpy()


def filled(layer):
    layer.initialize()
    weight = next(iter(layer.collect_params().values()))
    weight.set_data(np.array(draw(weight.shape)))
    return layer


def operators(net):
    nodes = json.loads(net._cached_graph[1].tojson())["nodes"]
    return {node["op"] for node in nodes}


def assert_convolves(x, outputs, hybrid, tolerance, stride=1, groups=1):
    """Outputs and gradients are MXNet's convolution's; the network that gave them."""
    inputs = x.shape[1]
    options = {"padding": 1, "strides": stride, "groups": groups, "use_bias": False}
    plain = nn.Conv2D(outputs, 3, in_channels=inputs, **options)
    net = Sized()
    net.add(Conv2D(outputs, 3, stride=stride, groups=groups, in_channels=inputs))
    if hybrid:
        net.hybridize(static_alloc=True, static_shape=True)
    expected = passed(filled(plain), x)
    for found, right in zip(passed(filled(net), x), expected):
        assert found.shape == right.shape
        difference = onp.abs(found - right).max() / onp.abs(right).max()
        assert difference < tolerance, f"differs by {difference:.2g} of the largest"
    return net


BOUNDS = winograd.TRAINING
sides = st.integers(1, small_maps.LARGEST)
many = st.integers(BOUNDS.channels, BOUNDS.channels + 20)


@settings(max_examples=40)
@given(
    images=st.integers(1, 3),
    groups=st.integers(1, 4),
    widths=st.tuples(st.integers(1, 9), st.integers(1, 9)),
    size=st.tuples(sides, sides),
    stride=st.integers(1, 2),
    hybrid=st.booleans(),
)
def test_it_is_a_convolution_forwards_and_backwards(
    images, groups, widths, size, stride, hybrid
):
    inputs, outputs = (groups * width for width in widths)
    options = {"stride": stride, "groups": groups}
    x = draw((images, inputs, *size))
    assert_convolves(x, outputs, hybrid, tolerance=1e-4, **options)


@settings(max_examples=12)
@given(
    images=st.integers(BOUNDS.rows, BOUNDS.rows + 3),
    widths=st.tuples(many, many),
    size=st.tuples(*2 * [st.sampled_from(BOUNDS.sides)]),
    hybrid=st.booleans(),
)
def test_winograds_is_a_convolution_too(images, widths, size, hybrid):
    """To 2e-5 of the largest number, 1e-5 is what it was measured to differ by."""
    x = draw((images, widths[0], *size))
    net = assert_convolves(x, widths[1], hybrid, tolerance=2e-5)
    if hybrid:
        assert not {"Convolution", "_npx_convolution"} & operators(net)


@pytest.mark.parametrize("side", range(1, 13))
def test_winograds_matrices_convolve_exactly(side):
    """In exact numbers: rows of small integers, and taps that divide them."""
    read, taps, write = winograd.matrices(side)
    for pixel in range(side):
        for tap in range(3):
            row, kernel = onp.eye(side)[pixel], onp.eye(3)[tap]
            right = onp.correlate(onp.pad(row, 1), kernel, "valid")
            products = (read @ row) * (taps @ kernel)[:, None]
            found = onp.einsum("ptx,pt->x", write, products)
            onp.testing.assert_allclose(found, right, atol=1e-12)


def test_maps_of_three_pixels_are_left_to_onednn():
    net = Sized()
    net.add(Conv2D(8, 3, in_channels=8))
    net.initialize()
    net.hybridize()
    net(np.zeros((2, 8, 3, 3)))
    assert "Convolution" in operators(net) or "_npx_convolution" in operators(net)
    net(np.zeros((2, 8, 2, 2)))
    assert not {"Convolution", "_npx_convolution"} & operators(net)


@pytest.mark.parametrize("name", ["resnet18", "regnetx_200mf", "regnety_200mf"])
def test_a_network_answers_for_images_of_every_size_in_turn(name):
    """Its graph for 28 pixels holds for no others."""
    net = gn.get_net(name, in_channels=1)
    net.hybridize(static_alloc=True, static_shape=True)
    fresh = gn.get_net(name, in_channels=1)
    shapes = [(28, 28), (96, 96), (32, 32), (28, 28), (96, 64), (28, 28)]
    for images, shape in zip((2, 40, 2, 40, 2, 2), shapes):
        x = np.array(draw((images, 1, *shape)))
        onp.testing.assert_allclose(net(x).asnumpy(), fresh(x).asnumpy(), atol=1e-4)


def test_a_graph_is_traced_once_for_each_size():
    """So that training and evaluation by turns, the last batches too, trace nothing."""
    net = gn.get_net("resnet18", in_channels=1)
    net.hybridize(static_alloc=True, static_shape=True)
    batches = [(40, 1, 32, 32), (8, 1, 32, 32), (64, 1, 64, 64), (3, 1, 64, 64)]
    for shape in batches:
        net(np.zeros(shape))
    graphs = {}
    for shape in batches + batches[::-1]:
        net(np.zeros(shape))
        graphs.setdefault(shape, net._cached_op)
        assert net._cached_op is graphs[shape], f"another graph for {shape}"
    for side in range(33, 40):
        net(np.zeros((1, 1, side, side)))
    assert len(net._others) < sized.KEPT, "graphs of all sizes are kept"


@pytest.mark.filterwarnings("ignore:.*Cannot decide type")  # MXNet's own
def test_mxnets_own_export_is_of_a_graph_for_every_size(tmp_path):
    net = gn.get_net("resnet18", in_channels=1)
    net.hybridize(static_alloc=True, static_shape=True)
    net(np.array(draw((2, 1, 28, 28))))
    net.export(str(tmp_path / "net"))
    files = (
        str(tmp_path / "net-symbol.json"),
        ["data"],
        str(tmp_path / "net-0000.params"),
    )
    exported = gluon.SymbolBlock.imports(*files)
    for size in (28, 64):
        x = np.array(draw((2, 1, size, size)))
        onp.testing.assert_allclose(exported(x).asnumpy(), net(x).asnumpy(), atol=1e-4)


def test_another_precision_is_left_to_the_textbook():
    net = gn.get_net("resnet18", in_channels=1)
    x = draw((2, 1, 28, 28))
    single = net(np.array(x)).asnumpy()
    net.cast("float64")
    double = net(np.array(x, dtype="float64")).asnumpy()
    onp.testing.assert_allclose(single, double, atol=1e-4)
