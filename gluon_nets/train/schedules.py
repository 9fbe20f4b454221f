"""Learning-rate schedules: from the number of an update to its learning rate."""

from __future__ import annotations

import copy
from typing import Callable

from mxnet import lr_scheduler

from gluon_nets.train.recipe import Recipe


def make_schedule(recipe: Recipe, steps_per_epoch: int) -> Callable[[int], float]:
    """The recipe's schedule as a function of the update's number, counted from 1.

    Parameters
    ----------
    recipe : Recipe
    steps_per_epoch : int
        Updates in an epoch.
    """
    if callable(recipe.schedule):
        # MXNet's schedulers change when asked: each run has its own
        return copy.deepcopy(recipe.schedule)
    total = recipe.max_epochs * steps_per_epoch
    warmup = round(recipe.warmup_epochs * steps_per_epoch)
    if recipe.schedule == "cosine":
        # one more than there are, so that the last update still has a rate above 0
        return lr_scheduler.CosineScheduler(
            max_update=total + 1, base_lr=recipe.lr, warmup_steps=warmup
        )
    milestones = recipe.milestones if recipe.schedule == "step" else ()
    drops = [round(epoch * steps_per_epoch) for epoch in milestones]

    def rate(update: int) -> float:
        if update < warmup:
            return recipe.lr * update / warmup
        return recipe.lr * recipe.decay ** sum(update > drop for drop in drops)

    return rate
