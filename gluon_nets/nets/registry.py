"""The table of all networks, and how a name becomes one."""

from __future__ import annotations

import dataclasses
import difflib
import fnmatch
import functools
from typing import Any, Callable, Mapping

from gluon_nets.arch import check_count
from gluon_nets.initialize import initialize
from gluon_nets.nets.anynet import AnyNet
from gluon_nets.nets.regnet import REGNET
from gluon_nets.nets.resnet import RESNET
from gluon_nets.nets.vgg import VGG, VGGNet

# name -> a function of (num_classes, in_channels, ...) that builds the network
_BUILDERS: dict[str, Callable] = {
    **{name: functools.partial(VGGNet, blocks) for name, blocks in VGG.items()},
    **{name: functools.partial(AnyNet, arch) for name, arch in RESNET.items()},
    **{name: functools.partial(AnyNet, arch) for name, arch in REGNET.items()},
}


@dataclasses.dataclass(frozen=True)
class NetSpec:
    """How a network was made: enough to make it again.

    Attributes
    ----------
    name : str
        A name of `list_nets()`.
    options : mapping
        The keyword arguments of `get_net`, without the seed.
    """

    name: str
    options: Mapping[str, Any]


def list_nets(pattern: str = "*") -> list[str]:
    """Sorted names of all networks that match a shell pattern."""
    return sorted(fnmatch.filter(_BUILDERS, pattern))


def get_net(
    name: str,
    *,
    num_classes: int = 10,
    in_channels: int | None = None,
    seed: int = 0,
    **options,
):
    """Build a network by its name, initialized by Xavier's rule.

    Parameters
    ----------
    name : str
        A name of `list_nets()`.
    num_classes : int
        Number of outputs, 1 or more.
    in_channels : int, optional
        Channels of the images; by default the first batch tells.
    seed : int
        Seed of the parameters. Each is a function of the seed and of its place in the
        network alone: neither the device nor the order of initialization matters.
    **options
        What the family offers besides (`shortcut_bn` of ResNet).

    Returns
    -------
    HybridBlock
        With the attribute `spec`, a `NetSpec`.

    Raises
    ------
    ValueError
        Where the name is unknown (with the nearest ones), or a number does not fit.
    """
    if name not in _BUILDERS:
        raise ValueError(f"there is no network {name!r}: {_nearest(name)}")
    check_count("num_classes", num_classes)
    if in_channels is not None:
        check_count("in_channels", in_channels)
    net = _BUILDERS[name](
        num_classes=num_classes, in_channels=in_channels or 0, **options
    )
    net.spec = NetSpec(
        name, {"num_classes": num_classes, "in_channels": in_channels, **options}
    )
    return initialize(net, seed)


def _nearest(name: str) -> str:
    close = difflib.get_close_matches(name, _BUILDERS, n=3, cutoff=0.5)
    if close:
        return f"the nearest is {' or '.join(close)}"
    return f"what there is: {', '.join(list_nets())}"
