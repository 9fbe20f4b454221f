"""The spaces of the chapter, at two scales."""

from __future__ import annotations

import dataclasses
import math
from typing import Mapping

from gluon_nets.checks import check_choice
from gluon_nets.study.designs import Frame
from gluon_nets.study.laws import choice, log_uniform, power_of_two, uniform
from gluon_nets.study.space import AnyNetSpace, Bands, RegNetSpace

# 'fashion': images of 28 pixels, networks that a CPU trains in a minute; 'paper': with
# images of 224 pixels, AnyNetX as Radosavovic et al. 2020 have it, RegNetX as their
# code has it
SCALES = ("fashion", "paper")

_FRAMES = {
    "fashion": Frame(),
    "paper": Frame((2, 2, 2, 2), "conv3", 32, 0.0, 224, 3, 1000),
}
_BANDS = {
    "fashion": Bands(flops=(3.6e6, 4.4e6)),
    "paper": Bands(flops=(3.6e8, 4.0e8)),
}
# that of a number is the same in every stage
_LAWS = {
    "fashion": {
        "depth": log_uniform(1, 6),
        "width": log_uniform(8, 256, 8),
        "group_width": power_of_two(1, 16),
        "bottleneck": choice([1, 2, 4]),
    },
    "paper": {
        "depth": log_uniform(1, 16),
        "width": log_uniform(8, 1024, 8),
        "group_width": power_of_two(1, 32),
        "bottleneck": choice([1, 2, 4]),
    },
}
_RULES = {
    "fashion": {
        "w0": log_uniform(8, 64, 8),
        "wa": log_uniform(2, 64, 0.1),
        "wm": log_uniform(1.5, 3, 0.001),
        "depth": uniform(4, 16),
        "group_width": power_of_two(1, 16),
        "bottleneck": choice([1]),
    },
    "paper": {
        "w0": log_uniform(8, 256, 8),
        "wa": log_uniform(8, 256, 0.1),
        "wm": log_uniform(2, 3, 0.001),
        "depth": uniform(12, 28),
        "group_width": power_of_two(1, 32),
        "bottleneck": choice([1]),
    },
}
# what each of the paper's steps adds to the one before
_STEPS: Mapping[str, tuple] = {
    "AnyNetX_A": ((), ()),
    "AnyNetX_B": (("bottleneck",), ()),
    "AnyNetX_C": (("bottleneck", "group_width"), ()),
    "AnyNetX_D": (("bottleneck", "group_width"), ("width",)),
    "AnyNetX_E": (("bottleneck", "group_width"), ("width", "depth")),
}
# numbers of values by which the paper's 3.0e8 comes out; it gives the product only:
# d < 64, w0 and wa < 256 in twos, 1.5 ≤ wm ≤ 3 in tenths, and C's pairs of b and g
_PUBLISHED_RULE = {"depth": 64, "w0": 128, "wa": 128, "wm": 16, "b": 3, "g": 6}
_SE = {"RegNetX": 0.0, "RegNetY": 0.25}
NAMES = (*_STEPS, *_SE)


def get_space(name: str, scale: str = "fashion"):
    """A space of the chapter.

    Parameters
    ----------
    name : str
        'AnyNetX_A' to 'AnyNetX_E', 'RegNetX' or 'RegNetY'.
    scale : {'fashion', 'paper'}

    Returns
    -------
    AnyNetSpace or RegNetSpace

    Raises
    ------
    ValueError
        Where there is none of that name; names those that there are.

    Source: Radosavovic et al. 2020, sections 3.2 and 3.3.
    """
    check_choice("space", name, NAMES)
    check_choice("scale", scale, SCALES)
    frame, bands = _FRAMES[scale], _BANDS[scale]
    if name in _STEPS:
        return AnyNetSpace(name, _LAWS[scale], *_STEPS[name], frame, bands)
    frame = dataclasses.replace(frame, se_ratio=_SE[name])
    return RegNetSpace(name, _RULES[scale], frame, bands)


def published_size(name: str) -> float:
    """How many networks a space of the paper has, as the paper counts.

    Raises
    ------
    ValueError
        Where there is none of that name.

    Source: Radosavovic et al. 2020, tables 1 and 2.
    """
    check_choice("space", name, NAMES)
    if name in _SE:
        return float(math.prod(_PUBLISHED_RULE.values()))
    return get_space(name, "paper").published_size()
