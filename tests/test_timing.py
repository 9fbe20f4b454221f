"""Timing: plausible numbers, no trace on the network's parameters."""

from __future__ import annotations

import time

import mxnet as mx
import numpy as onp
import pytest
from mxnet import autograd, np, npx

import gluon_nets as gn
from gluon_nets.timing import time_net

npx.set_np()


def values(net):
    """Every parameter, running statistics too."""
    mx.nd.waitall()  # inference brings weights into oneDNN's layout behind a reader
    parameters = net._collect_params_with_prefix().items()
    return {key: p.data().asnumpy() for key, p in parameters}


def assert_equal(found, expected):
    assert list(found) == list(expected)
    for key, value in expected.items():
        onp.testing.assert_array_equal(found[key], value, key)


def test_times_are_positive_and_training_takes_longer():
    net = gn.get_net("regnetx32", in_channels=1)
    timing = time_net(net, (4, 1, 32, 32), repeats=3, device="cpu")
    assert 0 < timing.forward < timing.training
    assert (timing.batch, timing.repeats) == (4, 3)


@pytest.mark.parametrize("name", ["resnet20", "mlp_deep"])
def test_no_parameter_is_changed(name):
    """BatchNorm's running statistics neither, also where they are no longer fresh."""
    net, shape = gn.get_net(name, in_channels=1), (2, 1, 16, 16)
    with autograd.record():  # the backward pass moves them, not the forward one
        y = net(np.random.normal(size=shape))
    y.backward()
    mx.nd.waitall()
    before = values(net)
    running = [key for key in before if key.endswith("running_var")]
    assert running and any((before[key] != 1).any() for key in running)
    time_net(net, shape, repeats=1, device="cpu")
    assert_equal(values(net), before)


def test_parameters_that_the_first_batch_decides_are_those_of_the_seed():
    timed, other = (gn.get_net("resnet20", seed=3) for _ in range(2))
    time_net(timed, (2, 1, 16, 16), repeats=1, device="cpu")
    other(np.zeros((2, 1, 16, 16)))
    assert_equal(values(timed), values(other))


def test_statistics_are_put_back_where_a_pass_fails(monkeypatch):
    net, clock = gn.get_net("resnet20", in_channels=1), iter(range(5))
    before = values(net)
    # each pass asks for the time: before the third one begins there is no more
    monkeypatch.setattr(time, "perf_counter", lambda: next(clock))
    with pytest.raises(StopIteration):
        time_net(net, (2, 1, 16, 16), repeats=5, device="cpu")
    assert_equal(values(net), before)


@pytest.mark.parametrize("repeats", [0, -1, 1.5, True, None])
def test_no_repeat_is_no_measurement(repeats):
    with pytest.raises(ValueError, match=f"repeats is {repeats}: "):
        time_net(gn.get_net("mlp"), (2, 1, 8, 8), repeats=repeats)
