"""A stage of a network as numbers: what its equal blocks are."""

from __future__ import annotations

import dataclasses

from gluon_nets.checks import (
    check_bottleneck,
    check_choice,
    check_count,
    check_ratio,
)
from gluon_nets.compatible import ROUNDINGS, adjust, inner_width


@dataclasses.dataclass(frozen=True)
class Stage:
    """A stage of a network: `depth` blocks of one width, the first with the stride.

    Each number is checked alone. Whether width, bottleneck and group width fit together
    is asked where a network or its complexity is made: `Arch.adjusted` mends it.

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
    se_ratio : float
        q: squeeze-and-excitation squeezes to round(q · input channels of the block);
        0: none.
    """

    depth: int
    width: int
    group_width: int | None = None
    bottleneck: float = 1.0
    stride: int = 2
    se_ratio: float = 0.0

    def __post_init__(self):
        for name in ("depth", "width", "group_width", "stride"):
            value = getattr(self, name)
            if name != "group_width" or value is not None:
                check_count(name, value)
                object.__setattr__(self, name, int(value))  # NumPy's are no JSON
        check_bottleneck(self.bottleneck)
        check_ratio("se_ratio", self.se_ratio)
        for name in ("bottleneck", "se_ratio"):
            object.__setattr__(self, name, float(getattr(self, name)))

    def check_compatible(self) -> Stage:
        """Return the stage itself where its blocks can be built.

        Raises
        ------
        ValueError
            Where width, bottleneck and group width do not fit together; says what
            `adjusted` makes of them, or why it cannot.
        """
        try:
            self.inner()
        except ValueError as error:
            raise ValueError(f"{error}; {self._advice()}") from None
        return self

    def inner(self) -> tuple[int, int]:
        """Inner width and number of groups: see `gluon_nets.compatible.inner_width`.

        Blocks without groups are as wide inside as outside.
        """
        if self.group_width is None:
            return self.width, 1
        return inner_width(self.width, self.group_width, self.bottleneck)

    def _advice(self) -> str:
        try:
            mended = self.adjusted()
        except ValueError as error:
            return str(error)
        width, group_width = mended.width, mended.group_width
        return f"adjusted() makes it width {width} and group_width {group_width}"

    def adjusted(self, rounding: str = "half_even") -> Stage:
        """The nearest stage that can be built: see `Arch.adjusted`."""
        check_choice("rounding", rounding, ROUNDINGS)
        if self._fits():  # also with a bottleneck that widths cannot be rounded for
            return self
        width, group_width = adjust(
            self.width, self.group_width, self.bottleneck, rounding
        )
        mended = dataclasses.replace(self, width=width, group_width=group_width)
        if not mended._fits():
            raise ValueError(
                f"rounding is {rounding!r}: it makes width {width} and group_width "
                f"{group_width}, which bottleneck {self.bottleneck:g} does not fit; "
                "'half_even' looks at the bottleneck"
            )
        return mended

    def _fits(self) -> bool:
        try:
            self.inner()
        except ValueError:
            return False
        return True

    def __str__(self) -> str:
        text = f"{self.depth}×{self.width}"
        if self.group_width is not None:
            text += f" g{self.group_width} b{self.bottleneck:g}"
        if self.se_ratio:
            text += f" q{self.se_ratio:g}"
        return f"{text} /{self.stride}"
