"""What the tests of exports share: networks that do something, and images."""

from __future__ import annotations

import mxnet as mx
import numpy as onp
import pytest
from mxnet import autograd, np, npx

import gluon_nets as gn

npx.set_np()

SHAPE = (1, 32, 32)


def pictures(count, shape=SHAPE):
    return onp.random.default_rng(count).random((count, *shape), dtype=onp.float32)


@pytest.fixture(scope="session")
def images():
    """A function: float32 images of a count and a shape, the same for the same."""
    return pictures


@pytest.fixture(scope="session")
def net():
    """A network whose running statistics are those of some images."""
    net = gn.get_net("regnetx32")
    for _ in range(20):
        with autograd.record():
            outputs = net(np.array(pictures(32)))
        outputs.backward()  # which moves the statistics
        mx.nd.waitall()
    return net


@pytest.fixture(scope="session")
def random_net():
    """A function: a network whose BatchNorms do not pass their input on unchanged."""

    def make(name, size):
        net = gn.get_net(name)
        net(np.array(pictures(1, (1, size, size)))).wait_to_read()
        rng = onp.random.default_rng(1)
        for key, p in net._collect_params_with_prefix().items():
            if key.endswith(("gamma", "running_var")):
                p.set_data(np.array(rng.uniform(0.5, 1.5, p.shape), dtype="float32"))
            elif key.endswith(("beta", "bias", "running_mean")):
                p.set_data(np.array(rng.uniform(-0.2, 0.2, p.shape), dtype="float32"))
            else:  # as much comes out of each ReLU as went into the layer
                p.set_data(p.data() * 2**0.5)
        mx.nd.waitall()
        return net

    return make
