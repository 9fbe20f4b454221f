"""One network of a study, trained briefly: its error, or why there is none."""

from __future__ import annotations

import copy
import dataclasses
import itertools
import math
import time
from typing import Any

import mxnet as mx
from mxnet import autograd, npx
from mxnet.gluon import nn

from gluon_nets.arch import Arch
from gluon_nets.environment import resolve_devices
from gluon_nets.initialize import initialize
from gluon_nets.nets.anynet import AnyNet
from gluon_nets.study.definition import Training
from gluon_nets.study.images import load_data
from gluon_nets.study.outcome import DIVERGED, DONE, GUESSING, Outcome
from gluon_nets.study.task import origin
from gluon_nets.train.evaluate import run_evaluation
from gluon_nets.train.progress import Throttle
from gluon_nets.train.run import Run, wait
from gluon_nets.train.setup import check_fits, place

SETTLING = 20  # batches by which BatchNorm's statistics are made anew


def train_design(
    arch: Arch, training: Training, size: int, repeat: int = 0, device="auto"
) -> Outcome:
    """Train a network as a study does.

    BatchNorm's running statistics lag behind the weights, in short runs by much: before
    the last evaluation they are made anew with the final weights. The curve's other
    errors are those of the statistics as they are.

    Parameters
    ----------
    arch : Arch
    training : Training
    size : int
        Height and width of the images.
    repeat : int
        Each has other weights to begin with, and another order of the same images.
    device : str
        See `gluon_nets.resolve_devices`.

    Returns
    -------
    Outcome
        'done', or 'diverged' where a loss or a weight is no finite number.
    """
    begin = time.perf_counter()
    npx.set_np()  # MXNet's switch is each thread's own
    net = initialize(AnyNet(arch, 10, 1), training.seed + repeat)
    outcome = train_network(net, training, size, repeat, device)
    return dataclasses.replace(outcome, seconds=time.perf_counter() - begin)


def train_network(
    net, training: Training, size: int, repeat: int = 0, device="auto"
) -> Outcome:
    """The same for a network that is there and initialized, of 10 classes.

    Parameters
    ----------
    net : HybridBlock
        It is trained in place.
    training, size, repeat, device
        See `train_design`.

    Returns
    -------
    Outcome
    """
    begin = time.perf_counter()
    npx.set_np()
    data, devices = copy.copy(load_data(training, size)), resolve_devices(device)
    data.seed = training.seed + repeat
    check_fits(net, data)
    place(net, devices)
    run, curve = Run(net, data, training.recipe(), devices), []
    while run.epoch < training.epochs:
        finite = _train_epoch(run)
        if finite and run.epoch + 1 == training.epochs:
            _settle(run)
        if not finite or not run.is_finite():
            reason = f"loss or weights are no numbers in epoch {run.epoch + 1}"
            status, error = DIVERGED, GUESSING
            break
        status, reason, error = DONE, "", _record(run, curve)
        run.next_epoch()
    seconds = time.perf_counter() - begin
    return Outcome(status, error, tuple(curve), seconds, reason, about(devices))


def about(devices) -> dict[str, Any]:
    """Where and with what a network was trained."""
    found = {"devices": [str(device) for device in devices], "mxnet": mx.__version__}
    return {**origin(), **found}


def _train_epoch(run: Run) -> bool:
    """Train for an epoch; False as soon as the loss is no finite number."""
    throttle = Throttle()
    for images, labels in run.data.train_batches(run.devices, run.epoch):
        run.train_step(images, labels)
        seen = throttle.add(run.meter.snapshot())
        if seen is not None and not math.isfinite(seen.loss):
            return False
    return math.isfinite(run.meter.score().loss)


def _record(run: Run, curve: list) -> float:
    """Add an epoch to the curve; the error of the held-out images."""
    train = run.meter.score()
    run.average_statistics()
    found = run_evaluation(run.net, run.data, "validation", run.devices)
    error = 1 - found.accuracy
    curve.append(
        {
            "epoch": run.epoch + 1,
            "train_loss": train.loss,
            "train_error": 1 - train.accuracy,
            "loss": found.loss,
            "error": error,
        }
    )
    return error


def _settle(run: Run) -> None:
    """Make BatchNorm's running statistics anew with the weights as they are.

    MXNet updates them in the backward pass, so that there is one, without an update of
    the weights. What the average began with is divided out.
    """
    norms: list[nn.BatchNorm] = []
    run.net.apply(
        lambda block: norms.append(block) if isinstance(block, nn.BatchNorm) else None
    )
    wait()
    for norm in norms:
        for parameter in (norm.running_mean, norm.running_var):
            parameter.set_data(mx.np.zeros(parameter.shape))
    count = min(SETTLING, run.data.steps_per_epoch)
    batches = run.data.train_batches(run.devices, run.epoch)
    for images, labels in itertools.islice(batches, count):
        with autograd.record():
            pairs = zip(images, labels)
            losses = [run.objective(run.net(x), y) for x, y in pairs]
        autograd.backward(losses)
        wait()  # or all batches would be queued at once
    for norm in norms:
        share = 1 - norm._kwargs["momentum"] ** count
        for parameter in (norm.running_mean, norm.running_var):
            for value in parameter.list_data():
                value[:] = value / share
