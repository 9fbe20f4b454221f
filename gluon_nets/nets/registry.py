"""How a name, or its numbers, become a network."""

from __future__ import annotations

import dataclasses
from typing import Any, Mapping

import numpy as np

from gluon_nets.arch import Arch
from gluon_nets.catalog import description
from gluon_nets.checks import check_count
from gluon_nets.initialize import initialize
from gluon_nets.nets.alexnet import AlexNet
from gluon_nets.nets.anynet import AnyNet
from gluon_nets.nets.googlenet import GoogLeNet
from gluon_nets.nets.mlp import MLP
from gluon_nets.nets.vgg import VGG
from gluon_nets.specs import (
    AlexNetSpec,
    GoogLeNetSpec,
    MLPSpec,
    VGGSpec,
    find,
)

# kind of numbers -> kind of network
KINDS = {
    Arch: AnyNet,
    VGGSpec: VGG,
    AlexNetSpec: AlexNet,
    GoogLeNetSpec: GoogLeNet,
    MLPSpec: MLP,
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
        What is to differ from the family's table: a field of the network's spec, as
        `shortcut_bn`, `stride_on` and `stem` of an `Arch`, `bn` and `head` of a
        `VGGSpec`.

    Returns
    -------
    HybridBlock
        With the attribute `spec`, a `NetSpec`; its docstring names the source, what was
        changed, and the complexity of the network as it is made here.

    Raises
    ------
    ValueError
        Where the name is unknown (with the nearest ones), or a number does not fit.
    """
    entry, options = find(name), {key: _plain(v) for key, v in options.items()}
    ends = {"num_classes": _plain(num_classes), "in_channels": _plain(in_channels)}
    numbers = with_options(entry.spec, name, options)
    net = build(numbers, **ends, seed=seed)
    made = {**ends, "in_channels": in_channels or entry.in_channels, "spec": numbers}
    net.__doc__ = str(description(name, dataclasses.replace(entry, **made), options))
    net.spec = NetSpec(name, {**ends, **options})
    return net


def _plain(value):
    """NumPy's numbers as Python's: a checkpoint keeps the options as JSON."""
    return value.item() if isinstance(value, np.generic) else value


def build(spec, num_classes: int = 10, in_channels: int | None = None, seed: int = 0):
    """The network of an `Arch` or another spec, initialized by Xavier's rule.

    Parameters
    ----------
    spec : Arch, VGGSpec, AlexNetSpec, GoogLeNetSpec or MLPSpec
        The numbers.
    num_classes, in_channels, seed
        As for `get_net`.

    Returns
    -------
    HybridBlock

    Raises
    ------
    ValueError
        Where it is none of these, or a number does not fit.
    """
    if type(spec) not in KINDS:
        known = ", ".join(kind.__name__ for kind in KINDS)
        raise ValueError(f"{spec!r} is no network's numbers: what fits is {known}")
    check_count("num_classes", num_classes)
    if in_channels is not None:
        check_count("in_channels", in_channels)
    net = KINDS[type(spec)](spec, num_classes, in_channels or 0)
    return initialize(net, seed)


def with_options(numbers, name: str, options: Mapping[str, Any]):
    """A spec with some of its fields replaced.

    Raises
    ------
    ValueError
        Where it has no such field, or the field is a table of its own.
    """
    known = [
        field.name
        for field in dataclasses.fields(numbers)
        if not isinstance(getattr(numbers, field.name), tuple)
    ]
    for option in options:
        if option not in known:
            fits = ", ".join(known) or "none"
            raise ValueError(f"{name} has no option {option!r}: what fits is {fits}")
    return dataclasses.replace(numbers, **options)
