"""How long a network takes on this machine."""

from __future__ import annotations

import contextlib
import dataclasses
import statistics
import time
from typing import Callable, Sequence

import mxnet as mx
import numpy as onp
from mxnet import autograd, np, npx

from gluon_nets.checks import check_count
from gluon_nets.environment import resolve_devices
from gluon_nets.train.metrics import CrossEntropy

npx.set_np()


@dataclasses.dataclass(frozen=True)
class Timing:
    """Median seconds of a batch: inference, and forward + backward in training."""

    forward: float
    training: float
    repeats: int
    batch: int


def time_net(net, shape: Sequence[int], repeats: int = 10, device="auto") -> Timing:
    """Measure inference and training of a network on random images.

    The parameters are as before afterwards, BatchNorm's running statistics too, which
    the passes in training move; the gradients are those of the last pass.

    Parameters
    ----------
    net : HybridBlock
        Initialized; it is hybridized and moved to the device.
    shape : (N, C, H, W)
        Shape of the batch.
    repeats : int
        Measured passes of each kind, after two that are not. The two kinds take turns.
    device : str or list, optional
        As for `Trainer`; the first is used.

    Returns
    -------
    Timing

    Raises
    ------
    ValueError
        Where `repeats` is below 1.
    """
    check_count("repeats", repeats)
    home = resolve_devices(device)[0]
    net.collect_params().reset_ctx(home)
    net.hybridize(static_alloc=True, static_shape=True)
    x = np.array(onp.random.default_rng(0).random(tuple(shape)), "float32", ctx=home)
    passes = {"forward": _forward(net, x), "training": _training(net, x)}
    passes["forward"]()  # the first batch decides shapes that were left open
    with _kept_statistics(net):
        medians = _medians(passes, repeats)
    return Timing(**medians, repeats=int(repeats), batch=int(shape[0]))


@contextlib.contextmanager
def _kept_statistics(net):
    """Put back what passes in training change without a gradient.

    They do so behind MXNet's back: a copy does not wait for a pass that still runs.
    """
    mx.nd.waitall()
    parameters = net.collect_params().values()
    kept = [(p, p.data().copy()) for p in parameters if p.grad_req == "null"]
    try:
        yield
    finally:
        mx.nd.waitall()
        for parameter, values in kept:
            parameter.set_data(values)


def _medians(passes: dict[str, Callable], repeats: int) -> dict[str, float]:
    """Median seconds of each pass, behind two that are not measured; in turns."""
    seconds: dict = {kind: [] for kind in passes}
    for index in range(repeats + 2):
        for kind, run in passes.items():
            begin = time.perf_counter()
            run()
            mx.nd.waitall()
            if index >= 2:
                seconds[kind].append(time.perf_counter() - begin)
    return {kind: statistics.median(times) for kind, times in seconds.items()}


def _forward(net, x) -> Callable:
    def run():
        with autograd.predict_mode():
            net(x)

    return run


def _training(net, x) -> Callable:
    objective = CrossEntropy()
    objective.hybridize()
    labels = np.zeros(len(x), "int32", ctx=x.ctx)

    def run():
        with autograd.record():
            loss = objective(net(x), labels)
        loss.backward()

    return run
