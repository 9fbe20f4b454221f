"""A network's graph says what running the network does, and changes nothing."""

from __future__ import annotations

import contextlib
import re

import mxnet as mx
import pytest
from mxnet import np, npx
from mxnet.gluon import HybridBlock, nn

import gluon_nets as gn
from gluon_nets.graph import (
    check_input,
    name_of,
    operators,
    parameter_shapes,
    symbol_of,
)

npx.set_np()

# of each kind of network one
NETS = ["googlenet", "mlp", "regnetx32", "regnety_200mf", "resnet18", "vgg11_quarter"]
STRIDED = [name for name in NETS if name != "mlp"]


def refused(net, shape):
    """The one line that `check_input` raises."""
    with pytest.raises(ValueError) as caught:
        check_input(net, shape)
    message = str(caught.value)
    assert "\n" not in message
    assert message.isprintable(), repr(message)
    return message


def watch(net, kinds, record):
    """Call ``record(layer, input, output)`` for each layer of some kinds that runs."""

    def hook(layer, x, y):
        record(layer, x[0].shape, y.shape)

    net.apply(lambda b: isinstance(b, kinds) and b.register_forward_hook(hook))
    return net


# --- names --------------------------------------------------------------------------


@pytest.mark.parametrize("name", NETS)
def test_a_registered_network_goes_by_its_name(name):
    assert name_of(gn.get_net(name)) == name


def test_any_other_network_goes_by_its_class():
    assert name_of(nn.Dense(3)) == "Dense"


# --- operators ----------------------------------------------------------------------


@pytest.mark.parametrize("name", STRIDED)
def test_operators_have_the_shapes_of_a_run(name):
    shape, ran = (2, 3, 32, 40), []
    net = gn.get_net(name, num_classes=7)
    nodes = operators(symbol_of(net), shape)

    def record(layer, before, after):
        ran.append((before, layer.weight.shape, after))

    watch(net, (nn.Conv2D, nn.Dense), record)(np.zeros(shape))
    found = [
        (node.inputs[0], node.inputs[1], node.output)
        for node in nodes
        if node.op in ("Convolution", "FullyConnected")
    ]
    assert sorted(found) == sorted(ran)
    if name.startswith("vgg"):  # a chain has one order only
        assert [output for *_, output in found] == [output for *_, output in ran]


def test_attributes_are_python_values():
    nodes = operators(symbol_of(gn.get_net("resnet18")), (1, 1, 32, 32))
    stem = next(node for node in nodes if node.op == "Convolution")
    found = {key: stem.attrs[key] for key in ("kernel", "num_filter", "no_bias")}
    assert found == {"kernel": (7, 7), "num_filter": 64, "no_bias": True}
    assert not any(key.startswith("__") for node in nodes for key in node.attrs)
    pool = next(node for node in nodes if node.op == "Pooling")
    assert (pool.attrs["pool_type"], pool.attrs["stride"]) == ("max", (2, 2))


class Joined(HybridBlock):
    """Two convolutions side by side, as in an Inception block."""

    def __init__(self):
        super().__init__()
        self.left, self.right = nn.Conv2D(2, 1), nn.Conv2D(3, 1)
        self.after = nn.Conv2D(4, 1)

    def hybrid_forward(self, F, x):
        return self.after(F.np.concatenate([self.left(x), self.right(x)], axis=1))


def test_operators_of_any_name_have_shapes():
    nodes = operators(symbol_of(Joined()), (2, 1, 4, 4))
    assert (2, 5, 4, 4) in [node.output for node in nodes]
    assert nodes[-1].inputs[:2] == ((2, 5, 4, 4), (4, 5, 1, 1))


class Pooled(HybridBlock):
    """One pooling layer used twice: two operators of the same name."""

    def __init__(self):
        super().__init__()
        self.pool, self.conv = nn.MaxPool2D(2, 2), nn.Conv2D(2, 1)

    def hybrid_forward(self, F, x):
        return self.conv(self.pool(self.pool(x)))


def test_operators_of_the_same_name_are_kept_apart():
    nodes = operators(symbol_of(Pooled()), (1, 1, 8, 8))
    sides = [(node.inputs[0][2], node.output[2]) for node in nodes]
    assert sides == [(8, 4), (4, 2), (2, 2)]


class Unequal(HybridBlock):
    """Convolutions of the first channel and of the others."""

    def __init__(self):
        super().__init__()
        self.first, self.others = nn.Conv2D(2, 1), nn.Conv2D(2, 1)

    def hybrid_forward(self, F, x):
        first, others = F.np.split(x, (1,), axis=1)
        return self.first(first) + self.others(others)


def test_an_operator_with_several_outputs_is_read_at_the_right_one():
    nodes = operators(symbol_of(Unequal()), (2, 5, 4, 4))
    read = sorted(n.inputs[0] for n in nodes if n.op == "Convolution")
    assert read == [(2, 1, 4, 4), (2, 4, 4, 4)]


@pytest.mark.parametrize("name", NETS)
def test_operators_read_what_earlier_ones_give(name):
    net = gn.get_net(name, in_channels=1)
    shape = (1, 1, gn.describe(name).image_size, gn.describe(name).image_size)
    nodes = operators(symbol_of(net), shape)
    for place, node in enumerate(nodes):
        for source, given in zip(node.reads, node.inputs):
            assert -1 <= source < place
            assert given == (shape if source < 0 else nodes[source].output)
    assert any(-1 in node.reads for node in nodes)
    read = {source for node in nodes for source in node.reads}
    assert read >= set(range(len(nodes) - 1)), "an operator whose output nobody reads"


def test_parameters_have_shapes_before_they_exist():
    net = gn.get_net("regnetx32")
    shapes = parameter_shapes(symbol_of(net), (2, 3, 32, 32))
    parameters = net._collect_params_with_prefix()
    assert parameters["stem.conv.weight"]._data is None, "still deferred"
    assert shapes[parameters["stem.conv.weight"].name] == (32, 3, 3, 3)
    assert shapes[parameters["head.bias"].name] == (10,)


# --- what fits ----------------------------------------------------------------------


@pytest.mark.parametrize("name", NETS)
def test_the_output_is_that_of_a_run(name):
    shape = (2, 3, 33, 41)
    net = gn.get_net(name, num_classes=7)
    assert check_input(net, shape) == (2, 7)
    assert net(np.zeros(shape)).shape == (2, 7)


def smallest_that_runs(name):
    """The smallest size with each strided layer on a map of at least its stride."""
    fits = []

    def record(layer, before, _):
        stride = layer._kwargs["stride"]
        fits.append(before[2] >= stride[0] and before[3] >= stride[1])

    net = watch(gn.get_net(name), (nn.Conv2D, nn.MaxPool2D), record)
    for size in range(1, 65):
        fits.clear()
        with contextlib.suppress(mx.MXNetError):
            net(np.zeros((1, 1, size, size))).wait_to_read()
            if all(fits):
                return size


@pytest.mark.parametrize("name", STRIDED)
def test_the_smallest_size_is_the_smallest_that_runs(name):
    smallest = smallest_that_runs(name)
    net = gn.get_net(name)
    for size in (1, 2, smallest // 2, smallest - 1):
        message = refused(net, (1, 1, size, size))
        assert message.startswith(f"{size}×{size} is no size for {name}: ")
        assert message.endswith(f"the smallest that fits is {smallest}×{smallest}")
    for size in (smallest, smallest + 1):
        check_input(net, (1, 1, size, size))


def test_vgg11_is_as_demanding_as_its_quarter():
    messages = [
        refused(gn.get_net(name), (1, 1, 9, 9)) for name in ("vgg11", "vgg11_quarter")
    ]
    assert {m.split("; ")[-1] for m in messages} == {"the smallest that fits is 32×32"}


@pytest.mark.parametrize(
    "name, shape",
    [
        ("regnetx32", (1, 1, 4, 96)),
        ("regnetx32", (1, 1, 96, 4)),
        ("vgg11_quarter", (1, 1, 31, 96)),
    ],
)
def test_the_shorter_side_decides(name, shape):
    message = refused(gn.get_net(name), shape)
    assert message.startswith(f"{shape[2]}×{shape[3]} is no size for {name}: ")


def test_a_network_of_the_user_is_named_by_its_class():
    net = nn.HybridSequential()
    net.add(nn.Conv2D(3, 5))
    message = refused(net, (1, 1, 4, 4))
    assert "4×4 is no size for HybridSequential" in message
    assert message.endswith("the smallest that fits is 5×5")


class Scaled(HybridBlock):
    """One factor for each channel: a parameter whose shape no operator tells."""

    def __init__(self, channels):
        super().__init__()
        self.scale = self.params.get("scale", shape=(1, channels, 1, 1), init="ones")

    def hybrid_forward(self, F, x, scale):
        return x * scale


@pytest.mark.parametrize(
    "layers",
    [
        lambda: [Scaled(4)],
        lambda: [nn.Conv2D(5, 3), Scaled(5)],
        lambda: [nn.Conv2D(6, 3, groups=2, in_channels=4), Scaled(6)],
        lambda: [nn.Conv2D(3, 70), Scaled(3)],
        lambda: [nn.Conv2D(3, 1), nn.PReLU()],  # one slope for all channels
    ],
    ids=["scaled", "deferred", "grouped", "large kernel", "prelu"],
)
def test_parameters_may_have_any_declared_shape(layers):
    net, shape = nn.HybridSequential(), (2, 4, 72, 80)
    net.add(*layers())
    net.initialize()
    before = check_input(net, shape)
    assert before == net(np.zeros(shape)).shape
    assert check_input(net, shape) == before


def test_no_size_is_promised_where_none_fits():
    """With 600 pixels and more it would fit; nobody means such images."""
    net = nn.HybridSequential()
    net.add(nn.Conv2D(1, 600))
    assert "smallest" not in refused(net, (1, 1, 32, 32))


# --- parameters that exist ----------------------------------------------------------

MADE = ["declared", "first batch", "static graph", "loaded"]


def made_for(name, shape, how, folder):
    """A network whose parameters fit images of a shape, got in one of several ways."""
    net = gn.get_net(name, in_channels=shape[1] if how == "declared" else None)
    if how == "declared":
        return net
    if how == "static graph":
        net.hybridize(static_alloc=True, static_shape=True)
    net(np.zeros(shape)).wait_to_read()
    if how == "loaded":
        net.save_parameters(str(folder / "net.params"))
        net = gn.get_net(name)
        net.load_parameters(str(folder / "net.params"))
    return net


@pytest.mark.parametrize(
    "name, how",
    [("regnetx32", how) for how in MADE]
    + [("resnet18", "first batch"), ("vgg11_quarter", "loaded")],
)
def test_other_channels_than_before(name, how, tmp_path):
    net = made_for(name, (1, 1, 32, 32), how, tmp_path)
    assert check_input(net, (5, 1, 32, 32)) == (5, 10)
    message = refused(net, (1, 3, 32, 32))
    assert name in message
    assert "is no size" not in message, "the size is not what is wrong"
    assert re.search(r"\.weight would be \(.*, 3, .*\), and it is \(.*, 1, ", message)


@pytest.mark.parametrize("how", ["first batch", "static graph", "loaded"])
def test_another_size_than_before_where_the_size_is_fixed(how, tmp_path):
    net = made_for("vgg11_quarter", (1, 1, 32, 32), how, tmp_path)
    message = refused(net, (1, 1, 64, 64))
    assert "vgg11_quarter was made for other images" in message
    assert "dense1.weight would be (4096, 512), and it is (4096, 128)" in message


@pytest.mark.parametrize("how", ["first batch", "loaded"])
def test_another_size_than_before_where_any_size_fits(how, tmp_path):
    net = made_for("regnetx32", (1, 1, 32, 32), how, tmp_path)
    assert check_input(net, (1, 1, 64, 50)) == (1, 10)


# --- nothing else happens -----------------------------------------------------------


@pytest.mark.parametrize(
    "shape", [(1, 1, 32, 32), (1, 1, 3, 3)], ids=["fits", "does not"]
)
def test_nothing_is_printed(shape, capfd):
    net = gn.get_net("vgg11_quarter")
    capfd.readouterr()
    with contextlib.suppress(ValueError):
        check_input(net, shape)
    assert capfd.readouterr() == ("", "")


def test_a_refused_shape_leaves_the_network_as_it_was():
    net = gn.get_net("regnetx32")
    refused(net, (1, 3, 2, 2))
    assert net._collect_params_with_prefix()["stem.conv.weight"]._data is None
    assert net(np.zeros((2, 1, 32, 32))).shape == (2, 10)
