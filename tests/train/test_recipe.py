"""The recipe: every number that does not fit is named, with its value."""

from __future__ import annotations

import dataclasses
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gluon_nets.train import Recipe

no_numbers = st.sampled_from([None, "", "0.1", (), math.nan, math.inf, -math.inf])
below_0 = st.floats(max_value=-1e-30)
not_above_0 = st.floats(max_value=0)
from_1_on = st.floats(min_value=1)
no_counts = st.one_of(st.integers(max_value=0), st.floats(), st.booleans(), no_numbers)

# field -> the values that do not fit it
BAD = {
    "max_epochs": no_counts,
    "lr": not_above_0 | no_numbers | st.booleans(),
    "optimizer": st.text().filter(lambda word: word not in ("sgd", "adam")),
    "momentum": below_0 | from_1_on | no_numbers,
    "weight_decay": below_0 | no_numbers,
    "schedule": st.sampled_from(["", "linear", "Cosine", None, 3]),
    "warmup_epochs": below_0 | no_numbers,
    "milestones": st.sampled_from([(2, 1), (1, 1), (-1, 2), ("1",), (math.nan,)]),
    "decay": not_above_0 | st.floats(min_value=1, exclude_min=True) | no_numbers,
    "clip_norm": not_above_0 | no_numbers.filter(lambda value: value is not None),
    "label_smoothing": below_0 | from_1_on | no_numbers,
    "patience": no_counts.filter(lambda value: value is not None),
    "seed": st.integers(max_value=-1) | st.floats() | no_numbers,
}

good = st.fixed_dictionaries(
    {
        "max_epochs": st.integers(2, 1000),
        "lr": st.floats(1e-30, 1e30),
        "weight_decay": st.floats(0, 1e3),
        "schedule": st.sampled_from(["constant", "cosine", "step"]),
        "warmup_epochs": st.floats(0, 1.9),
        "milestones": st.sets(st.floats(0.1, 1e3), min_size=1).map(sorted),
        "decay": st.floats(0, 1, exclude_min=True),
        "clip_norm": st.none() | st.floats(1e-30, 1e30),
        "label_smoothing": st.floats(0, 1, exclude_max=True),
        "patience": st.none() | st.integers(1, 100),
        "seed": st.integers(0, 2**40),
    }
).map(lambda it: it if it["schedule"] == "step" else {**it, "milestones": []})
sgd = st.fixed_dictionaries(
    {
        "optimizer": st.just("sgd"),
        "momentum": st.floats(0, 1, exclude_min=True, exclude_max=True),
        "nesterov": st.booleans(),
    }
)
optimizers = sgd | st.just({"optimizer": "adam"})


@pytest.mark.parametrize("field", BAD)
@given(data=st.data())
def test_bad_value_is_named(field, data):
    value = data.draw(BAD[field])
    with pytest.raises(ValueError) as caught:
        Recipe(**{field: value})
    assert f"{field} is {value!r}: it must be" in str(caught.value)


@pytest.mark.parametrize("value", [5, 2.5, None])
def test_milestones_that_are_no_sequence_are_named(value):
    with pytest.raises(ValueError, match="milestones"):
        Recipe(milestones=value)


def test_every_field_has_its_bad_values():
    fields = {field.name for field in dataclasses.fields(Recipe)}
    assert fields - set(BAD) == {"nesterov"}


@given(good, optimizers)
def test_good_values_are_kept(options, optimizer):
    recipe = Recipe(**options, **optimizer)
    for name, value in {**options, **optimizer}.items():
        kept = getattr(recipe, name)
        assert (list(kept) if name == "milestones" else kept) == value, name


@given(good, optimizers)
def test_as_dict_is_json_and_makes_the_same_recipe(options, optimizer):
    recipe = Recipe(**options, **optimizer)
    assert Recipe(**json.loads(json.dumps(recipe.as_dict()))) == recipe


@pytest.mark.parametrize(
    "options, message",
    [
        ({"optimizer": "adam", "momentum": 0.9}, "momentum is 0.9 .*'adam'"),
        ({"optimizer": "adam", "nesterov": True}, "nesterov belong to 'sgd'"),
        ({"nesterov": True}, "nesterov needs a momentum"),
        ({"schedule": "step"}, "'step' needs milestones"),
        ({"schedule": "cosine", "milestones": (5,)}, "belong to the schedule 'step'"),
        ({"max_epochs": 2, "warmup_epochs": 2}, "warmup_epochs is 2 of 2 epochs"),
        ({"max_epochs": 1, "warmup_epochs": 1.5}, "warmup_epochs is 1.5 of 1 epochs"),
    ],
)
def test_what_does_not_go_together(options, message):
    with pytest.raises(ValueError, match=message):
        Recipe(**options)


@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(Recipe)])
def test_frozen(field):
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(Recipe(), field, 1)


def test_milestones_may_be_a_list():
    recipe = Recipe(schedule="step", milestones=[3, 5])
    assert recipe.milestones == (3, 5)
    assert hash(recipe) == hash(Recipe(schedule="step", milestones=(3, 5)))


def test_a_function_is_a_schedule_with_a_name_in_json():
    def halves(update):
        return 0.5**update

    recipe = Recipe(schedule=halves)
    assert recipe.schedule is halves
    assert isinstance(json.loads(json.dumps(recipe.as_dict()))["schedule"], str)


def test_the_defaults_are_plain_sgd_at_a_constant_rate():
    recipe = Recipe()
    assert (recipe.optimizer, recipe.schedule) == ("sgd", "constant")
    assert recipe.momentum == recipe.weight_decay == recipe.label_smoothing == 0
    assert recipe.clip_norm is recipe.patience is None
