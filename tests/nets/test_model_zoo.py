"""MXNet's own model zoo as the oracle: same parameters, same outputs."""

from __future__ import annotations

import numpy as onp
import pytest
from mxnet import np, npx
from mxnet.gluon.model_zoo import vision

from gluon_nets.nets import get_net

npx.set_np()


def images(size):
    rng = onp.random.default_rng(0)
    return np.array(rng.normal(size=(2, 3, size, size)), dtype="float32")


def randomized(zoo_net, x):
    """A zoo network with random parameters everywhere, statistics included."""
    zoo_net.initialize()
    zoo_net(x).wait_to_read()
    rng = onp.random.default_rng(1)
    for key, parameter in zoo_net.collect_params().items():
        spread = (2 / onp.prod(parameter.shape[1:])) ** 0.5
        value = rng.standard_normal(parameter.shape, dtype="float32") * spread
        if key.endswith(("gamma", "running_var")):
            value = rng.uniform(0.5, 1.5, parameter.shape)
        parameter.set_data(np.array(value, dtype="float32"))
    return zoo_net


def transplant(zoo_net, net):
    """Copy all parameters: both libraries list them in the order of computation."""
    theirs = list(zoo_net.collect_params().values())
    ours = list(net._collect_params_with_prefix().items())
    assert [p.shape for p in theirs] == [p.shape for _, p in ours]
    for source, (key, target) in zip(theirs, ours):
        assert source.name.split("_", 1)[1].endswith(key.split(".")[-1])
        target.set_data(source.data())


def compare(zoo_net, net, size):
    """The largest difference of the logits, relative to the largest logit."""
    x = images(size)
    randomized(zoo_net, x)
    net(x).wait_to_read()
    assert onp.abs((net(x) - zoo_net(x)).asnumpy()).max() > 1e-2, "equal beforehand"
    transplant(zoo_net, net)
    expected = zoo_net(x).asnumpy()
    return onp.abs(net(x).asnumpy() - expected).max() / onp.abs(expected).max()


def test_resnet18():
    net = get_net("resnet18", num_classes=1000)
    assert compare(vision.resnet18_v1(), net, size=64) <= 1e-4


@pytest.mark.slow
def test_vgg11():
    net = get_net("vgg11", num_classes=7)
    assert compare(vision.vgg11(classes=7), net, size=32) <= 1e-4


def test_vgg11_quarter():
    """The zoo's VGG takes any table of layers and filters."""
    zoo_net = vision.VGG([1, 1, 2, 2, 2], [16, 32, 64, 128, 128], classes=7)
    net = get_net("vgg11_quarter", num_classes=7)
    assert compare(zoo_net, net, size=32) <= 1e-4
