"""One network of a study: the same images in the same order, statistics made anew."""

from __future__ import annotations

import dataclasses
import math
import platform

import mxnet as mx
import numpy as np
import pytest
from mxnet.gluon import nn

import gluon_nets as gn
from gluon_nets.initialize import initialize
from gluon_nets.study import task as tasks
from gluon_nets.study import train_design as module
from gluon_nets.study.definition import Training
from gluon_nets.study.images import load_data
from gluon_nets.study.outcome import DIVERGED, DONE, FAILED, GUESSING
from gluon_nets.study.task import Task, work
from gluon_nets.study.train_design import train_design, train_network
from gluon_nets.train.run import Run

TRAINING = Training("sample", images=200, held_out=100, epochs=2, batch_size=50)
SMALL = gn.Arch(8, (gn.Stage(1, 8, 4, stride=2), gn.Stage(1, 16, 8, stride=2)))
OTHER = gn.Arch(8, (gn.Stage(2, 16, 16, stride=2), gn.Stage(1, 16, 8, stride=2)))


def test_an_outcome_has_all_that_is_asked_of_it():
    found = train_design(SMALL, TRAINING, 28)
    assert (found.status, found.reason) == (DONE, "")
    assert [point["epoch"] for point in found.curve] == [1, 2]
    assert found.error == found.curve[-1]["error"], "the last epoch's, not the best one"
    for point in found.curve:
        for name in ("error", "train_error"):
            assert 0 <= point[name] <= 1
        assert point["error"] * 100 == pytest.approx(round(point["error"] * 100))
        assert math.isfinite(point["loss"]) and math.isfinite(point["train_loss"])
    assert found.seconds > 0
    assert found.about["host"] == platform.node()
    assert found.about["mxnet"] == mx.__version__
    assert found.about["gluon_nets"] == gn.__version__
    assert found.about["devices"] == ["cpu(0)"]


def test_a_design_gives_the_same_outcome_again_and_another_by_repeat():
    first, again, other = (train_design(SMALL, TRAINING, 28, k) for k in (0, 0, 1))
    assert first.curve == again.curve
    assert first.curve != other.curve


def batches(monkeypatch, arch, training=TRAINING, repeat=0):
    """The labels of each batch that a network is trained on, and of what it is told."""
    seen, step = [], Run.train_step

    def noting(self, images, labels):
        pixels = float(images[0].sum().item())
        seen.append((pixels, *labels[0].asnumpy().tolist()))
        return step(self, images, labels)

    monkeypatch.setattr(Run, "train_step", noting)
    train_design(arch, training, 28, repeat)
    monkeypatch.setattr(Run, "train_step", step)
    return seen


def test_all_networks_have_the_same_images_in_the_same_order(monkeypatch):
    first, second = (batches(monkeypatch, arch) for arch in (SMALL, OTHER))
    assert len(first) == 2 * 200 // 50
    assert first == second
    assert first[:4] != first[4:], "each epoch has an order of its own"
    again = batches(monkeypatch, SMALL, repeat=1)
    assert again != first, "a repeat has another order"
    labels = [sorted(x for row in one for x in row[1:]) for one in (first, again)]
    assert labels[0] == labels[1], "of the same images"


def test_held_out_images_are_not_trained_on_and_are_no_test_images():
    data = load_data(TRAINING, 28)
    held, trained = data.validation, data.train
    assert (len(held), len(trained)) == (100, 200)
    whole = gn.FashionMNIST(50, 28, subset="sample", validation=0, seed=0)
    pixels = {name: rows(split) for name, split in (("held", held), ("train", trained))}
    everything, test = rows(whole.train), rows(whole.test)
    assert len(pixels["held"]) > 90 and len(pixels["train"]) > 190
    assert pixels["held"] | pixels["train"] <= everything
    assert not pixels["held"] & pixels["train"]
    assert not (pixels["held"] | pixels["train"]) & test


def rows(split):
    return {np.asarray(image).tobytes() for image in split.images}


@pytest.mark.parametrize("epochs", [1, 2])
def test_a_network_that_diverges_counts_as_guessing(epochs):
    training = dataclasses.replace(TRAINING, lr=1e30, epochs=epochs, warmup_epochs=0)
    found = train_design(SMALL, training, 28)
    assert (found.status, found.error) == (DIVERGED, GUESSING)
    assert found.reason == "loss or weights are no numbers in epoch 1"
    assert found.curve == () and found.about["devices"] == ["cpu(0)"]


def test_weights_that_are_no_numbers_after_the_last_step_are_found(monkeypatch):
    """The loss of the last step was one: what the step did to the weights is not."""
    monkeypatch.setattr(Run, "is_finite", lambda self: self.epoch == 0)
    found = train_design(SMALL, TRAINING, 28)
    assert (found.status, found.error) == (DIVERGED, GUESSING)
    assert found.reason == "loss or weights are no numbers in epoch 2"
    assert [point["epoch"] for point in found.curve] == [1], "what was before is kept"


def test_an_error_while_training_is_the_designs_outcome(monkeypatch):
    def broken(*_):
        raise MemoryError("no room for 3 images\nsecond line")

    monkeypatch.setattr(module, "train_network", broken)
    found = work(Task(SMALL, TRAINING, 28))
    assert (found.status, found.error) == (FAILED, GUESSING)
    assert found.reason == "MemoryError: no room for 3 images"
    assert found.about == tasks.origin() and found.about["host"] == platform.node()


def test_statistics_are_made_anew_once_after_the_last_epoch(monkeypatch):
    settled, settle = [], module._settle

    def noting(run):
        settled.append((run.epoch, run.step))
        settle(run)

    monkeypatch.setattr(module, "_settle", noting)
    train_design(SMALL, TRAINING, 28)
    assert settled == [(TRAINING.epochs - 1, 200 // 50)]


def settled_run(shift=0.0):
    """A run of a network that was not trained, whose statistics were made anew."""
    data = load_data(TRAINING, 28)
    net = initialize(gn.AnyNet(SMALL, 10, 1), 0)
    net(mx.np.ones((2, 1, 28, 28)))  # the numbers' places
    for norm in norms_of(net):
        for parameter in (norm.running_mean, norm.running_var):
            parameter.set_data(parameter.data() + shift)
    run = Run(net, data, TRAINING.recipe(), [mx.cpu()])
    before = {k: p.data().asnumpy() for k, p in run._trained.items()}
    module._settle(run)
    for key, parameter in run._trained.items():
        np.testing.assert_array_equal(parameter.data().asnumpy(), before[key], key)
    return run


def norms_of(net):
    found = []
    net.apply(lambda b: found.append(b) if isinstance(b, nn.BatchNorm) else None)
    return found


def test_new_statistics_are_those_of_the_batches_and_forget_the_old_ones():
    """Of the first BatchNorm, behind the stem's convolution, worked out by hand."""
    run, other = settled_run(), settled_run(shift=1000.0)
    norm, again = norms_of(run.net)[0], norms_of(other.net)[0]
    for name in ("running_mean", "running_var"):
        values = (getattr(one, name).data().asnumpy() for one in (norm, again))
        np.testing.assert_allclose(*values, rtol=1e-4, atol=1e-6)
    inputs = []
    norm.register_forward_pre_hook(lambda block, args: inputs.append(args[0]))
    for images, _ in run.data.train_batches(run.devices, run.epoch):
        run.net(images[0])
    maps = [x.asnumpy() for x in inputs]
    assert len(maps) == 4
    momentum, shares = norm._kwargs["momentum"], 0.0
    mean = variance = 0.0
    for one in maps:  # later batches count a little more
        mean = momentum * mean + (1 - momentum) * one.mean(axis=(0, 2, 3))
        variance = momentum * variance + (1 - momentum) * one.var(axis=(0, 2, 3))
        shares = momentum * shares + (1 - momentum)
    found = norm.running_mean.data().asnumpy(), norm.running_var.data().asnumpy()
    np.testing.assert_allclose(found[0], mean / shares, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(found[1], variance / shares, rtol=1e-2)


def test_a_network_that_is_there_is_trained_in_place():
    net = initialize(gn.AnyNet(SMALL, 10, 1), 0)
    assert (
        train_network(net, TRAINING, 28).curve
        == train_design(SMALL, TRAINING, 28).curve
    )
