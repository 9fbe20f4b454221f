"""Architectures as numbers: what a network is before anything is built."""

from __future__ import annotations

import dataclasses
import math
import numbers

BLOCKS = ("resnext", "residual")
STEMS = ("conv3", "conv7_pool")


def inner_width(width: int, group_width: int, bottleneck: float) -> tuple[int, int]:
    """Inner width and number of groups of an X block.

    Parameters
    ----------
    width : int
        Output channels of the block.
    group_width : int
        Channels per group of the 3×3 convolution.
    bottleneck : float
        The paper's b: inner width = width / b.

    Returns
    -------
    (int, int)
        The inner width, and the number of groups = inner width / group width.

    Raises
    ------
    ValueError
        Where one does not divide the other.
    """
    check_count("width", width)
    check_count("group_width", group_width)
    _check_bottleneck(bottleneck)
    inner = round(width / bottleneck)
    # 21 / 0.7 is 30 but for rounding
    if inner < 1 or not math.isclose(inner * bottleneck, width, rel_tol=1e-9):
        raise ValueError(
            f"width {width} with bottleneck {bottleneck:g} gives an inner width of "
            f"{width / bottleneck:g}: it must be a whole number of channels"
        )
    if inner % group_width:
        fits = [g for g in range(1, inner + 1) if inner % g == 0]
        raise ValueError(
            f"group_width {group_width} does not divide the inner width {inner}: "
            f"what fits is {', '.join(map(str, fits))}"
        )
    return inner, inner // group_width


def check_count(name: str, value: int) -> None:
    """Raise a ValueError unless a number is a whole one, 1 or more."""
    whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if not whole or value < 1:
        raise ValueError(f"{name} is {value!r}: it must be a whole number, 1 or more")


def _check_bottleneck(value: float) -> None:
    number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if not number or not 0 < value < math.inf:
        raise ValueError(f"bottleneck is {value!r}: it must be a number above 0")


@dataclasses.dataclass(frozen=True)
class Stage:
    """A stage of a network: `depth` blocks of one width, the first with the stride.

    Attributes
    ----------
    depth : int
        Number of blocks, d.
    width : int
        Output channels, w.
    group_width : int or None
        Channels per group of the 3×3 convolution, g; None for blocks without groups.
    bottleneck : float
        b: inner width = width / b.
    stride : int
        Stride of the first block.
    """

    depth: int
    width: int
    group_width: int | None = None
    bottleneck: float = 1.0
    stride: int = 2

    def __post_init__(self):
        for name in ("depth", "width", "stride"):
            check_count(name, getattr(self, name))
        _check_bottleneck(self.bottleneck)
        if self.group_width is not None:
            inner_width(self.width, self.group_width, self.bottleneck)


@dataclasses.dataclass(frozen=True)
class Arch:
    """A network of the AnyNet template: a stem, stages of equal blocks, a head.

    Attributes
    ----------
    stem_width : int
        Output channels of the stem.
    stages : tuple of Stage
    block : str
        'resnext' (the X block) or 'residual' (the basic block of ResNet).
    stem : str
        'conv3': 3×3 convolution with stride 2; 'conv7_pool': 7×7 with stride 2, then
        3×3 max pooling with stride 2.

    Raises
    ------
    ValueError
        Naming the number that does not fit, and what does.

    Source: Radosavovic et al. 2020, figure 3.
    """

    stem_width: int
    stages: tuple[Stage, ...]
    block: str = "resnext"
    stem: str = "conv3"

    def __post_init__(self):
        object.__setattr__(self, "stages", tuple(self.stages))
        check_count("stem_width", self.stem_width)
        for name, value, known in (
            ("block", self.block, BLOCKS),
            ("stem", self.stem, STEMS),
        ):
            if value not in known:
                raise ValueError(
                    f"{name} is {value!r}: what fits is {', '.join(known)}"
                )
        if not self.stages:
            raise ValueError("stages is empty: a network needs at least one stage")
        for index, stage in enumerate(self.stages, 1):
            self._check_groups(index, stage)

    def _check_groups(self, index: int, stage: Stage) -> None:
        grouped = self.block == "resnext"
        if grouped and stage.group_width is None:
            raise ValueError(f"stage {index} has no group_width: the X block needs one")
        if not grouped and (stage.group_width is not None or stage.bottleneck != 1):
            raise ValueError(
                f"stage {index} has a group_width or a bottleneck: the basic residual "
                "block has neither"
            )
