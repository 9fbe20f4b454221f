"""Channels of grouped convolutions with one range of weights: the same network."""

from __future__ import annotations

import json

import numpy as onp
import pytest
from mxnet import np, npx
from mxnet.gluon import nn

from gluon_nets.export.equalize import LARGEST_SPREAD, equalized
from gluon_nets.export.legacy import inference_json
from gluon_nets.export.mxnet_formats import read_block, write_graph
from gluon_nets.export.names import by_place

npx.set_np()


def graph_of(net):
    return by_place(inference_json(net), net)


def outputs(text, arrays, folder, x):
    write_graph(folder, text, arrays)
    return read_block(folder)(np.array(x)).asnumpy()


@pytest.mark.parametrize("name", ["regnetx32", "regnetx_400mf", "resnext50_32x4d"])
def test_the_outputs_stay_the_same(name, random_net, images, tmp_path):
    net, x = random_net(name, 32), images(3)
    text, arrays = graph_of(net)
    before = {key: value.asnumpy() for key, value in arrays.items()}
    other, _ = equalized(text, arrays)
    expected, found = net(np.array(x)).asnumpy(), outputs(text, other, tmp_path, x)
    assert onp.abs(found - expected).max() <= 2e-5 * onp.abs(expected).max()
    assert all((before[key] == arrays[key].asnumpy()).all() for key in arrays)


def largest(arrays, conv):
    """The largest weight of each output channel, BatchNorm folded in."""
    norm = f"{conv[: -len('conv')]}bn"
    weight = arrays[f"{conv}.weight"].asnumpy()
    spread = onp.sqrt(arrays[f"{norm}.running_var"].asnumpy() + 1e-5)
    factor = abs(arrays[f"{norm}.gamma"].asnumpy()) / spread
    return abs(weight).reshape(len(weight), -1).max(axis=1) * factor


def test_channels_have_one_range(random_net):
    text, arrays = graph_of(random_net("regnetx32", 32))
    grouped = [
        node["name"]
        for node in json.loads(text)["nodes"]
        if int(node.get("attrs", {}).get("num_group", 1)) > 1
    ]
    other, left = equalized(text, arrays)
    assert len(grouped) == 10 and not left
    for conv in grouped:
        assert onp.ptp(largest(arrays, conv)) > 0.1 * largest(arrays, conv).max()
        assert onp.ptp(largest(other, conv)) <= 1e-5 * largest(other, conv).max()


def chain(groups, channels, *after):
    net = nn.HybridSequential()
    net.add(nn.Conv2D(channels, 1, in_channels=1, activation="relu"))
    net.add(nn.Conv2D(channels, 3, groups=groups, in_channels=channels), *after)
    net.initialize()
    net(np.zeros((1, 1, 8, 8))).wait_to_read()
    return net


def relu_conv():
    return nn.Activation("relu"), nn.Conv2D(8, 1), nn.Flatten()


@pytest.mark.parametrize(
    "make, kept",
    [
        (lambda: chain(2, 16, *relu_conv()), False),
        (lambda: chain(16, 16, *relu_conv()), False),  # depthwise: needs nothing
        (lambda: chain(4, 16, *relu_conv()), True),  # groups of 4
        (lambda: chain(2, 24, *relu_conv()), True),  # groups of 12
        (lambda: chain(2, 16, nn.Flatten()), True),
        (lambda: chain(2, 16, nn.Conv2D(8, 1), nn.Flatten()), True),
        (lambda: chain(2, 16, nn.Activation("sigmoid"), nn.Conv2D(8, 1)), True),
        (lambda: chain(2, 16, nn.Activation("relu"), nn.Flatten()), True),
        (lambda: chain(2, 16, nn.BatchNorm(scale=False), *relu_conv()), True),
    ],
)
def test_what_cannot_be_stays(make, kept):
    text, arrays = graph_of(make())
    other, left = equalized(text, arrays)
    assert left == ({"1"} if kept else set())
    same = [key for key in arrays if (other[key] == arrays[key]).all()]
    assert len(same) == len(arrays) or not kept


@pytest.mark.parametrize("spread, kept", [(0.9, False), (1.1, True)])
def test_weights_that_differ_too_much_stay(spread, kept):
    net = chain(2, 16, *relu_conv())
    weight = onp.ones(net[1].weight.shape, "float32")
    weight[3] /= spread * LARGEST_SPREAD
    net[1].weight.set_data(np.array(weight))
    _, left = equalized(*graph_of(net))
    assert bool(left) == kept


def test_a_weight_of_two_layers_stays():
    net = chain(2, 16, *relu_conv())
    twin = nn.Conv2D(16, 3, groups=2, in_channels=16, params=net[1].params)
    both = nn.HybridSequential()
    both.add(net[0], net[1], nn.Activation("relu"), twin, *relu_conv())
    both[-2].initialize()
    both(np.zeros((1, 1, 8, 8))).wait_to_read()
    assert len(equalized(*graph_of(both))[1]) == 2


def test_squeeze_and_excitation_reads_more_than_a_convolution(random_net):
    _, left = equalized(*graph_of(random_net("regnety_200mf", 32)))
    assert left, "the multiplication follows the grouped convolution"
