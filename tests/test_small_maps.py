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
from gluon_nets import small_maps
from gluon_nets.grouped import GroupedConv2D
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


def filled(layer, in_channels, groups):
    layer.initialize()
    weight = next(iter(layer.collect_params().values()))
    weight.set_data(np.array(draw(weight.shape)))
    return layer


sides = st.integers(1, small_maps.LARGEST)


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
    options = {"strides": stride, "padding": 1, "groups": groups}
    plain = nn.Conv2D(outputs, 3, in_channels=inputs, use_bias=False, **options)
    small = GroupedConv2D(outputs, 3, in_channels=inputs, **options)
    net = Sized()
    net.add(small)
    if hybrid:
        net.hybridize(static_alloc=True, static_shape=True)
    x = draw((images, inputs, *size))
    expected = passed(filled(plain, inputs, groups), x)
    for found, right in zip(passed(filled(net, inputs, groups), x), expected):
        assert found.shape == right.shape
        onp.testing.assert_allclose(found, right, rtol=1e-4, atol=1e-4)


def operators(net):
    nodes = json.loads(net._cached_graph[1].tojson())["nodes"]
    return {node["op"] for node in nodes}


def test_maps_of_three_pixels_are_left_to_onednn():
    net = Sized()
    net.add(GroupedConv2D(8, 3, groups=1, padding=1, in_channels=8))
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
    for size in (28, 96, 32, 28, (96, 64), 28):
        height, width = size if isinstance(size, tuple) else (size, size)
        x = np.array(draw((2, 1, height, width)))
        onp.testing.assert_allclose(net(x).asnumpy(), fresh(x).asnumpy(), atol=1e-4)


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
