"""Arithmetic of shapes, in whole numbers alone.

Shapes here are whole arrays', with the batch as their first axis. A graph does not say
how many images there are: `BATCH` stands for it, as it does where graphs are extracted.
"""

from __future__ import annotations

import math
from typing import Sequence, Tuple

Shape = Tuple[int, ...]
BATCH = 2


def window(side: int, kernel: int, stride: int, padding: int, dilation=1, ceil=False):
    """How many places a window has on a side; below 1 where it does not fit."""
    room = side + 2 * padding - dilation * (kernel - 1) - 1
    if room < 0:
        return 0
    return (-(-room // stride) if ceil else room // stride) + 1


def place(axis: int, rank: int) -> int | None:
    """An axis counted from the front; None where there is none such."""
    return axis % rank if -rank <= axis < rank else None


def broadcast(first: Shape, second: Shape) -> Shape | None:
    """The shape of a sum of two arrays of equal rank, or None."""
    if len(first) != len(second):
        return None
    if any(a != b and 1 not in (a, b) for a, b in zip(first, second)):
        return None
    return tuple(map(max, first, second))


def filled(sides: Sequence[int], total: int) -> Shape | None:
    """A shape with at most one −1 as the shape of so many numbers, or None."""
    known = math.prod(side for side in sides if side != -1)
    opened = sum(side == -1 for side in sides)
    if opened > 1 or min(sides, default=1) < -1 or known < 1:
        return None
    if opened == 0:
        return tuple(sides) if known == total else None
    if total % known:
        return None
    return tuple(total // known if side == -1 else side for side in sides)


def legacy_reshape(shape: Shape, codes: Sequence[int]) -> Shape | None:
    """What ``reshape`` makes of codes: 0 copies a side, −2 the rest, −3 joins two.

    −4 is followed by the two that a side is split into.
    """
    copies, rest, joins, split = 0, -2, -3, -4
    return _coded(shape, codes, (copies, rest, joins, split))


def npx_reshape(shape: Shape, codes: Sequence[int]) -> Shape | None:
    """What ``npx.reshape`` makes of codes: −2 copies a side, −3 drops a side of 1.

    −4 copies the rest, −5 joins two, −6 splits.
    """
    copies, drops, rest, joins, split = -2, -3, -4, -5, -6
    return _coded(shape, codes, (copies, rest, joins, split), drops)


def _coded(shape: Shape, codes, meanings, drops=None) -> Shape | None:
    copies, rest, joins, split = meanings
    sides: list[int] = []
    left, codes = list(shape), list(codes)
    while codes:
        code = codes.pop(0)
        needed = {copies: 1, joins: 2, split: 1, drops: 1}.get(code, 0)
        if len(left) < needed:
            return None
        if code == copies:
            sides.append(left.pop(0))
        elif code == rest:
            sides, left = sides + left, []
        elif code == joins:
            sides.append(left.pop(0) * left.pop(0))
        elif code == split:
            parts = filled(codes[:2], left.pop(0)) if len(codes) > 1 else None
            if parts is None:
                return None
            sides, codes = sides + list(parts), codes[2:]
        elif code == drops and drops is not None:
            if left.pop(0) != 1:
                return None
        else:
            sides.append(code)
            left = left[1:]
    return filled(sides, math.prod(shape))
