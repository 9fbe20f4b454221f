"""What is measured: a network, the shape of its batch, and what is done with it."""

from __future__ import annotations

import dataclasses
import fnmatch

from gluon_nets.arch import Arch, Stage
from gluon_nets.cost import complexity
from gluon_nets.specs import find

KINDS = ("train", "infer", "epoch")


@dataclasses.dataclass(frozen=True)
class Work:
    """A kind of pass over batches of one shape through one network.

    Attributes
    ----------
    kind : {'train', 'infer', 'epoch'}
        'train': forwards, backwards and an SGD update with momentum on one fixed
        batch, waited for; 'infer': logits of one fixed batch, as a NumPy array;
        'epoch': an epoch of Fashion-MNIST, each side with its own pipeline of data,
        plain SGD, and the evaluation on the test images at the end.
    net : str
        A name of `gluon_nets.list_nets()`, or of `NARROW`.
    batch, channels, size, classes : int
        Images of a batch, their channels and side, and the network's outputs.
    """

    kind: str
    net: str
    batch: int
    channels: int
    size: int
    classes: int

    @property
    def name(self) -> str:
        """E.g. 'train regnetx32 128x1x96x96'."""
        return f"{self.kind} {self.net} {self.batch}x{self.channels}x{self.size}²"

    @property
    def random(self) -> bool:
        """Whether dropout makes the losses of a step differ from side to side."""
        spec = spec_of(self.net)
        return self.kind == "train" and getattr(spec, "head", None) == "dense"

    @property
    def cost(self):
        """`Complexity` of the network for one image."""
        return complexity(spec_of(self.net), self.size, self.channels, self.classes)

    @property
    def blocks(self) -> int:
        """Residual blocks of the network; 0 of one that has none."""
        return sum(stage.depth for stage in getattr(spec_of(self.net), "stages", ()))


def _narrow(group_width: int) -> Arch:
    """Four X blocks whose groups are narrower than oneDNN's blocks of channels."""
    widths = (64, 128)
    return Arch(32, tuple(Stage(2, width, group_width) for width in widths))


# group widths at which oneDNN leaves its fast kernels
NARROW = {f"narrow_g{width}": _narrow(width) for width in (1, 2, 4, 8)}


def spec_of(net: str):
    """The numbers of a network of the suite."""
    return NARROW[net] if net in NARROW else find(net).spec


# (network, batch, channels, size)
_SHAPES = (
    ("regnetx32", 128, 1, 96),
    ("regnetx32", 128, 1, 28),
    ("regnetx32", 32, 1, 224),
    ("resnet18", 128, 1, 96),
    ("resnet18", 128, 1, 28),
    ("resnet18", 16, 3, 224),
    ("vgg11_quarter_28", 128, 1, 28),
    ("vgg11_quarter", 128, 1, 96),
    ("vgg11_quarter", 32, 1, 224),
    ("resnext50_32x4d", 16, 3, 224),
    ("regnetx_400mf", 16, 3, 224),
    ("regnetx_400mf", 128, 1, 96),
    ("regnety_400mf", 16, 3, 224),
    ("regnety_400mf", 128, 1, 96),
    ("narrow_g1", 128, 1, 28),
    ("narrow_g2", 128, 1, 28),
    ("narrow_g4", 128, 1, 28),
    ("narrow_g8", 128, 1, 28),
    ("narrow_g1", 128, 1, 96),
    ("narrow_g4", 128, 1, 96),
)

WORKS = tuple(
    Work(kind, net, batch, channels, size, 1000 if channels == 3 else 10)
    for kind in ("train", "infer")
    for net, batch, channels, size in _SHAPES
) + tuple(Work("epoch", "regnetx32", 128, 1, size, 10) for size in (28, 96))

# what `make bench-check` measures again
CHECK = (
    "train regnetx32 128x1x96²",
    "train regnetx_400mf 16x3x224²",
    "infer regnetx32 128x1x96²",
)


def choose(patterns) -> list[Work]:
    """The works whose names match one of the patterns; all where there are none.

    Raises
    ------
    ValueError
        Where a pattern matches nothing.
    """
    chosen = []
    for pattern in patterns:
        found = [work for work in WORKS if fnmatch.fnmatch(work.name, f"*{pattern}*")]
        if not found:
            raise ValueError(
                f"no work matches {pattern!r}: `python -m benchmarks list` shows them"
            )
        chosen += [work for work in found if work not in chosen]
    return chosen if patterns else list(WORKS)
