"""Evaluation: each image counts exactly once."""

from __future__ import annotations

import dataclasses
import time

from mxnet import autograd, npx

from gluon_nets.environment import resolve_devices
from gluon_nets.train.metrics import CrossEntropy, Meter
from gluon_nets.train.progress import Progress, Throttle
from gluon_nets.train.run import wait
from gluon_nets.train.setup import check_fits, place


@dataclasses.dataclass(frozen=True)
class Evaluation:
    """Mean cross-entropy and accuracy over `images` images, and how long it took."""

    loss: float
    accuracy: float
    images: int
    seconds: float


def evaluate(net, data, split: str = "test", device="auto", progress=None):
    """Loss and accuracy of a network on a part of the data.

    Parameters
    ----------
    net : HybridBlock
        An initialized network.
    data : FashionMNIST
    split : str
        'train', 'validation' or 'test'.
    device : str, optional
        As for `Trainer`.
    progress : bool, optional
        Whether to show a bar; by default where someone sees it.

    Returns
    -------
    Evaluation

    Raises
    ------
    ValueError
        Where the data has no such part, or the network does not fit the data.
    """
    if split not in ("train", "validation", "test") or getattr(data, split) is None:
        raise ValueError(
            f"there is no part {split!r} in this data: what fits is train, test, and "
            "validation where it was made with one"
        )
    npx.set_np()  # MXNet's switch is each thread's own
    devices = resolve_devices(device)
    check_fits(net, data)
    place(net, devices)
    with Progress(data.eval_steps(split), f"evaluate on {split}", progress) as bar:
        return run_evaluation(net, data, split, devices, bar)


def run_evaluation(net, data, split: str, devices, bar=None) -> Evaluation:
    """Evaluate a network that is on its devices already."""
    wait()  # or statistics of the last step may be missing
    begin = time.perf_counter()
    objective, meter, throttle = CrossEntropy(), Meter(devices), Throttle()
    objective.hybridize()
    with autograd.predict_mode():
        for images, labels in data.eval_batches(split, devices):
            logits = [net(x) for x in images]
            losses = [objective(*pair) for pair in zip(logits, labels)]
            meter.update(logits, losses, labels)
            throttle.add(meter.snapshot())
            if bar is not None:
                bar.step()
    result = meter.score()
    return Evaluation(*result, seconds=time.perf_counter() - begin)
