"""What is found in a network: its layers and blocks, in the words of `gluon_nets`."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class DenseFound:
    """A dense layer and what directly follows it.

    Attributes
    ----------
    units, inputs : int
    bias : bool
    norm : str or None
        'norm' (BatchNorm) or 'layer_norm'.
    activation : str or None
        'relu', 'sigmoid', ….
    dropout : float
        Its rate, 0 where there is none.
    node : int
        Its place in the graph.
    """

    units: int
    inputs: int
    bias: bool
    norm: str | None
    activation: str | None
    dropout: float
    node: int


@dataclasses.dataclass(frozen=True)
class BranchFound:
    """One of the branches of a block of branches.

    Attributes
    ----------
    kernels, widths : tuple of int
        Of its convolutions, in order.
    pool : str or None
        'max' or 'avg' where it pools.
    """

    kernels: tuple[int, ...]
    widths: tuple[int, ...]
    pool: str | None


@dataclasses.dataclass(frozen=True)
class BlockFound:
    """A block: what stages are repeated from.

    Attributes
    ----------
    kind : str
        With a shortcut: 'basic' (two k×k convolutions), 'bottleneck' (1×1, k×k, 1×1;
        with groups it is ResNeXt's), 'preact_basic', 'preact_bottleneck', 'residual'
        (other convolutions), 'preact_residual', 'dense' (dense layers).
        Without: 'vgg' (convolutions of a network that pools between them), 'vanilla'
        (of one that does not), 'branches' (side by side; with a shortcut too), 'other'.
    in_width, width : int
        Channels that go in and come out.
    kernels, widths, strides, group_counts : tuple of int
        Of the convolutions of the transform, in order: the side of the (square)
        kernel, output channels, stride, number of groups.
    shortcut : str
        'identity', 'projection' (convolutions), 'pool' (something without weights),
        'none'.
    shortcut_norm : bool or None
        Whether BatchNorm follows the projection; None without one.
    pool : int
        Stride of poolings: of the pooling that ends a 'vgg' block, or within; 1: none.
    se_width : int or None
        Channels that squeeze-and-excitation squeezes to.
    se_after : int or None
        Behind which convolution it stands: 0 is the first; −1 behind the block.
    norms : int
        BatchNorms in the transform.
    relu_after_add, relu_before_add : bool
        Whether an activation follows the sum; ends the transform.
    branches : tuple of BranchFound
    in_side, side : int
        Height of the maps that go in and come out; 1 of vectors.
    begin, end : int
        Places in the graph: of the node that it reads, of the one that it ends in.
    """

    kind: str
    in_width: int
    width: int
    kernels: tuple[int, ...] = ()
    widths: tuple[int, ...] = ()
    strides: tuple[int, ...] = ()
    group_counts: tuple[int, ...] = ()
    shortcut: str = "none"
    shortcut_norm: bool | None = None
    pool: int = 1
    se_width: int | None = None
    se_after: int | None = None
    norms: int = 0
    relu_after_add: bool = False
    relu_before_add: bool = False
    branches: tuple[BranchFound, ...] = ()
    in_side: int = 1
    side: int = 1
    begin: int = 0
    end: int = 0

    @property
    def convs(self) -> int:
        """Convolutions (or dense layers) of the transform."""
        return len(self.widths)

    @property
    def stride(self) -> int:
        """How many times smaller the maps become, by convolutions and poolings."""
        stride = self.pool
        for step in self.strides:
            stride *= step
        return stride

    @property
    def _grouped(self) -> int:
        """Which convolution is the k×k of a bottleneck, or has the most groups."""
        if len(self.kernels) == 3 and self.kernels[0] == self.kernels[2] == 1:
            return 1
        return max(range(len(self.group_counts)), key=self.group_counts.__getitem__)

    @property
    def groups(self) -> int:
        """Groups of the convolution that has them; 1 where none has."""
        return self.group_counts[self._grouped] if self.group_counts else 1

    @property
    def inner_width(self) -> int:
        """Channels inside: of a bottleneck's k×k convolution, of a basic block's first.

        Of other blocks, those of the last layer but one.
        """
        if len(self.widths) < 2:
            return self.width
        return self.widths[-2]

    @property
    def group_width(self) -> int:
        """Channels of a group: the inner width where there is one group."""
        if not self.group_counts:
            return self.inner_width
        return self.widths[self._grouped] // self.groups

    @property
    def bottleneck(self) -> float:
        """width / inner width, the paper's b."""
        return self.width / self.inner_width

    @property
    def se(self) -> bool:
        """Whether there is squeeze-and-excitation."""
        return self.se_after is not None

    @property
    def se_ratio(self) -> float:
        """Squeezed channels / the block's input channels, the paper's q; 0: none."""
        return (self.se_width or 0) / self.in_width

    @property
    def preact(self) -> bool:
        """Whether norm and activation come before the convolutions."""
        return self.kind.startswith("preact")

    @property
    def residual(self) -> bool:
        """Whether there is a shortcut."""
        return self.shortcut != "none"

    @property
    def stride_on(self) -> int | None:
        """Which convolution has the stride, 0 is the first; None: none has."""
        return next((i for i, step in enumerate(self.strides) if step > 1), None)

    @property
    def alike(self) -> tuple:
        """What blocks of one stage have in common."""
        return (
            self.kind,
            self.width,
            self.kernels,
            self.widths,
            self.group_counts,
            self.residual,
            self.se_after,
            self.relu_after_add,
        )
