"""Every network: hybridized = imperative, parameters survive a file, gradients live."""

from __future__ import annotations

import functools

import numpy as onp
import pytest
from mxnet import autograd, np, npx
from mxnet.gluon import nn
from mxnet.gluon.loss import SoftmaxCrossEntropyLoss

from gluon_nets.nets import get_net, list_nets

npx.set_np()

NETS = [
    pytest.param(name, marks=pytest.mark.slow if name == "vgg11" else ())
    for name in list_nets()
]
POOLED = ["regnetx32", "resnet18"]  # without dropout, for images of any size
each_net = pytest.mark.parametrize("name", NETS)


@functools.lru_cache(maxsize=None)
def images(count=4, channels=1, height=32, width=32):
    rng = onp.random.default_rng(count)
    return np.array(rng.normal(size=(count, channels, height, width)), dtype="float32")


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


# --- hybridized = imperative --------------------------------------------------------


@each_net
def test_a_static_graph_gives_the_same_step(name):
    plain, static = (without_dropout(get_net(name)) for _ in range(2))
    for net in (plain, hybridized(static)):
        net(images())
    assert_close(step(static, images()), step(plain, images()), 1e-4)


@each_net
def test_a_static_graph_gives_the_same_outputs(name):
    net = get_net(name)
    expected = net(images()).asnumpy()
    hybridized(net)
    for _ in range(2):  # traced, and run from the cache
        onp.testing.assert_allclose(net(images()).asnumpy(), expected, atol=1e-6)


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
    net = get_net(name, in_channels=1)
    net(images(8))
    found = step(net, images(8))
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


# --- files --------------------------------------------------------------------------


@each_net
def test_parameters_survive_a_file(name, tmp_path):
    net, path = get_net(name, seed=1), str(tmp_path / "net.params")
    with autograd.train_mode():
        net(images()).wait_to_read()  # moves the running statistics
    expected = net(images()).asnumpy()
    net.save_parameters(path)
    other = get_net(name, seed=2)
    other.load_parameters(path)
    onp.testing.assert_array_equal(other(images()).asnumpy(), expected)


def test_parameters_of_another_head_are_refused(tmp_path):
    net, path = get_net("regnetx32", num_classes=7), str(tmp_path / "net.params")
    net(images())
    net.save_parameters(path)
    with pytest.raises(AssertionError, match="head|dense"):
        get_net("regnetx32").load_parameters(path)
