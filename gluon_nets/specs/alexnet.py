"""AlexNet, in the form of the book and in that of the model zoos."""

from __future__ import annotations

import dataclasses

from gluon_nets.checks import check_count, check_flag, check_rows
from gluon_nets.specs.entry import Entry
from gluon_nets.tally import Map, Tally


@dataclasses.dataclass(frozen=True)
class AlexNetSpec:
    """Convolutions with 3×3/2 max pooling after some, then three dense layers.

    Attributes
    ----------
    convs : tuple of (int, int, int, int, bool)
        Channels, kernel, stride and padding of each convolution, and whether pooling
        follows.
    hidden : int
        Outputs of the two hidden dense layers, each with dropout ½.

    Source: Krizhevsky et al. 2012, section 3.5.
    """

    convs: tuple[tuple[int, int, int, int, bool], ...]
    hidden: int = 4096

    def __post_init__(self):
        check_count("hidden", self.hidden)
        check_rows("convs", self.convs, 5)
        for channels, kernel, stride, padding, pooled in self.convs:
            check_count("channels", channels)
            check_count("kernel", kernel)
            check_count("stride", stride)
            check_count("padding", padding, least=0)
            check_flag("pooled", pooled)

    def count(self, tally: Tally, x: Map, num_classes: int) -> None:
        """Add what the network costs for an image `x` to a tally."""
        for channels, kernel, stride, padding, pooled in self.convs:
            x = tally.conv(
                x, channels, kernel, stride=stride, padding=padding, bias=True
            )
            if pooled:
                x = tally.max_pool(x, 3, stride=2)
        units = tally.dense(tally.dense(x.size, self.hidden), self.hidden)
        tally.dense(units, num_classes)


_BOOK = (
    (96, 11, 4, 1, True),
    (256, 5, 1, 2, True),
    (384, 3, 1, 1, False),
    (384, 3, 1, 1, False),
    (256, 3, 1, 1, True),
)
_ZOO = (
    (64, 11, 4, 2, True),
    (192, 5, 1, 2, True),
    (384, 3, 1, 1, False),
    (256, 3, 1, 1, False),
    (256, 3, 1, 1, True),
)

ALEXNET = {
    "alexnet": Entry(
        AlexNetSpec(_BOOK), "Dive into Deep Learning, 'AlexNet'", 224, 1, 10
    ),
    "alexnet_zoo": Entry(
        AlexNetSpec(_ZOO), "Krizhevsky 2014 (One weird trick), figure 1"
    ),
}
