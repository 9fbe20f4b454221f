"""Timing: plausible numbers, no trace on the network's parameters."""

from __future__ import annotations

import numpy as onp
import pytest

import gluon_nets as gn
from gluon_nets.timing import time_net


def test_times_are_positive_and_training_takes_longer():
    net = gn.get_net("regnetx32", in_channels=1)
    timing = time_net(net, (4, 1, 32, 32), repeats=3, device="cpu")
    assert 0 < timing.forward < timing.training
    assert (timing.batch, timing.repeats) == (4, 3)


def test_weights_are_not_changed():
    net = gn.get_net("resnet20", in_channels=1)
    weights = {
        key: p.data().asnumpy()
        for key, p in net._collect_params_with_prefix().items()
        if p.grad_req != "null"
    }
    time_net(net, (2, 1, 16, 16), repeats=1, device="cpu")
    for key, p in net._collect_params_with_prefix().items():
        if key in weights:
            onp.testing.assert_array_equal(p.data().asnumpy(), weights[key], key)


def test_no_repeat_is_no_measurement():
    with pytest.raises(ValueError, match="repeats is 0"):
        time_net(gn.get_net("mlp"), (2, 1, 8, 8), repeats=0)
