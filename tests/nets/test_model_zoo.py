"""MXNet's own model zoo as the oracle: same parameters, same outputs."""

from __future__ import annotations

import numpy as onp
import pytest
from mxnet import np, npx
from mxnet.gluon import nn
from mxnet.gluon.model_zoo import vision

from gluon_nets.formulation import has_onednn
from gluon_nets.layers import BatchNormReLU
from gluon_nets.nets import build, get_net
from gluon_nets.specs import VGGSpec

npx.set_np()

SMALL = [1, 1, 2, 2, 2], [16, 32, 64, 128, 128]
SMALL_BN = VGGSpec(tuple(zip(*SMALL)), bn=True)


def behind_norm(net):
    """A v2 network behind the BatchNorm of the images that the zoo's begins with."""
    both = nn.HybridSequential()
    both.add(nn.BatchNorm(scale=False, center=False), net)
    both[0].initialize()
    return both


# case -> the zoo's network, ours, and the size of the images
CASES = {
    "resnet18": (
        lambda: vision.resnet18_v1(),
        lambda: get_net("resnet18", num_classes=1000),
        64,
    ),
    "resnet18_v2": (
        lambda: vision.resnet18_v2(classes=7),
        lambda: behind_norm(get_net("resnet18_v2", num_classes=7)),
        64,
    ),
    # the zoo's VGG takes any table of layers and filters
    "vgg11_quarter": (
        lambda: vision.VGG(*SMALL, classes=7),
        lambda: get_net("vgg11_quarter", num_classes=7),
        32,
    ),
    "alexnet_zoo": (
        lambda: vision.alexnet(classes=7),
        lambda: get_net("alexnet_zoo", num_classes=7),
        64,
    ),
    # where the zoo has biases before BatchNorm, which are dead weight
    "resnet50": (
        lambda: vision.resnet50_v1(classes=7),
        lambda: get_net("resnet50", num_classes=7, stride_on="conv1"),
        64,
    ),
    "vgg_bn": (
        lambda: vision.VGG(*SMALL, classes=7, batch_norm=True),
        lambda: build(SMALL_BN, 7),
        32,
    ),
    "resnet34": (
        lambda: vision.resnet34_v1(classes=7),
        lambda: get_net("resnet34", num_classes=7),
        64,
    ),
    "resnet50_v2": (
        lambda: vision.resnet50_v2(classes=7),
        lambda: behind_norm(get_net("resnet50_v2", num_classes=7)),
        64,
    ),
    "vgg11": (
        lambda: vision.vgg11(classes=7),
        lambda: get_net("vgg11", num_classes=7),
        32,
    ),
}
SLOW = {"alexnet_zoo", "resnet34", "resnet50_v2", "vgg11"}
# how many biases stand before a BatchNorm in the zoo's networks, and in no other
DEAD = {"resnet50": 18880, "vgg_bn": 16 + 32 + 2 * 64 + 4 * 128}
each_case = pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.slow if name in SLOW else ())
        for name in CASES
    ],
)


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
    """Copy all parameters: both libraries list them in the order of computation.

    Biases that only the zoo has are set to zero there; returns how many there are.
    """
    ours = list(net._collect_params_with_prefix().items())
    dead = 0
    for source in zoo_net.collect_params().values():
        key, target = ours[0]
        if source.name.endswith("bias") and not key.endswith("bias"):
            source.set_data(np.zeros_like(source.data()))
            dead += source.data().size
            continue
        assert source.shape == target.shape, key
        assert source.name.split("_", 1)[1].endswith(key.split(".")[-1])
        target.set_data(source.data())
        ours.pop(0)
    assert not ours, f"the zoo has no {ours[0][0]}"
    return dead


def pair(name):
    """Both networks with the same parameters and without dropout; images."""
    make_theirs, make_ours, size = CASES[name]
    x = images(size)
    zoo_net, net = randomized(make_theirs(), x), make_ours()
    net(x).wait_to_read()
    assert onp.abs((net(x) - zoo_net(x)).asnumpy()).max() > 1e-2, "equal beforehand"
    assert transplant(zoo_net, net) == DEAD.get(name, 0)
    for each in (zoo_net, net):
        each.apply(lambda b: isinstance(b, nn.Dropout) and setattr(b, "_rate", 0))
    return zoo_net, net, x


@each_case
def test_the_same_logits(name, difference):
    zoo_net, net, x = pair(name)
    assert difference(net(x), zoo_net(x)) <= 1e-4


def test_the_same_logits_after_a_step_in_single_precision(difference, step):
    """Through oneDNN's BatchNorm with ReLU, as networks are trained on a CPU.

    A value that rounding turns over a kink changes a gradient by a hundredth at most,
    and after so small a step the logits by less than the tolerance.
    """
    zoo_net, net, x = pair("resnet18")
    norms = []
    net.apply(lambda b: norms.append(b) if isinstance(b, BatchNormReLU) else None)
    assert norms and all(norm._fused() == has_onednn() for norm in norms)
    before, expected = zoo_net(x), step(zoo_net, x)
    assert difference(step(net, x), expected) <= 1e-4
    assert difference(net(x), zoo_net(x)) <= 1e-4
    assert difference(zoo_net(x), before) > 1e-2, "the step changed nothing"


@each_case
def test_the_same_logits_after_a_step(name, difference, step):
    """In double precision: in single, rounding may turn a value over a ReLU's kink."""
    zoo_net, net, x = pair(name)
    before, x = zoo_net(x), x.astype("float64")
    for each in (zoo_net, net):
        each.cast("float64")
    expected = step(zoo_net, x)
    assert difference(step(net, x), expected) <= 1e-8
    assert difference(net(x), zoo_net(x)) <= 1e-6
    assert difference(zoo_net(x), before) > 1e-4, "the step changed nothing"
