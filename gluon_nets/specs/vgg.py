"""VGG: blocks of 3×3 convolutions, then three dense layers, or one."""

from __future__ import annotations

import dataclasses

from gluon_nets.checks import check_choice, check_count, check_flag, check_rows
from gluon_nets.specs.entry import Entry
from gluon_nets.tally import Map, Tally

HEADS = ("dense", "gap")


@dataclasses.dataclass(frozen=True)
class VGGSpec:
    """A network of VGG blocks.

    Attributes
    ----------
    blocks : tuple of (int, int) or (int, int, bool)
        Convolutions, channels, and whether 2×2 pooling follows (it does unless said).
    bn : bool
        Whether BatchNorm follows each convolution, in the place of its bias.
    head : {'dense', 'gap'}
        'dense': (hidden → ReLU → dropout ½) × 2 → classes; 'gap': global average
        pooling → classes.
    hidden : int
        Outputs of the two hidden dense layers; without use with the head 'gap'.

    Source: Simonyan & Zisserman 2015, table 1.
    """

    blocks: tuple[tuple, ...]
    bn: bool = False
    head: str = "dense"
    hidden: int = 4096

    def __post_init__(self):
        check_flag("bn", self.bn)
        check_choice("head", self.head, HEADS)
        check_count("hidden", self.hidden)
        check_rows("blocks", self.blocks, 2, 3)
        blocks = tuple((*block, True)[:3] for block in self.blocks)
        for convs, channels, pooled in blocks:
            check_count("convs", convs)
            check_count("channels", channels)
            check_flag("pooled", pooled)
        object.__setattr__(self, "blocks", blocks)

    def count(self, tally: Tally, x: Map, num_classes: int) -> None:
        """Add what the network costs for an image `x` to a tally."""
        for convs, channels, pooled in self.blocks:
            for _ in range(convs):
                x = tally.conv(x, channels, 3, bias=not self.bn)
                if self.bn:
                    tally.norm(x)
            if pooled:
                x = tally.max_pool(x, 2, stride=2)
        units = x.channels
        if self.head == "dense":
            units = tally.dense(tally.dense(x.size, self.hidden), self.hidden)
        tally.dense(units, num_classes)


_PAPER = "Simonyan & Zisserman 2015 (Very deep convolutional networks), table 1"
_CHAPTER = "Dive into Deep Learning, 'Networks using blocks (VGG)'"
_CHANNELS = (64, 128, 256, 512, 512)
# layers -> convolutions of each block
_CONVS = {
    11: (1, 1, 2, 2, 2),
    13: (2, 2, 2, 2, 2),
    16: (2, 2, 3, 3, 3),
    19: (2, 2, 4, 4, 4),
}
_TABLE = {n: tuple(zip(convs, _CHANNELS)) for n, convs in _CONVS.items()}
# column A with a quarter of the channels, which the chapter trains
_QUARTER = tuple((convs, channels // 4) for convs, channels in _TABLE[11])


def _sized(*pooled: bool) -> VGGSpec:
    """The small network with fewer poolings: maps of at least 3×3 at the end."""
    return VGGSpec(tuple((*block, pool) for block, pool in zip(_QUARTER, pooled)))


VGGS = {
    **{f"vgg{n}": Entry(VGGSpec(blocks), _PAPER) for n, blocks in _TABLE.items()},
    **{
        f"vgg{n}_bn": Entry(VGGSpec(blocks, bn=True), f"{_PAPER}; BatchNorm added")
        for n, blocks in _TABLE.items()
    },
    "vgg11_gap": Entry(VGGSpec(_TABLE[11], head="gap"), f"{_CHAPTER}, exercise 1"),
    "vgg11_quarter": Entry(VGGSpec(_QUARTER), _CHAPTER, 224, 1, 10),
    "vgg11_quarter_28": Entry(
        _sized(True, False, True, False, True), f"{_CHAPTER}, exercise 4", 28, 1, 10
    ),
    "vgg11_quarter_56": Entry(
        _sized(True, False, True, True, True), f"{_CHAPTER}, exercise 4", 56, 1, 10
    ),
    "vgg11_quarter_84": Entry(
        _sized(True, True, True, False, True), f"{_CHAPTER}, exercise 4", 84, 1, 10
    ),
}
