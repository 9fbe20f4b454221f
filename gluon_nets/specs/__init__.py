"""Every network as numbers: a table for each family, and one of them all.

Nothing here imports MXNet: listing, counting and searching build no network.
"""

from __future__ import annotations

import difflib
import fnmatch

from gluon_nets.specs.alexnet import ALEXNET, AlexNetSpec
from gluon_nets.specs.entry import Entry
from gluon_nets.specs.googlenet import GOOGLENET, GoogLeNetSpec, Inception
from gluon_nets.specs.mlp import MLPS, MLPSpec
from gluon_nets.specs.regnet import REGNET
from gluon_nets.specs.resnet import RESNET, RESNEXT
from gluon_nets.specs.variants import DE_RESNEXT, VIONET
from gluon_nets.specs.vgg import VGGS, VGGSpec

FAMILIES: dict[str, dict[str, Entry]] = {
    "AlexNet": ALEXNET,
    "VGG": VGGS,
    "GoogLeNet": GOOGLENET,
    "ResNet": RESNET,
    "ResNeXt": RESNEXT,
    "RegNet": REGNET,
    "VioNet": VIONET,
    "De-ResNeXt": DE_RESNEXT,
    "MLP": MLPS,
}
ENTRIES = {name: entry for table in FAMILIES.values() for name, entry in table.items()}

__all__ = [
    "ENTRIES",
    "FAMILIES",
    "AlexNetSpec",
    "Entry",
    "GoogLeNetSpec",
    "Inception",
    "MLPSpec",
    "VGGSpec",
    "find",
    "list_nets",
]


def list_nets(pattern: str = "*") -> list[str]:
    """Sorted names of all networks that match a shell pattern."""
    return sorted(fnmatch.filter(ENTRIES, pattern))


def find(name: str) -> Entry:
    """The entry of a name.

    Raises
    ------
    ValueError
        Where there is none; with the nearest ones.
    """
    if name in ENTRIES:
        return ENTRIES[name]
    close = difflib.get_close_matches(str(name), ENTRIES, n=3, cutoff=0.5)
    hint = f"the nearest is {' or '.join(close)}" if close else "list_nets() lists them"
    raise ValueError(f"there is no network {name!r}: {hint}")
