"""The fast SGD makes the updates of MXNet's."""

from __future__ import annotations

import mxnet as mx
import numpy as onp
from hypothesis import given, settings
from hypothesis import strategies as st

from gluon_nets.train import sgd

shapes = st.lists(st.integers(1, 40), min_size=1, max_size=40)


def updated(optimizer, sizes, updates: int = 3):
    """Weights and momenta after some updates."""
    draw = onp.random.default_rng(0)
    indices = list(range(len(sizes)))
    weights = [mx.nd.array(draw.normal(size=size)) for size in sizes]
    updater = mx.optimizer.get_updater(optimizer)
    for _ in range(updates):
        grads = [mx.nd.array(draw.normal(size=size)) for size in sizes]
        updater(indices, grads, weights)
    states = [updater.states[i] for i in indices if updater.states[i] is not None]
    return [array.asnumpy() for array in weights + states]


@settings(max_examples=40)
@given(
    sizes=shapes,
    momentum=st.sampled_from([0.0, 0.9]),
    wd=st.sampled_from([0.0, 0.1]),
    clip=st.sampled_from([None, 0.5]),
    decayed=st.integers(0, 39),
)
def test_updates_are_mxnets(sizes, momentum, wd, clip, decayed):
    options = {
        "learning_rate": 0.1,
        "momentum": momentum,
        "wd": wd,
        "clip_gradient": clip,
        "rescale_grad": 0.5,
        "begin_num_update": 7,
    }
    optimizers = mx.optimizer.SGD(**options), sgd.SGD(**options)
    threshold, sgd.LARGE = sgd.LARGE, 20
    try:
        for optimizer in optimizers:
            optimizer.set_wd_mult({decayed: 3.0})
            optimizer.set_lr_mult({decayed: 0.3})
        expected, found = (updated(optimizer, sizes) for optimizer in optimizers)
    finally:
        sgd.LARGE = threshold
    assert optimizers[1].num_update == optimizers[0].num_update == 10
    for number, (ours, theirs) in enumerate(zip(found, expected)):
        onp.testing.assert_allclose(
            ours, theirs, rtol=1e-6, atol=1e-7, err_msg=f"array {number} of {sizes}"
        )
