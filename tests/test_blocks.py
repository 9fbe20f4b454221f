"""Blocks: shapes, parameters and the formulas that their docstrings state."""

from __future__ import annotations

import functools

import numpy as onp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mxnet import autograd, np, npx
from mxnet.gluon import nn

from gluon_nets import blocks
from gluon_nets.blocks import Residual, ResidualBlock, ResNeXtBlock, VGGBlock
from gluon_nets.layers import ConvBN

npx.set_np()


def draw(shape, seed=0):
    values = onp.random.default_rng(seed).normal(size=shape)
    return np.array(values, dtype="float32")


def outputs(block, shape):
    """The output of a fresh block."""
    block.initialize()
    return block(draw(shape))


def params(block):
    """Number of trainable parameters."""
    trainable = (p for p in block.collect_params().values() if p.grad_req != "null")
    return sum(p.data().size for p in trainable)


def shapes(block):
    """Shapes of the trainable parameters by their place in the block."""
    parameters = block._collect_params_with_prefix().items()
    return {key: p.shape for key, p in parameters if p.grad_req != "null"}


def x_block(in_channels, channels, group_width=8, stride=1):
    return ResNeXtBlock(in_channels, channels, group_width=group_width, stride=stride)


def basic(in_channels, channels, stride=1):
    return ResidualBlock(in_channels, channels, stride=stride)


def test_every_block_can_be_had_from_the_one_place():
    made = {
        name
        for module in (blocks.plain, blocks.residual)
        for name, thing in vars(module).items()
        if isinstance(thing, type) and thing.__module__ == module.__name__
    }
    assert made == set(blocks.__all__)


# --- what the chapters print --------------------------------------------------------


@pytest.mark.parametrize(
    "block, given_shape, expected",
    [
        (ResidualBlock(3, 3), (4, 3, 6, 6), (4, 3, 6, 6)),
        (ResidualBlock(3, 6, stride=2), (4, 3, 6, 6), (4, 6, 3, 3)),
        (ResNeXtBlock(32, 32, group_width=16), (4, 32, 96, 96), (4, 32, 96, 96)),
        (VGGBlock(1, 64), (1, 1, 224, 224), (1, 64, 112, 112)),
        (VGGBlock(2, 16), (1, 8, 14, 14), (1, 16, 7, 7)),
    ],
    ids=["residual", "residual, stride 2", "resnext", "vgg", "vgg, two convolutions"],
)
def test_shapes_of_the_chapters(block, given_shape, expected):
    assert outputs(block, given_shape).shape == expected


def test_parameters_of_the_chapters_resnext_block():
    """The chapter's block has 6,944: three biases before BatchNorm more, of no use."""
    block = ResNeXtBlock(32, 32, group_width=16, bottleneck=1)
    outputs(block, (4, 32, 96, 96))
    assert params(block) == 6_848 == 6_944 - 3 * 32
    grouped = shapes(block)["transform.1.conv.weight"]
    assert grouped == (32, 16, 3, 3), "2 groups of 16 channels"


# --- residual blocks ----------------------------------------------------------------


@settings(max_examples=40)
@given(
    st.sampled_from([basic, x_block]),
    st.sampled_from([8, 16, 24]),
    st.sampled_from([8, 16, 24]),
    st.integers(1, 3),
    st.integers(1, 9),
    st.integers(1, 9),
)
def test_a_projection_exactly_where_one_is_needed(
    make, in_channels, channels, stride, height, width
):
    block = make(in_channels, channels, stride=stride)
    y = outputs(block, (1, in_channels, height, width))
    assert y.shape == (1, channels, -(-height // stride), -(-width // stride))
    projection = {k: v for k, v in shapes(block).items() if k.startswith("shortcut")}
    if in_channels == channels and stride == 1:
        assert projection == {}
    else:
        assert projection == {
            "shortcut.conv.weight": (channels, in_channels, 1, 1),
            "shortcut.bn.gamma": (channels,),
            "shortcut.bn.beta": (channels,),
        }


def test_the_projection_of_the_book_has_a_bias_and_no_batch_norm():
    block = ResidualBlock(3, 6, stride=2, shortcut_bn=False)
    outputs(block, (1, 3, 6, 6))
    projection = {k: v for k, v in shapes(block).items() if k.startswith("shortcut")}
    assert projection == {"shortcut.weight": (6, 3, 1, 1), "shortcut.bias": (6,)}


def test_shortcut_bn_changes_nothing_where_there_is_no_projection():
    with_bn, without = ResidualBlock(3, 3), ResidualBlock(3, 3, shortcut_bn=False)
    assert shapes(with_bn) == shapes(without)


@pytest.mark.parametrize("train", [True, False], ids=["training", "inference"])
@pytest.mark.parametrize("make", [basic, x_block])
@pytest.mark.parametrize("in_channels, stride", [(16, 1), (8, 1), (16, 2)])
def test_a_residual_block_is_relu_of_transform_plus_shortcut(
    make, in_channels, stride, train
):
    block = make(in_channels, 16, stride=stride)
    block.initialize()
    x = draw((2, in_channels, 7, 6))
    with autograd.record(train_mode=train):
        y = block(x)
        shortcut = x if block.shortcut is None else block.shortcut(x)
        expected = np.maximum(block.transform(x) + shortcut, 0)
    assert y.asnumpy().min() == 0, "no ReLU at the end"
    onp.testing.assert_allclose(y.asnumpy(), expected.asnumpy(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("make", [basic, x_block])
def test_a_transform_of_zero_leaves_the_identity(make):
    """Why residual networks are nested function classes: f = 0 gives relu(x)."""
    block = make(16, 16)
    block.initialize()
    last = list(block.transform._children.values())[-1]
    last._children["bn"].gamma.set_data(np.zeros(16))
    x = draw((2, 16, 5, 5))
    onp.testing.assert_array_equal(block(x).asnumpy(), onp.maximum(x.asnumpy(), 0))


def kinds(block):
    """(kernel, stride, groups, ReLU) of each ConvBN in a block's transform."""
    found = []
    for layer in block.transform._children.values():
        conv = layer._children["conv"]._kwargs
        relu = type(layer._children["bn"]) is not nn.BatchNorm
        found.append((conv["kernel"][0], conv["stride"][0], conv["num_group"], relu))
    return found


def test_the_transforms_of_the_papers():
    assert kinds(basic(8, 16, stride=2)) == [(3, 2, 1, True), (3, 1, 1, False)]
    assert kinds(x_block(8, 16, group_width=4, stride=2)) == [
        (1, 1, 1, True),
        (3, 2, 4, True),
        (1, 1, 1, False),
    ]


@pytest.mark.parametrize(
    "bottleneck, inner", [(1, 64), (2, 32), (4.0, 16), (0.5, 128), (0.25, 256)]
)
def test_bottleneck_divides_the_width(bottleneck, inner):
    block = ResNeXtBlock(64, 64, group_width=16, bottleneck=bottleneck)
    found = shapes(block)
    assert found["transform.0.conv.weight"] == (inner, 64, 1, 1)
    assert found["transform.1.conv.weight"][0] == inner
    assert found["transform.2.conv.weight"] == (64, inner, 1, 1)
    assert kinds(block)[1] == (3, 1, inner // 16, True)


@pytest.mark.parametrize(
    "options, number",
    [
        ({"group_width": 5}, "5"),
        ({"group_width": 0}, "0"),
        ({"group_width": -16}, "-16"),
        ({"group_width": 16, "bottleneck": 3}, "3"),
        ({"group_width": 16, "bottleneck": 0}, "0"),
    ],
    ids=str,
)
def test_a_width_that_does_not_fit_is_named(options, number):
    with pytest.raises(ValueError, match=rf"(?<!\d){number}(?!\d)"):
        ResNeXtBlock(64, 64, **options)


def test_any_transform_makes_a_residual_block():
    block = Residual(ConvBN(4, 1, relu=False), 2, 4, stride=1)
    assert outputs(block, (1, 2, 5, 5)).shape == (1, 4, 5, 5)


# --- VGG ----------------------------------------------------------------------------


@settings(max_examples=25)
@given(
    st.integers(1, 3),
    st.integers(1, 8),
    st.sampled_from([0, 3]),
    st.integers(2, 13),
    st.integers(2, 13),
)
def test_a_vgg_block_halves_and_rounds_down(
    convs, channels, in_channels, height, width
):
    block = VGGBlock(convs, channels, in_channels=in_channels)
    y = outputs(block, (1, 3, height, width))
    assert y.shape == (1, channels, height // 2, width // 2)
    inputs = [3] + [channels] * (convs - 1)
    expected = {}
    for index, before in enumerate(inputs):
        expected[f"{index}.weight"] = (channels, before, 3, 3)
        expected[f"{index}.bias"] = (channels,)
    assert shapes(block) == expected


def test_a_vgg_block_is_convolutions_relus_and_a_maximum():
    block = VGGBlock(1, 4)
    x = draw((2, 3, 6, 6))
    y = outputs(block, x.shape)
    maps = block[0](x).asnumpy()  # (2, 4, 6, 6)
    expected = maps.reshape(2, 4, 3, 2, 3, 2).max(axis=(3, 5))
    assert maps.min() == 0, "no ReLU after the convolution"
    onp.testing.assert_array_equal(y.asnumpy(), expected)


# --- gradients beside widths that are no whole blocks -------------------------------


def gradients(block, x):
    """Gradients of the parameters, by their place in the block."""
    with autograd.record():
        y = block(x)
    y.backward(draw(y.shape, 9))
    parameters = block._collect_params_with_prefix().items()
    return {k: p.grad().asnumpy() for k, p in parameters if p.grad_req != "null"}


@pytest.mark.parametrize("widths", [(12, 48), (48, 12), (12, 12), (16, 48)], ids=str)
@pytest.mark.parametrize("make", [basic, functools.partial(x_block, group_width=4)])
def test_fused_batch_norm_gives_the_gradients_of_the_plain_one(make, widths):
    """From 12 to 48 channels its ReLU's mask was read in another layout than kept."""
    block = make(*widths)
    block.initialize()
    x = draw((8, widths[0], 7, 6))
    found = gradients(block, x)
    for layer in block.transform._children.values():
        layer._children["bn"]._fuse = False
    for key, value in gradients(block, x).items():
        scale = max(1.0, onp.abs(value).max())
        onp.testing.assert_allclose(
            found[key], value, rtol=0, atol=1e-5 * scale, err_msg=key
        )
