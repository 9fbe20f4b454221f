"""Evaluation: every image exactly once, whatever the batches and devices."""

from __future__ import annotations

import mxnet as mx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mxnet.gluon import nn

import gluon_nets as gn
from gluon_nets.train.evaluate import Evaluation


def by_hand(net, split):
    """Loss and accuracy from one image after the other, by NumPy."""
    losses, right = [], 0
    for image, label in zip(split.images, split.labels):
        x = mx.np.array(image[None, None] / np.float32(255), dtype="float32")
        logits = net(x).asnumpy()[0].astype(np.float64)
        right += int(np.argmax(logits)) == label
        losses.append(np.log(np.exp(logits - logits[label]).sum()))
    return np.mean(losses), right / len(losses)


@pytest.fixture(scope="module")
def known(plain, few):
    """A network, trained a little, and what is known of it."""
    net, data = plain(), few(images=256, resize=28)
    gn.Trainer(1, lr=0.1, progress=False, device="cpu").fit(net, data)
    return net, by_hand(net, data.test)


def check(found: Evaluation, wanted, images: int) -> None:
    assert found.images == images
    assert found.accuracy == pytest.approx(wanted[1], abs=1e-9)
    assert found.loss == pytest.approx(wanted[0], rel=1e-5)
    assert found.seconds > 0


@given(st.integers(1, 64))
@settings(max_examples=12)
def test_any_batch_size_counts_each_image_once(known, few, batch_size):
    net, wanted = known
    data = few(resize=28, batch_size=batch_size)
    check(gn.evaluate(net, data, device="cpu", progress=False), wanted, 50)


@given(st.integers(1, 32))
@settings(max_examples=6)
def test_two_devices_count_each_image_once(known, few, two, half):
    net, wanted = known
    data = few(resize=28, batch_size=2 * half)
    check(gn.evaluate(net, data, device=two, progress=False), wanted, 50)


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_each_part_of_the_data(plain, few, split):
    net, data = plain(), few(resize=28, validation=100, batch_size=32)
    found = gn.evaluate(net, data, split, progress=False)
    check(found, by_hand(net, getattr(data, split)), len(getattr(data, split)))


@pytest.mark.parametrize("name", ["anynet", "dropout"])
def test_evaluation_changes_nothing_and_draws_nothing(request, few, bits, name):
    net, data = request.getfixturevalue(name)(), few()
    first = gn.evaluate(net, data, progress=False)
    before = bits(net)
    again = gn.evaluate(net, data, progress=False)
    assert bits(net) == before, "evaluation changed parameters or statistics"
    assert (first.loss, first.accuracy) == (again.loss, again.accuracy)


def test_a_network_that_is_not_hybrid(few):
    class Means(nn.Dense):
        def forward(self, x):
            return super().forward(x.mean(axis=1))

    net, data = Means(10), few(resize=28)
    net.initialize()
    check(gn.evaluate(net, data, progress=False), by_hand(net, data.test), 50)


@pytest.mark.parametrize("split", ["validation", "dev", "name", "__class__"])
def test_a_part_that_is_not_there(plain, few, split):
    with pytest.raises(ValueError, match=f"no part '{split}'"):
        gn.evaluate(plain(), few(), split, progress=False)


def test_a_network_for_other_classes(plain, few):
    with pytest.raises(ValueError, match="num_classes=10"):
        gn.evaluate(plain(num_classes=11), few(), progress=False)


@pytest.mark.parametrize("progress", [False, None])
def test_quiet(plain, few, capfd, progress):
    gn.evaluate(plain(), few(), progress=progress)
    assert capfd.readouterr() == ("", "")
