"""Loaded graphs have other operators, and the answers are the same."""

from __future__ import annotations

import json

import mxnet as mx
import numpy as onp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mxnet import np, npx

import gluon_nets as gn
from gluon_nets import grouped, winograd
from gluon_nets.export import mxnet_formats, tailor
from gluon_nets.export.tailor import tailored

npx.set_np()
LOW = winograd.Bounds(winograd.PREPARED.sides, 4, 2)


def draw(*shape):
    return np.array(onp.random.default_rng(0).normal(size=shape), dtype="float32")


def answer(text, arrays, x):
    """What a graph gives for images."""
    named = {key.split(":", 1)[1]: array for key, array in arrays.items()}
    (y,) = mx.sym.load_json(text).eval(data=x.as_nd_ndarray(), **named)
    return y.asnumpy()


def operators(text):
    return [n["op"] for n in json.loads(text)["nodes"] if n["op"] != "null"]


@pytest.fixture(scope="class")
def low():
    """Small networks are tailored as large ones are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(winograd, "PREPARED", LOW)
        patch.setattr(tailor, "IMAGES", 2)
        yield


side = st.integers(1, 9)


def two_that_share(size):
    """Two convolutions with the same weights, of maps of another size each."""
    data, weight = mx.sym.var("data"), mx.sym.var("weight")
    options = {"kernel": (3, 3), "pad": (1, 1), "num_filter": 4, "no_bias": True}
    y = mx.sym.Convolution(data, weight, name="first", stride=(2, 2), **options)
    y = mx.sym.Convolution(y, weight, name="second", **options)
    return y.tojson(), {"arg:weight": draw(4, 4, 3, 3).as_nd_ndarray()}


@pytest.mark.usefixtures("low")
class TestOfSmallNetworks:
    @settings(max_examples=60)
    @given(
        images=st.integers(1, 3),
        groups=st.integers(1, 3),
        widths=st.tuples(st.integers(1, 6), st.integers(1, 6)),
        size=st.tuples(side, side),
        kernel=st.sampled_from([1, 3]),
        stride=st.integers(1, 2),
        bias=st.booleans(),
        data=st.data(),
    )
    def test_a_tailored_convolution_gives_the_same(
        self, images, groups, widths, size, kernel, stride, bias, data
    ):
        inputs, outputs = (groups * width for width in widths)
        x = draw(images, inputs, *size)
        arrays = {
            "arg:weight": draw(outputs, widths[0], kernel, kernel).as_nd_ndarray()
        }
        variables = [mx.sym.var("data"), mx.sym.var("weight")]
        if bias:
            arrays["arg:bias"] = draw(outputs).as_nd_ndarray()
            variables.append(mx.sym.var("bias"))
        pad = data.draw(st.sampled_from([kernel // 2, 1]))
        symbol = mx.sym.Convolution(
            *variables,
            kernel=(kernel, kernel),
            stride=(stride, stride),
            pad=(pad, pad),
            num_group=groups,
            num_filter=outputs,
            no_bias=not bias,
        )
        text = symbol.tojson()
        expected = answer(text, arrays, x)
        found = answer(*tailored(text, arrays, x.shape), x)
        assert found.shape == expected.shape
        scale = max(1.0, onp.abs(expected).max())
        onp.testing.assert_allclose(found, expected, rtol=0, atol=2e-5 * scale)

    @pytest.mark.parametrize("size, left", [(2, 0), (4, 1), (6, 1), (18, 2)])
    def test_shared_weights_are_laid_out_for_each(self, size, left):
        text, arrays = two_that_share(size)
        x = draw(3, 4, size, size)
        tailored_text, others = tailored(text, arrays, x.shape)
        found = answer(tailored_text, others, x)
        onp.testing.assert_allclose(found, answer(text, arrays, x), atol=1e-4)
        assert operators(tailored_text).count("Convolution") == left
        assert list(arrays) == ["arg:weight"], (
            "the arrays that were handed in are altered"
        )
        assert ("arg:weight" in others) == (left > 0), (
            "weights that nothing reads are kept"
        )

    def test_weights_that_do_not_fit_are_left_to_whoever_loads_them(self):
        text, arrays = two_that_share(4)
        arrays["arg:weight"] = draw(4, 5, 3, 3).as_nd_ndarray()
        found, others = tailored(text, arrays, (3, 4, 4, 4))
        assert operators(found) == operators(text)
        assert others == arrays


@pytest.mark.parametrize("format", ["symbol", "fused"])
@pytest.mark.parametrize("count, left", [(40, 10), (1, 20)])
def test_an_export_is_tailored_to_each_batch(
    images, tmp_path, random_net, format, count, left
):
    """Of resnet18's 20 convolutions 7 are products, and 3 are Winograd's."""
    net, x = random_net("resnet18", 28), images(count, (1, 28, 28))
    names = tuple("abcdefghij")
    gn.export_net(
        net, tmp_path / "net", format, input_shape=(1, 28, 28), class_names=names
    )
    expected = net(np.array(x)).asnumpy()
    found = gn.load_export(tmp_path / "net")(x)
    onp.testing.assert_allclose(found, expected, atol=2e-5 * onp.abs(expected).max())
    block = mxnet_formats.read_block(tmp_path / "net", x.shape)
    assert operators(block._cached_graph[1].tojson()).count("Convolution") == left


@pytest.fixture(scope="module")
def narrow():
    """A network with groups of 4 channels, and with one group for each channel."""
    stages = gn.Stage(1, 32, 4), gn.Stage(1, 64, 1)
    net = gn.AnyNet(gn.Arch(32, stages), num_classes=10, in_channels=1)
    net.initialize()
    return net


@pytest.mark.parametrize("format", ["symbol", "fused"])
@pytest.mark.parametrize("block", [8, 16])
def test_a_loaded_graph_has_wide_groups(
    narrow, images, tmp_path, monkeypatch, format, block
):
    monkeypatch.setattr(grouped, "block_width", lambda: block)
    x, folder = images(3), tmp_path / "net"
    expected = narrow(np.array(x)).asnumpy()
    names = tuple("abcdefghij")
    gn.export_net(narrow, folder, format, input_shape=x.shape[1:], class_names=names)
    found = gn.load_export(folder)(x)
    onp.testing.assert_allclose(found, expected, atol=1e-4)
    nets = [mxnet_formats.read_block(folder, shape) for shape in (None, x.shape)]
    groups = [sorted(groups_of(net)) for net in nets]
    assert groups == [[8, 64], [32 // block, 64]]


def groups_of(net) -> list[int]:
    """Numbers of groups of a loaded network's grouped convolutions."""
    nodes = json.loads(net._cached_graph[1].tojson())["nodes"]
    found = [int(node.get("attrs", {}).get("num_group", 1)) for node in nodes]
    return [groups for groups in found if groups > 1]
