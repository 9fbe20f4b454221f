"""Many designs of one template as arrays: a row each, a column for each stage."""

from __future__ import annotations

import dataclasses

import numpy as np

from gluon_nets.arch import STEMS, Arch
from gluon_nets.checks import check_choice, check_count, check_ratio
from gluon_nets.compatible import adjust
from gluon_nets.cost import Complexity
from gluon_nets.costs import complexities
from gluon_nets.stage import Stage

COLUMNS = ("depth", "width", "group_width", "bottleneck")


@dataclasses.dataclass(frozen=True)
class Frame:
    """What all networks of a space have in common.

    Attributes
    ----------
    strides : tuple of int
        Of each stage's first block; as many as there are stages.
    stem : str
        See `Arch`.
    stem_width : int
    se_ratio : float
        Of squeeze-and-excitation, see `Stage`; 0: none.
    image_size, in_channels : int
        Of the images, which are square.
    num_classes : int
    """

    strides: tuple[int, ...] = (1, 2, 2, 2)
    stem: str = "conv3"
    stem_width: int = 16
    se_ratio: float = 0.0
    image_size: int = 28
    in_channels: int = 1
    num_classes: int = 10

    def __post_init__(self):
        strides = self.strides
        if not isinstance(strides, (list, tuple)) or not strides:
            raise ValueError(f"strides is {strides!r}: it must be a list of numbers")
        for stride in strides:
            check_count("strides", stride)
        object.__setattr__(self, "strides", tuple(map(int, strides)))
        check_choice("stem", self.stem, STEMS)
        for name in ("stem_width", "image_size", "in_channels", "num_classes"):
            check_count(name, getattr(self, name))
        check_ratio("se_ratio", self.se_ratio)

    @property
    def stages(self) -> int:
        """How many there are."""
        return len(self.strides)


@dataclasses.dataclass(frozen=True)
class Designs:
    """Designs of X blocks.

    Attributes
    ----------
    depth, width, group_width : integer arrays, (N, stages)
    bottleneck : float array, (N, stages)
    """

    depth: np.ndarray
    width: np.ndarray
    group_width: np.ndarray
    bottleneck: np.ndarray

    def __len__(self) -> int:
        return len(self.depth)

    def take(self, rows) -> Designs:
        """Those of some rows."""
        return Designs(*(getattr(self, name)[rows] for name in COLUMNS))

    def adjusted(self) -> Designs:
        """The nearest designs that can be built, see `gluon_nets.compatible.adjust`.

        Different draws may be one network: this is how it is told.
        """
        width, group_width = adjust(self.width, self.group_width, self.bottleneck)
        return dataclasses.replace(self, width=width, group_width=group_width)

    def widened(self, factor: int) -> Designs:
        """The same designs with so many times as many channels."""
        return dataclasses.replace(self, width=self.width * factor).adjusted()

    def keys(self) -> list[bytes]:
        """For each design one that equal designs share."""
        table = np.hstack([getattr(self, name) for name in COLUMNS]).astype(np.float64)
        return [row.tobytes() for row in table]

    def cost(self, frame: Frame) -> Complexity:
        """Complexities of all, as arrays."""
        return complexities(
            *(getattr(self, name) for name in COLUMNS),
            se_ratio=frame.se_ratio,
            image_size=frame.image_size,
            in_channels=frame.in_channels,
            num_classes=frame.num_classes,
            stem=frame.stem,
            stem_width=frame.stem_width,
            stride=frame.strides,
        )

    def arch(self, row: int, frame: Frame) -> Arch:
        """One of them as an `Arch`."""
        columns = (getattr(self, name)[row].tolist() for name in COLUMNS)
        stages = [
            Stage(*numbers, stride=stride, se_ratio=frame.se_ratio)
            for *numbers, stride in zip(*columns, frame.strides)
        ]
        return Arch(frame.stem_width, tuple(stages), stem=frame.stem)


def joined(parts: list[Designs]) -> Designs:
    """The designs of several, in order."""
    arrays: dict[str, np.ndarray] = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in COLUMNS
    }
    return Designs(**arrays)
