"""Learning-rate schedules: from the number of an update to its learning rate."""

from __future__ import annotations

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

    Returns
    -------
    callable
        One of MXNet's schedulers, or the recipe's own function.
    """
    if callable(recipe.schedule):
        return recipe.schedule
    total = recipe.max_epochs * steps_per_epoch
    warmup = {
        "base_lr": recipe.lr,
        "warmup_steps": round(recipe.warmup_epochs * steps_per_epoch),
    }
    if recipe.schedule == "cosine":
        # one more than there are, so that the last update still has a rate above 0
        return lr_scheduler.CosineScheduler(max_update=total + 1, **warmup)
    # a constant rate is one whose only milestone comes after the last update
    milestones = [round(epoch * steps_per_epoch) for epoch in recipe.milestones]
    constant = recipe.schedule == "constant"
    return lr_scheduler.MultiFactorScheduler(
        step=[total + 1] if constant else [max(1, step) for step in milestones],
        factor=1.0 if constant else recipe.decay,
        **warmup,
    )
