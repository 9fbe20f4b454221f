"""Schedules against the formulas, at every update."""

from __future__ import annotations

import math
import sys
import warnings

import mxnet as mx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gluon_nets.train import Recipe
from gluon_nets.train.schedules import make_schedule

SCHEDULES = ("constant", "step", "cosine")


@st.composite
def recipes(draw, schedules=SCHEDULES):
    epochs, schedule = draw(st.integers(1, 12)), draw(st.sampled_from(schedules))
    milestones = draw(st.sets(st.integers(1, 15), min_size=1, max_size=4))
    return Recipe(
        max_epochs=epochs,
        lr=draw(st.floats(1e-4, 10)),
        schedule=schedule,
        warmup_epochs=draw(st.floats(0, 0.95)) * epochs,
        milestones=sorted(milestones) if schedule == "step" else (),
        decay=draw(st.floats(0.01, 1)),
    )


steps_per_epoch = st.integers(1, 20)


def rate(recipe: Recipe, steps: int, update: int) -> float:
    """The formula: warm-up from 0, then the schedule."""
    total, warm = recipe.max_epochs * steps, round(recipe.warmup_epochs * steps)
    if update < warm:
        return recipe.lr * update / warm
    if recipe.schedule == "cosine":
        share = (update - warm) / (total + 1 - warm)
        return recipe.lr * (1 + math.cos(math.pi * share)) / 2
    if recipe.schedule == "step":
        over = sum(update > epoch * steps for epoch in recipe.milestones)
        return recipe.lr * recipe.decay**over
    return recipe.lr


def rates(recipe: Recipe, steps: int) -> list:
    schedule = make_schedule(recipe, steps)
    return [schedule(update) for update in range(1, recipe.max_epochs * steps + 1)]


@given(recipes(), steps_per_epoch)
def test_formula_at_every_update(recipe, steps):
    wanted = [rate(recipe, steps, n + 1) for n in range(recipe.max_epochs * steps)]
    assert rates(recipe, steps) == pytest.approx(wanted, rel=1e-9)


@given(recipes(), steps_per_epoch)
def test_never_negative_never_above_lr_and_above_0_at_the_end(recipe, steps):
    found = rates(recipe, steps)
    assert min(found) >= 0
    assert max(found) <= recipe.lr * (1 + 1e-9)
    assert found[-1] > 0


@given(recipes(), steps_per_epoch)
def test_warm_up_rises_by_equal_amounts(recipe, steps):
    warm = round(recipe.warmup_epochs * steps)
    rising = rates(recipe, steps)[: max(0, warm - 1)]
    wanted = [recipe.lr / warm * (n + 1) for n in range(len(rising))]
    assert rising == pytest.approx(wanted, rel=1e-9)


@given(recipes(["cosine"]), steps_per_epoch)
def test_cosine_falls_after_the_warm_up(recipe, steps):
    after = rates(recipe, steps)[max(0, round(recipe.warmup_epochs * steps) - 1) :]
    assert all(b < a for a, b in zip(after, after[1:]))


@given(recipes(), steps_per_epoch, st.data())
def test_a_schedule_can_begin_anywhere(recipe, steps, data):
    """A resumed run makes a new schedule, and asks it for a late update first."""
    known = rates(recipe, steps)
    update = data.draw(st.integers(1, len(known)))
    assert make_schedule(recipe, steps)(update) == known[update - 1]


@given(
    st.sets(st.floats(0, 3), min_size=1, max_size=4).map(sorted),
    steps_per_epoch,
)
def test_every_recipe_gives_a_schedule(milestones, steps):
    """Whatever the number of batches in an epoch, milestones may be close together."""
    recipe = Recipe(max_epochs=3, lr=1.0, schedule="step", milestones=milestones)
    found = rates(recipe, steps)
    assert all(b <= a for a, b in zip(found, found[1:]))


def test_a_function_passes_through():
    def schedule(update):
        return 1 / update

    assert make_schedule(Recipe(schedule=schedule), 7) is schedule


def test_a_scheduler_of_mxnet_begins_anew_with_each_run():
    """MXNet's schedulers change as they are asked; a second run must not notice."""
    scheduler = mx.lr_scheduler.FactorScheduler(step=2, factor=0.5, base_lr=1.0)
    recipe = Recipe(max_epochs=2, schedule=scheduler)
    assert rates(recipe, 4) == rates(recipe, 4)


def gluoncv_utils():
    """GluonCV's half for MXNet: it refuses to be imported beside a recent PyTorch."""
    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
        warnings.simplefilter("ignore")
        patch.setitem(sys.modules, "torch", None)
        return pytest.importorskip("gluoncv.utils", reason="make oracle installs it")


def test_gluoncv_sequence():
    utils = gluoncv_utils()
    steps = {"iters_per_epoch": 5}
    sequence = utils.LRSequential(
        [
            utils.LRScheduler("linear", base_lr=0, target_lr=0.4, nepochs=1, **steps),
            utils.LRScheduler("cosine", base_lr=0.4, target_lr=0, nepochs=3, **steps),
        ]
    )
    found = rates(Recipe(max_epochs=4, schedule=sequence), 5)
    assert max(found) == pytest.approx(0.4)
    assert found.index(max(found)) in range(3, 6), "the peak is the end of the warm-up"
    assert found[-1] < 0.05
