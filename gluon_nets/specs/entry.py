"""What a table of networks says of each."""

from __future__ import annotations

import dataclasses
from typing import Any


@dataclasses.dataclass(frozen=True)
class Entry:
    """A network as numbers, where they come from, and what it was made for.

    Attributes
    ----------
    spec : Arch, VGGSpec, AlexNetSpec, GoogLeNetSpec or MLPSpec
        The numbers.
    source : str
        Paper or chapter, and table.
    image_size, in_channels, num_classes : int
        The images and classes that its published complexity is of.
    """

    spec: Any
    source: str
    image_size: int = 224
    in_channels: int = 3
    num_classes: int = 1000
