"""The learning rate and weight decay of a study, chosen once on one of its networks."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import itertools
from typing import Callable, Sequence

from gluon_nets.arch import Arch
from gluon_nets.study.outcome import Outcome
from gluon_nets.study.task import Task


@dataclasses.dataclass(frozen=True)
class Trial:
    """A learning rate, a weight decay, and what came of them."""

    lr: float
    weight_decay: float
    outcome: Outcome


def tune(
    study,
    arch: Arch,
    rates: Sequence[float],
    decays: Sequence[float],
    pool,
    device: str = "auto",
    told: Callable[[Trial], object] | None = None,
) -> list[Trial]:
    """Train one network with each pair of numbers.

    The error is that of the study's held-out images: as in all of its training, the
    test images are not looked at.

    Parameters
    ----------
    study : Study
        Its training, but for the two numbers.
    arch : Arch
        The network.
    rates, decays : sequences of float
        Learning rates and weight decays.
    pool : LocalPool or Cluster
        Entered.
    device : str
        See `gluon_nets.resolve_devices`.
    told : function, optional
        Called with each trial that is done.

    Returns
    -------
    list of Trial
        The least error first.
    """
    study.check_images()
    size, trials, futures = study.space.frame.image_size, [], {}
    for lr, decay in itertools.product(rates, decays):
        training = dataclasses.replace(study.training, lr=lr, weight_decay=decay)
        task = Task(arch, training, size, device=device)
        futures[pool.submit(task)] = lr, decay
    for future in concurrent.futures.as_completed(futures):
        trials.append(Trial(*futures[future], pool.outcome(future)))
        if told:
            told(trials[-1])
    return sorted(trials, key=lambda trial: trial.outcome.error)
