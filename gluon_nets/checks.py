"""Checks of single numbers, with messages that name the number and what fits."""

from __future__ import annotations

import dataclasses
import math
import numbers
from typing import Sequence

# Of arrays of numbers: more channels, or blocks, are no network, and products of a few
# such numbers would leave int64 unnoticed.
LARGEST = 2**31 - 1


def check_count(name: str, value: int, least: int = 1, most=math.inf) -> None:
    """Raise a ValueError unless a number is a whole one, 1 or more, or as told."""
    whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if not whole or not least <= value <= most:
        fits = f"{least} or more" if most == math.inf else f"{least} to {most}"
        raise ValueError(f"{name} is {value!r}: it must be a whole number, {fits}")


def check_ends(num_classes: int, in_channels: int) -> None:
    """Raise a ValueError unless a network can have these outputs and channels.

    With 0 channels the first batch is to tell them.
    """
    check_count("num_classes", num_classes)
    check_count("in_channels", in_channels, least=0)


def check_bottleneck(value: float) -> None:
    """Raise a ValueError unless a number is above 0 and finite."""
    number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if not number or not 0 < value < math.inf:
        raise ValueError(f"bottleneck is {value!r}: it must be a number above 0")


def check_ratio(name: str, value: float) -> None:
    """Raise a ValueError unless a number is from 0 to 1."""
    number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if not number or not 0 <= value <= 1:
        raise ValueError(f"{name} is {value!r}: it must be a number from 0 to 1")


def check_flag(name: str, value: bool) -> None:
    """Raise a ValueError unless a value is True or False."""
    if not isinstance(value, bool):
        raise ValueError(f"{name} is {value!r}: it must be True or False")


def check_choice(name: str, value: str, known: Sequence[str]) -> None:
    """Raise a ValueError unless a value is one of those known."""
    if value not in known:
        raise ValueError(f"{name} is {value!r}: what fits is {', '.join(known)}")


def check_rows(name: str, rows, *lengths: int) -> None:
    """Raise a ValueError unless a value is one tuple or more, of such lengths."""
    fits = isinstance(rows, (tuple, list)) and rows
    if not fits or any(
        not isinstance(row, (tuple, list)) or len(row) not in lengths for row in rows
    ):
        many = " or ".join(map(str, lengths))
        raise ValueError(
            f"{name} is {rows!r}: it must be one tuple or more, each of {many} values"
        )


def check_fields(data, cls, what: str) -> dict:
    """Return a JSON object that has the fields of a dataclass and no other.

    Raises
    ------
    ValueError
        Names the field that is missing or unknown.
    """
    if not isinstance(data, dict):
        raise ValueError(f"{data!r} is not {what}: it must be a JSON object")
    fields = dataclasses.fields(cls)
    for name in data:
        if name not in {field.name for field in fields}:
            known = ", ".join(field.name for field in fields)
            raise ValueError(f"{name!r} is no field of {what}: what fits is {known}")
    for field in fields:
        if field.default is dataclasses.MISSING and field.name not in data:
            raise ValueError(f"{what} lacks {field.name!r}")
    return data
