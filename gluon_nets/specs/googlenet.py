"""GoogLeNet (Inception v1)."""

from __future__ import annotations

import dataclasses

from gluon_nets.checks import check_count, check_flag, check_rows
from gluon_nets.specs.entry import Entry
from gluon_nets.tally import Map, Tally

POOL = "pool"  # 3×3 max pooling with stride 2 between groups of blocks
# channels, kernel and stride of the stem's convolutions
STEM = ((64, 7, 2), POOL, (64, 1, 1), (192, 3, 1), POOL)


@dataclasses.dataclass(frozen=True)
class Inception:
    """Channels of an Inception block's four branches, joined behind each other.

    `one`: 1×1; `three`, `five`: 1×1 that reduces, then 3×3 or 5×5; `pool`: 3×3 max
    pooling with stride 1, then 1×1.
    """

    one: int
    three: tuple[int, int]
    five: tuple[int, int]
    pool: int

    def __post_init__(self):
        check_count("one", self.one)
        check_count("pool", self.pool)
        for name in ("three", "five"):
            check_rows(name, (getattr(self, name),), 2)
            for channels in getattr(self, name):
                check_count(name, channels)

    @property
    def channels(self) -> int:
        """Channels of the output."""
        return self.one + self.three[1] + self.five[1] + self.pool


@dataclasses.dataclass(frozen=True)
class GoogLeNetSpec:
    """7×7/2 → pool → 1×1 → 3×3 → pool → Inception blocks and pools → mean → dense.

    Attributes
    ----------
    blocks : tuple of Inception or 'pool'
        What lies between the second pooling and the head.
    bn : bool
        Whether BatchNorm follows each convolution, in the place of its bias.

    Without the paper's auxiliary classifiers, which serve training only.

    Source: Szegedy et al. 2015, table 1.
    """

    blocks: tuple
    bn: bool = False

    def __post_init__(self):
        check_flag("bn", self.bn)
        if not isinstance(self.blocks, tuple) or not self.blocks:
            raise ValueError(f"blocks is {self.blocks!r}: it must be a tuple of blocks")
        for block in self.blocks:
            if not isinstance(block, Inception) and block != POOL:
                raise ValueError(
                    f"blocks has {block!r}: what fits is Inception, 'pool'"
                )

    def count(self, tally: Tally, x: Map, num_classes: int) -> None:
        """Add what the network costs for an image `x` to a tally."""
        for part in (*STEM, *self.blocks):
            if part == POOL:
                x = tally.max_pool(x, 3, stride=2, padding=1)
            elif isinstance(part, Inception):
                x = self._inception(tally, x, part)
            else:
                x = self._conv(tally, x, *part)
        tally.dense(x.channels, num_classes)

    def _inception(self, tally: Tally, x: Map, block: Inception) -> Map:
        self._conv(tally, x, block.one, 1)
        for (reduced, channels), kernel in ((block.three, 3), (block.five, 5)):
            self._conv(tally, self._conv(tally, x, reduced, 1), channels, kernel)
        pooled = tally.max_pool(x, 3, stride=1, padding=1)
        y = self._conv(tally, pooled, block.pool, 1)
        return dataclasses.replace(y, channels=block.channels)

    def _conv(self, tally: Tally, x: Map, channels, kernel, stride=1) -> Map:
        y = tally.conv(x, channels, kernel, stride=stride, bias=not self.bn)
        return tally.norm(y) if self.bn else y


_SOURCE = "Szegedy et al. 2015 (Going deeper with convolutions), table 1"
_BLOCKS = (
    Inception(64, (96, 128), (16, 32), 32),
    Inception(128, (128, 192), (32, 96), 64),
    POOL,
    Inception(192, (96, 208), (16, 48), 64),
    Inception(160, (112, 224), (24, 64), 64),
    Inception(128, (128, 256), (24, 64), 64),
    Inception(112, (144, 288), (32, 64), 64),
    Inception(256, (160, 320), (32, 128), 128),
    POOL,
    Inception(256, (160, 320), (32, 128), 128),
    Inception(384, (192, 384), (48, 128), 128),
)

GOOGLENET = {
    "googlenet": Entry(GoogLeNetSpec(_BLOCKS), _SOURCE),
    "googlenet_bn": Entry(
        GoogLeNetSpec(_BLOCKS, bn=True), f"{_SOURCE}; BatchNorm added"
    ),
}
