"""What is found in a network: stem, stages and head, in the words of `gluon_nets`."""

from __future__ import annotations

import dataclasses
from functools import cached_property

from course.grading.found_block import BlockFound, DenseFound


@dataclasses.dataclass(frozen=True)
class StageFound:
    """Blocks in a row, until the map shrinks or the width changes.

    Attributes
    ----------
    blocks : tuple of BlockFound
    pool : int
        Stride of a pooling between the stage before and this one; 1: none.
    """

    blocks: tuple[BlockFound, ...]
    pool: int = 1

    @property
    def depth(self) -> int:
        """Blocks."""
        return len(self.blocks)

    @property
    def width(self) -> int:
        """Output channels."""
        return self.blocks[-1].width

    @property
    def stride(self) -> int:
        """How many times smaller the maps become."""
        stride = self.pool
        for block in self.blocks:
            stride *= block.stride
        return stride

    @property
    def kind(self) -> str:
        """The blocks' kind, 'mixed' where they have several."""
        kinds = {block.kind for block in self.blocks}
        return kinds.pop() if len(kinds) == 1 else "mixed"

    @property
    def group_width(self) -> int:
        """Of the last block; see `uniform`."""
        return self.blocks[-1].group_width

    @property
    def groups(self) -> int:
        """Of the last block; see `uniform`."""
        return self.blocks[-1].groups

    @property
    def bottleneck(self) -> float:
        """Of the last block; see `uniform`."""
        return self.blocks[-1].bottleneck

    @property
    def se_ratio(self) -> float:
        """Squeezed channels / the stage's input channels, as of its first block."""
        return self.blocks[0].se_ratio

    @property
    def uniform(self) -> bool:
        """Whether the blocks are alike but for stride and projection."""
        return len({block.alike for block in self.blocks}) == 1


@dataclasses.dataclass(frozen=True)
class StemFound:
    """What comes before the stages.

    Attributes
    ----------
    kind : str
        'conv3' (3×3, stride 2), 'conv3_s1', 'conv7_pool' (7×7 with stride 2, then
        pooling with stride 2), 'dense' (of an MLP with blocks), or 'other'.
    kernels, widths, strides : tuple of int
        Of its convolutions.
    pool : int
        Stride of its poolings; 1: none.
    """

    kind: str
    kernels: tuple[int, ...]
    widths: tuple[int, ...]
    strides: tuple[int, ...]
    pool: int

    @property
    def width(self) -> int:
        """Output channels."""
        return self.widths[-1]

    @property
    def stride(self) -> int:
        """How many times smaller the maps become."""
        stride = self.pool
        for step in self.strides:
            stride *= step
        return stride


@dataclasses.dataclass(frozen=True)
class HeadFound:
    """What comes behind the stages.

    Attributes
    ----------
    kind : str
        'gap' (global average pooling), 'gmp' (of the maximum), 'flatten', or 'none'.
    units : tuple of int
        Of its dense layers (or 1×1 convolutions behind the pooling).
    dropout : tuple of float
        Rates, in order.
    classes : int
        Numbers of the network's output.
    norm : bool
        Whether a norm stands between the last block and the head, as behind
        pre-activation blocks.
    """

    kind: str
    units: tuple[int, ...]
    dropout: tuple[float, ...]
    classes: int
    norm: bool

    @property
    def hidden(self) -> tuple[int, ...]:
        """Units of all dense layers but the last."""
        return self.units[:-1]


@dataclasses.dataclass(frozen=True)
class Structure:
    """A network as stem, stages and head.

    Attributes
    ----------
    stem : StemFound or None
    stages : tuple of StageFound
    head : HeadFound
    dense : tuple of DenseFound
        All dense layers in order, but those of squeeze-and-excitation.
    """

    stem: StemFound | None
    stages: tuple[StageFound, ...]
    head: HeadFound
    dense: tuple[DenseFound, ...]

    @cached_property
    def blocks(self) -> tuple[BlockFound, ...]:
        """The blocks of all stages."""
        return tuple(block for stage in self.stages for block in stage.blocks)

    @property
    def depths(self) -> tuple[int, ...]:
        """Blocks of each stage."""
        return tuple(stage.depth for stage in self.stages)

    @property
    def widths(self) -> tuple[int, ...]:
        """Output channels of each stage."""
        return tuple(stage.width for stage in self.stages)

    @property
    def strides(self) -> tuple[int, ...]:
        """How many times each stage makes the maps smaller."""
        return tuple(stage.stride for stage in self.stages)

    @property
    def group_widths(self) -> tuple[int, ...]:
        """Channels of a group in each stage."""
        return tuple(stage.group_width for stage in self.stages)

    @property
    def bottlenecks(self) -> tuple[float, ...]:
        """width / inner width of each stage."""
        return tuple(stage.bottleneck for stage in self.stages)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The blocks' kind in each stage."""
        return tuple(stage.kind for stage in self.stages)

    @property
    def is_mlp(self) -> bool:
        """Whether there are dense layers only."""
        convolves = self.stem is not None and self.stem.kind != "dense"
        return not convolves and all(kind == "dense" for kind in self.kinds)
