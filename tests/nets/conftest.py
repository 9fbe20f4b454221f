"""What the comparisons with other libraries' zoos share."""

from __future__ import annotations

import mxnet as mx
import numpy as onp
import pytest
from mxnet import autograd, gluon


@pytest.fixture(scope="session")
def difference():
    """A function: the largest difference, relative to the largest expected value."""

    def relative(found, expected):
        found, expected = (
            values.asnumpy() if hasattr(values, "asnumpy") else values
            for values in (found, expected)
        )
        return onp.abs(found - expected).max() / onp.abs(expected).max()

    return relative


@pytest.fixture(scope="session")
def step():
    """A function: a step of gradient descent, small beside the parameters."""

    def descend(net, x):
        trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 1e-3})
        with autograd.record():
            logits = net(x)
            loss = (logits * logits).mean()
        loss.backward()
        trainer.step(1)
        mx.nd.waitall()  # or the running statistics may be read before they are there
        return logits

    return descend
