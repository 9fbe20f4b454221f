"""Relatives of `regnetx32`, each of them different in one thing.

VioNets break one of the four principles that lead from AnyNetX to RegNetX and keep the
others; De-ResNeXt has ResNet's basic blocks. But for `de_resnext32` all have the flops
of `regnetx32` at 96×96 within 5 %, so that what differs is the design.
"""

from __future__ import annotations

from gluon_nets.arch import Arch, Stage
from gluon_nets.specs.entry import Entry

_CHAPTER = "Dive into Deep Learning, 'Designing convolution network architectures'"


def _entry(exercise: int, first: Stage, second: Stage, block: str = "resnext") -> Entry:
    source = f"{_CHAPTER}, exercise {exercise}"
    return Entry(Arch(32, (first, second), block), source, 96, 1, 10)


# regnetx32 itself: Stage(4, 32, 16), Stage(6, 80, 16)
VIONET = {
    "vionet_bottleneck": _entry(3, Stage(4, 32, 16, 2.0), Stage(6, 64, 16, 0.5)),
    "vionet_group_width": _entry(3, Stage(4, 32, 8), Stage(7, 80, 20)),
    "vionet_width": _entry(3, Stage(3, 64, 16), Stage(5, 32, 16)),
    "vionet_depth": _entry(3, Stage(6, 32, 16), Stage(4, 80, 16)),
}

DE_RESNEXT = {
    "de_resnext32": _entry(2, Stage(4, 32), Stage(6, 80), "residual"),
    "de_resnext32_matched": _entry(2, Stage(3, 24), Stage(5, 40), "residual"),
}
