"""Parameters, flops and activations from numbers alone: no network is built."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from gluon_nets.arch import GROUPED, PREACT, Arch
from gluon_nets.checks import check_count
from gluon_nets.compatible import squeezed_width
from gluon_nets.tally import Map, Tally


@dataclasses.dataclass(frozen=True)
class Complexity:
    """What a network costs for one image, see `Tally` for what is counted.

    Attributes
    ----------
    params : int
        Trainable numbers.
    flops : int
        Multiply-adds of convolutions and dense layers, plus bias adds.
    acts : int
        Elements of the outputs of convolutions and dense layers, and of max poolings
        with padding.
    """

    params: int
    flops: int
    acts: int


def complexity(
    arch_or_name, image_size=224, in_channels: int = 3, num_classes: int = 1000
) -> Complexity:
    """Parameters, flops and activations of a network.

    Parameters
    ----------
    arch_or_name : Arch, another spec, or str
        A name of `list_nets()`, or the numbers themselves.
    image_size : int or (int, int)
        Height and width of the images.
    in_channels, num_classes : int
        Channels of the images, and outputs.

    Returns
    -------
    Complexity

    Raises
    ------
    ValueError
        Names the number that does not fit, or the nearest names.

    Examples
    --------
    >>> gn.complexity('regnetx_200mf')
    Complexity(params=2684792, flops=199040872, acts=2164056)
    """
    spec = arch_or_name
    if isinstance(spec, str):
        from gluon_nets.specs import find  # which uses what is defined here

        spec = find(spec).spec
    # a list and a tuple count too, but other things; a stage is only a part
    count = count_arch if isinstance(spec, Arch) else getattr(type(spec), "count", None)
    if count is None or not dataclasses.is_dataclass(spec):
        raise ValueError(f"{spec!r} is no network: an Arch, another spec or a name is")
    x = image_map(image_size, in_channels)
    check_count("num_classes", num_classes)
    tally = Tally()
    count(spec, tally, x, int(num_classes))
    return Complexity(int(tally.params), int(tally.flops), int(tally.acts))


def image_map(image_size, in_channels, most=math.inf) -> Map:
    """An image's map, its numbers checked."""
    sides = image_size if isinstance(image_size, tuple) else (image_size, image_size)
    if len(sides) != 2:
        raise ValueError(f"image_size is {sides}: it must be a number or two")
    for side in sides:
        check_count("image_size", side, most=most)
    check_count("in_channels", in_channels, most=most)
    return Map(int(in_channels), *map(int, sides))


def count_arch(arch: Arch, tally: Tally, x: Map, num_classes: int) -> None:
    """Add what an `Arch` costs for an image `x` to a tally."""
    arch.check_compatible()
    x = count_stem(arch.stem, arch.stem_width, tally, x, arch.block in PREACT)
    for stage in arch.stages:
        x = count_stage(arch, tally, x, stage, *stage.inner())
    if arch.block in PREACT:
        tally.norm(x)
    tally.dense(x.channels, num_classes)


def count_stem(stem: str, width, tally: Tally, x: Map, preact: bool = False) -> Map:
    """Add a stem's cost; returns its output."""
    if stem != "conv7_pool":
        return tally.conv_bn(x, width, 3, stride=2 if stem == "conv3" else 1)
    x = tally.conv_bn(x, width, 7, stride=2)
    return tally.max_pool(x, 3, stride=2, padding=1)


def count_stage(arch, tally: Tally, x: Map, stage, inner, groups) -> Map:
    """Add a stage's cost; returns its output.

    All blocks but the first cost the same: they are counted once, times their number.
    """
    first, others = Tally(), Tally()
    x = _block(arch, first, x, stage, inner, groups, stage.stride)
    _block(arch, others, x, stage, inner, groups, 1)
    tally.add(first)
    tally.add(others, stage.depth - 1)
    return x


def _block(arch, tally: Tally, x: Map, stage, inner, groups, stride) -> Map:
    if arch.block in GROUPED:
        y = _x_block(arch, tally, x, stage, inner, groups, stride)
    else:
        y = tally.conv_bn(x, stage.width, 3, stride=stride)
        y = tally.conv(y, stage.width, 3)
    if arch.block in PREACT:
        tally.norm(x)
    else:
        tally.norm(y)
    if arch.block != "vanilla":
        _projection(arch, tally, x, y, stride)
    return y


def _x_block(arch, tally: Tally, x: Map, stage, inner, groups, stride) -> Map:
    on_first = arch.stride_on == "conv1"
    y = tally.conv_bn(x, inner, 1, stride=stride if on_first else 1)
    y = tally.conv_bn(y, inner, 3, stride=1 if on_first else stride, groups=groups)
    if np.any(stage.se_ratio):
        excitation = Tally()
        squeezed = squeezed_width(x.channels, stage.se_ratio)
        excitation.dense(excitation.dense(inner, squeezed), inner)
        tally.add(excitation, (stage.se_ratio > 0) * 1)
    return tally.conv(y, stage.width, 1)


def _projection(arch, tally: Tally, x: Map, y: Map, stride) -> None:
    """The shortcut's convolution, where there is one."""
    needed = (x.channels != y.channels) | (stride != 1)
    if not np.any(needed):
        return
    shortcut = Tally()
    bias = not arch.shortcut_bn and arch.block not in PREACT
    shortcut.conv(x, y.channels, 1, stride=stride, bias=bias)
    if arch.shortcut_bn and arch.block not in PREACT:
        shortcut.norm(y)
    tally.add(shortcut, needed * 1)
