"""8 bits: nearly the same outputs, and a scale for each channel."""

from __future__ import annotations

import json

import numpy as onp
import pytest
from mxnet import np
from mxnet.gluon import nn

from gluon_nets.blocks import ResidualBlock
from gluon_nets.export import export_net, load_export

SIDE = 16
PIXELS = SIDE * SIDE


def test_eight_bits_agree_nearly(net, images, tmp_path):
    options = {"input_shape": (1, 32, 32), "class_names": [*"abcdefghij"]}
    export_net(net, tmp_path / "net", "int8", calibration=images(64), **options)
    again = load_export(tmp_path / "net")
    for count in (16, 1, 5):
        expected = net(np.array(images(count))).asnumpy()
        found = again(images(count))
        assert onp.abs(found - expected).max() <= 0.2 * onp.abs(expected).max(), count
    graph = json.loads((tmp_path / "net" / "symbol.json").read_text())
    eight = [n for n in graph["nodes"] if n.get("attrs", {}).get("quantized")]
    assert len(eight) == 34, "33 convolutions, 10 of them grouped, and the dense layer"


@pytest.mark.parametrize("groups", [1, 2, 8, 32])
def test_rounding_is_all_that_is_lost(groups, tmp_path):
    draw = onp.random.default_rng(0)
    net = nn.HybridSequential()
    net.add(nn.Conv2D(32, 1, in_channels=1, activation="relu"))
    net.add(nn.Conv2D(32, 3, groups=groups, in_channels=32), nn.Flatten())
    net.initialize()
    # outputs of the first are positive and go together: sums grow as large as they can
    net[0].weight.set_data(np.array(abs(draw.normal(size=(32, 1, 1, 1)))))
    net[1].weight.set_data(np.array(draw.normal(size=net[1].weight.shape)))
    x = draw.random((64, 1, 4, 4), dtype=onp.float32)
    expected, found, _ = both(net, x, tmp_path / "net")
    assert (found - expected).std() <= 0.03 * expected.std()


def both(net, x, folder):
    """Logits before and after, and the operators of 8 bits."""
    expected = net(np.array(x)).asnumpy()
    names = [f"{index}" for index in range(expected.shape[1])]
    options = {"input_shape": x.shape[1:], "class_names": names}
    export_net(net, folder, "int8", calibration=x, **options)
    graph = json.loads((folder / "symbol.json").read_text())
    flags = [n.get("attrs", {}).get("quantized") for n in graph["nodes"]]
    return expected, load_export(folder)(x), sum(flag is not None for flag in flags)


@pytest.mark.parametrize("bn", [False, True])
@pytest.mark.parametrize("groups", [2, 4, 32])
def test_grouped_convolutions_in_eight_bits(groups, bn, tmp_path):
    draw = onp.random.default_rng(0)
    net = nn.HybridSequential()
    net.add(nn.Conv2D(32, 1, in_channels=1, activation="relu"))
    net.add(nn.Conv2D(32, 3, groups=groups, in_channels=32, use_bias=not bn))
    if bn:
        net.add(nn.BatchNorm(in_channels=32))
    net.add(nn.Activation("relu"), nn.Conv2D(8, 1, in_channels=32), nn.Flatten())
    net.initialize()
    for p in net.collect_params().values():
        low = 0.3 if p.name.endswith(("gamma", "running_var")) else -1.0
        p.set_data(np.array(draw.uniform(low, 1, p.shape), dtype="float32"))
    x = draw.random((64, 1, 6, 6), dtype=onp.float32)
    expected, found, eight = both(net, x, tmp_path / "net")
    assert eight == 3
    assert (found - expected).std() <= 0.03 * expected.std()


def test_a_sum_with_a_signed_shortcut_keeps_its_range(tmp_path):
    draw = onp.random.default_rng(0)
    block = ResidualBlock(8, 16)
    net = nn.HybridSequential()
    net.add(nn.Conv2D(8, 1, in_channels=1, activation="relu"), block, nn.Flatten())
    net.initialize()
    for p in net.collect_params().values():
        if not p.name.endswith(("gamma", "running_var")):
            p.set_data(np.array(draw.uniform(-0.3, 0.5, p.shape), dtype="float32"))
    x = draw.random((64, 1, 4, 4), dtype=onp.float32)
    expected, found, _ = both(net, x, tmp_path / "net")
    # cut off at half of the largest it would be 0.2 or more
    assert (found - expected).std() <= 0.05 * expected.std()


@pytest.mark.parametrize("count", [1, 7, 33])
def test_any_number_of_calibration_images_will_do(net, images, tmp_path, count):
    options = {"input_shape": (1, 32, 32), "class_names": [*"abcdefghij"]}
    export_net(net, tmp_path / "net", "int8", calibration=images(count), **options)
    assert onp.isfinite(load_export(tmp_path / "net")(images(2))).all()


def uneven(dense):
    """Output 0 is the first pixel; 1 compares the even columns with the odd ones.

    The weights of 1 are 1/256 of those of 0: with one scale for both they would be
    rounded to 0.
    """
    weight = onp.zeros((2, PIXELS), "float32")
    weight[0, 0], weight[1] = 1, onp.tile([1, -1], PIXELS // 2) / PIXELS
    net = nn.HybridSequential()
    if dense:
        net.add(nn.Conv2D(1, 1, in_channels=1, use_bias=False), nn.Flatten())
        net.add(nn.Dense(2, in_units=PIXELS))
    else:
        net.add(nn.Conv2D(2, SIDE, in_channels=1), nn.Flatten())
    net.initialize()
    if dense:
        net[0].weight.set_data(np.ones((1, 1, 1, 1)))
        net[2].weight.set_data(np.array(weight))
    else:
        net[0].weight.set_data(np.array(weight.reshape(2, 1, SIDE, SIDE)))
    return net


@pytest.mark.parametrize("dense", [False, True])
def test_each_channel_has_a_scale_of_its_own(dense, tmp_path):
    stripes = onp.random.default_rng(0).random((64, 1, 1, 2), dtype=onp.float32)
    x = onp.tile(stripes, (1, 1, SIDE, SIDE // 2))
    net, options = uneven(dense), {"input_shape": x.shape[1:], "class_names": [*"ab"]}
    export_net(net, tmp_path / "net", "int8", calibration=x, **options)
    expected, found = net(np.array(x)).asnumpy(), load_export(tmp_path / "net")(x)
    assert expected[:, 1].std() > 0.15, "nothing to tell apart"
    onp.testing.assert_allclose(found, expected, atol=0.02)
