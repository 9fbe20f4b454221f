"""Limits are numbers above zero."""

from __future__ import annotations

from dataclasses import fields

import pytest

from course.grading.sandbox import Limits


@pytest.mark.parametrize("name", [field.name for field in fields(Limits)])
@pytest.mark.parametrize("value", [0, -1, float("nan")])
def test_a_limit_that_cannot_be_is_named(name, value):
    with pytest.raises(ValueError, match=f"{name} is {value}"):
        Limits(**{name: value})


def test_the_defaults_are_limits():
    assert Limits().wall_seconds >= Limits().cell_seconds
