"""Every network: hybridized = imperative, parameters survive a file, gradients live."""

from __future__ import annotations

import functools

import numpy as onp
import pytest
from mxnet import autograd, np, npx
from mxnet.gluon import nn
from mxnet.gluon.loss import SoftmaxCrossEntropyLoss

from gluon_nets.cost import complexity
from gluon_nets.graph import symbol_of
from gluon_nets.nets import get_net
from gluon_nets.nets.registry import KINDS
from gluon_nets.specs import ENTRIES, list_nets
from gluon_nets.table import summary

npx.set_np()

# a network of each family and form, small ones; the others are slow
EVERY_DAY = {
    "de_resnext32_matched",
    "mlp",
    "mlp_bottleneck",
    "mlp_layernorm",
    "regnetx32",
    "regnety_200mf",
    "resnet18",
    "resnet18_v2",
    "resnet20",
    "vgg11_gap",
    "vgg11_quarter",
    "vionet_bottleneck",
    "vionet_group_width",
}
NETS = [
    pytest.param(name, marks=() if name in EVERY_DAY else pytest.mark.slow)
    for name in list_nets()
]
POOLED = ["regnetx32", "resnet18", "resnet18_v2"]  # without dropout, any size
each_net = pytest.mark.parametrize("name", NETS)


def size_of(name):
    """Side of an image that the network can read, as small as may be."""
    if name.startswith("alexnet"):
        return 80
    return 64 if name.startswith("googlenet") else min(32, ENTRIES[name].image_size)


@functools.lru_cache(maxsize=None)
def images(count=4, channels=1, height=32, width=32):
    rng = onp.random.default_rng(count)
    return np.array(rng.normal(size=(count, channels, height, width)), dtype="float32")


def images_of(name, count=4, channels=1):
    return images(count, channels, size_of(name), size_of(name))


def hybridized(net):
    net.hybridize(static_alloc=True, static_shape=True)
    return net


def step(net, x):
    """Logits, gradients and parameters after the gradient of a cross-entropy."""
    labels = np.arange(len(x)) % 10
    x = x.copy()
    x.attach_grad()
    with autograd.record():
        logits = net(x)
        loss = SoftmaxCrossEntropyLoss()(logits, labels).mean()
    loss.backward()
    found = {"logits": logits.asnumpy(), "gradient of the images": x.grad.asnumpy()}
    for key, parameter in net._collect_params_with_prefix().items():
        if parameter.grad_req == "null":
            found[key] = parameter.data().asnumpy()
        else:
            found[f"gradient of {key}"] = parameter.grad().asnumpy()
    return found


def assert_close(found, expected, tolerance):
    assert list(found) == list(expected)
    for name, value in expected.items():
        atol = tolerance * onp.abs(value).max()
        onp.testing.assert_allclose(found[name], value, rtol=0, atol=atol, err_msg=name)


def without_dropout(net):
    """The network with dropout at the rate 0, for masks would differ."""
    net.apply(lambda b: isinstance(b, nn.Dropout) and setattr(b, "_rate", 0))
    return net


# --- numbers ------------------------------------------------------------------------


@pytest.mark.parametrize("name", list_nets())
def test_the_graph_costs_what_the_numbers_say(name):
    """Counted twice: from the design's numbers, and over the symbol's operators."""
    entry = ENTRIES[name]
    shape = (2, entry.in_channels, entry.image_size, entry.image_size)
    net = KINDS[type(entry.spec)](entry.spec, entry.num_classes)  # not initialized
    found = summary(net, shape)
    expected = complexity(name, entry.image_size, entry.in_channels, entry.num_classes)
    assert (found.params, found.flops, found.acts) == (
        expected.params,
        expected.flops,
        expected.acts,
    )


@each_net
def test_numbers_and_graph_agree_on_the_smallest_image(name):
    def fits(size):
        try:
            return complexity(name, size).acts > 0
        except ValueError:
            return False

    smallest = next(size for size in range(1, 225) if fits(size))
    entry = ENTRIES[name]
    net = KINDS[type(entry.spec)](entry.spec)  # not initialized
    summary(net, (1, 3, smallest, smallest))
    if smallest > 1:
        words = f"the smallest that fits is {smallest}×{smallest}$"
        with pytest.raises(ValueError, match=words):
            summary(net, (1, 3, smallest - 1, smallest - 1))


@each_net
def test_the_first_batch_tells_the_channels(name):
    for channels in (1, 3):
        net = get_net(name, num_classes=3)
        assert net(images_of(name, 2, channels)).shape == (2, 3)


# --- hybridized = imperative --------------------------------------------------------


@each_net
def test_a_static_graph_gives_the_same_step(name):
    plain, static = (without_dropout(get_net(name)) for _ in range(2))
    x = images_of(name)
    for net in (plain, hybridized(static)):
        net(x)
    assert_close(step(static, x), step(plain, x), 1e-4)


@each_net
def test_a_static_graph_gives_the_same_outputs(name):
    net, x = get_net(name), images_of(name)
    expected = net(x).asnumpy()
    atol = 1e-6 * max(1, onp.abs(expected).max())
    hybridized(net)
    for _ in range(2):  # traced, and run from the cache
        onp.testing.assert_allclose(net(x).asnumpy(), expected, atol=atol)


@pytest.mark.parametrize("name", POOLED)
def test_a_static_graph_takes_other_batches_and_sizes(name):
    plain, static = get_net(name), hybridized(get_net(name))
    for shape in ((4, 1, 32, 32), (3, 1, 32, 32), (4, 1, 32, 32), (2, 1, 47, 33)):
        found, expected = (net(images(*shape)).asnumpy() for net in (static, plain))
        onp.testing.assert_allclose(found, expected, atol=1e-6, err_msg=str(shape))


# --- gradients ----------------------------------------------------------------------


@each_net
def test_every_parameter_has_a_gradient(name):
    """None is infinite, and none is zero: a parameter without effect is dead weight."""
    net, x = get_net(name, in_channels=1), images_of(name, 8)
    net(x)
    found = step(net, x)
    for key, value in found.items():
        assert onp.isfinite(value).all(), key
        assert onp.abs(value).max() > 1e-7, f"{key} is zero"


@pytest.mark.parametrize("name", POOLED)
def test_a_step_against_the_gradient_lowers_the_loss(name):
    net = get_net(name)
    net(images())
    losses = []
    for _ in range(2):
        with autograd.record():
            loss = SoftmaxCrossEntropyLoss()(net(images()), np.arange(4)).mean()
        loss.backward()
        losses.append(float(loss))
        for parameter in net.collect_params().values():
            if parameter.grad_req != "null":
                parameter.set_data(parameter.data() - 0.01 * parameter.grad())
    assert losses[1] < losses[0]


# --- inference ----------------------------------------------------------------------


@pytest.mark.parametrize("name", POOLED)
def test_in_inference_an_image_does_not_see_the_others(name):
    net = get_net(name)
    together = net(images()).asnumpy()
    alone = onp.concatenate([net(images()[i : i + 1]).asnumpy() for i in range(4)])
    onp.testing.assert_allclose(alone, together, atol=1e-6)
    assert onp.abs(together - together[0]).max() > 1e-4, "all images look the same"


@pytest.mark.parametrize("name", ["vgg11_quarter"])
def test_dropout_drops_in_training_only(name):
    net = get_net(name)
    assert (net(images()).asnumpy() == net(images()).asnumpy()).all()
    with autograd.train_mode():
        assert (net(images()).asnumpy() != net(images()).asnumpy()).any()


@pytest.mark.parametrize("name", POOLED)
def test_double_precision(name):
    net = hybridized(get_net(name))
    single = net(images()).asnumpy()
    net.cast("float64")
    double = net(images().astype("float64")).asnumpy()
    assert double.dtype == "float64"
    onp.testing.assert_allclose(double, single, atol=1e-5)


@each_net
def test_half_precision(name):
    """By types alone: MXNet has no half-precision products on a CPU."""
    net = get_net(name, in_channels=1)
    net.cast("float16")
    _, (out,), _ = symbol_of(net).infer_type(data="float16")
    assert out == onp.float16
    for key, parameter in net._collect_params_with_prefix().items():
        single = key.split(".")[-1] in ("gamma", "beta", "running_mean", "running_var")
        if "weight" in key or "bias" in key:
            assert parameter.dtype in ("float16", onp.float16), key
        else:
            assert single, key


# --- files --------------------------------------------------------------------------


@each_net
def test_parameters_survive_a_file(name, tmp_path):
    net, path, x = get_net(name, seed=1), str(tmp_path / "net.params"), images_of(name)
    fresh = net(x).asnumpy()
    step(without_dropout(net), x)  # moves the running statistics
    expected = net(x).asnumpy()
    normalized = any("running" in key for key in net._collect_params_with_prefix())
    assert (fresh != expected).any() == normalized
    net.save_parameters(path)
    other = get_net(name, seed=2)
    other.load_parameters(path)
    onp.testing.assert_array_equal(other(x).asnumpy(), expected)


def test_parameters_of_another_head_are_refused(tmp_path):
    net, path = get_net("regnetx32", num_classes=7), str(tmp_path / "net.params")
    net(images())
    net.save_parameters(path)
    with pytest.raises(AssertionError, match="head|dense"):
        get_net("regnetx32").load_parameters(path)
