"""Whether a network fits its data, and how it gets onto its devices."""

from __future__ import annotations

from typing import Sequence

import mxnet as mx
from mxnet import np
from mxnet.gluon import HybridBlock

from gluon_nets.graph import check_input, name_of


def is_hybrid(net) -> bool:
    """Whether `hybridize` has an effect: a HybridBlock that keeps Gluon's `forward`."""
    return isinstance(net, HybridBlock) and type(net).forward is HybridBlock.forward


def check_fits(net, data) -> None:
    """Check that a network takes the data's images and gives one number for each class.

    Raises
    ------
    ValueError
        Where the images are too small for the network's strides, or the number of
        outputs is not the number of classes.
    """
    shape = (1, *data.image_shape)
    if is_hybrid(net):
        output = check_input(net, shape)
    else:  # no graph to read: try one image
        devices = next(iter(net.collect_params().values())).list_ctx()
        output = net(np.zeros(shape, ctx=devices[0])).shape
    if tuple(output) != (1, data.num_classes):
        raise ValueError(
            f"{name_of(net)} gives {output[1:]} for an image, and {data.name} has "
            f"{data.num_classes} classes: build it with num_classes={data.num_classes}"
        )


def place(net, devices: Sequence[mx.Context]) -> None:
    """Move a network to its devices and hybridize it with static memory.

    What was hybridized by hand stays as it is. A graph traced for another kind of
    device is traced again: layers choose their operators by it.
    """
    parameters = net.collect_params()
    moved = [p for p in parameters.values() if set(p.list_ctx()) != set(devices)]
    if moved:
        parameters.reset_ctx(list(devices))
    if is_hybrid(net) and (moved or not net._active):
        net.hybridize(static_alloc=True, static_shape=True)
