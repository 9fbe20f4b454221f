"""Checks of a data set's arguments; each ValueError names the value and what fits."""

from __future__ import annotations

import operator
from typing import Sequence

import numpy as np

from gluon_nets.data.augment import AUGMENTATIONS


def integer(name: str, value: int, low: int, high: int | None = None) -> int:
    """Return an integer within bounds, or raise a ValueError that names them."""
    fits = f"of at least {low}" if high is None else f"from {low} to {high}"
    try:
        number = operator.index(value)
    except TypeError:
        number = None
    if number is None or isinstance(value, bool) or number < low:
        raise ValueError(f"{name} must be an integer {fits}, not {value!r}")
    if high is not None and number > high:
        raise ValueError(f"{name} must be an integer {fits}, not {value!r}")
    return number


def one_of(name: str, value, choices: Sequence):
    if value not in choices:
        fits = ", ".join(map(repr, choices))
        raise ValueError(f"{name} must be one of {fits}, not {value!r}")
    return value


def augmentations(augment: Sequence[str]) -> tuple[str, ...]:
    """Return the augmentations, each once."""
    names = (augment,) if isinstance(augment, str) else tuple(augment)
    for name in names:
        one_of("augment", name, AUGMENTATIONS)
    return tuple(dict.fromkeys(names))


def amount(validation: int | float) -> int | float:
    """Return a count or a fraction as a plain number, 0 where nothing is held out."""
    if not isinstance(validation, (float, np.floating)):
        return integer("validation", validation, 0)
    if not 0 <= validation < 1:
        raise ValueError(
            f"validation as a fraction must lie between 0 and 1, not {validation}"
        )
    return float(validation) or 0
