"""The learning rate and weight decay of a study, chosen once on one of its networks."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import itertools
from typing import Callable, Iterator, Sequence

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
    size, flying, trials = study.space.frame.image_size, {}, []
    waiting = list(itertools.product(rates, decays))[::-1]
    while waiting or flying:
        while waiting and len(flying) < pool.slots():
            pair = waiting.pop()
            training = dataclasses.replace(
                study.training, **dict(zip(("lr", "weight_decay"), pair))
            )
            flying[pool.submit(Task(arch, training, size, device=device))] = pair
        for pair, future in _done(flying):
            trial = Trial(*pair, future.result())
            trials.append(trial)
            if told:
                told(trial)
    return sorted(trials, key=lambda trial: trial.outcome.error)


def _done(flying: dict) -> Iterator[tuple]:
    done, _ = concurrent.futures.wait(
        flying, return_when=concurrent.futures.FIRST_COMPLETED
    )
    for future in done:
        yield flying.pop(future), future
