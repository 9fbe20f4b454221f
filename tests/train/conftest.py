"""A few images, small networks, and what two runs are compared by."""

from __future__ import annotations

import gluon_nets as gn  # isort: skip  before MXNet: it sets the number of threads
import mxnet as mx
import numpy as np
import pytest
from mxnet.gluon import nn

from gluon_nets.initialize import initialize

ARCH = gn.Arch(8, (gn.Stage(1, 16, group_width=8),))


def few(images=96, tests=50, **options):
    """The first images of the sample, 8×8, in batches of 16."""
    known = {"batch_size": 16, "resize": 8, "subset": "sample"}
    data = gn.FashionMNIST(**{**known, **options})
    for name, count in (("train", images), ("validation", tests), ("test", tests)):
        split = getattr(data, name)
        if split is not None:
            chosen = np.arange(min(count, len(split)))
            setattr(data, name, split.part(name, chosen))
    return data


def plain(seed=0, num_classes=10, dropout=0.0):
    """A network whose images do not depend on each other: no BatchNorm."""
    net = nn.HybridSequential()
    net.add(nn.Conv2D(8, 3, 2, activation="relu"))
    if dropout:
        net.add(nn.Dropout(dropout))
    net.add(nn.Dense(num_classes))
    return initialize(net, seed)


def anynet(seed=0, num_classes=10):
    """A stem and one block, with BatchNorm and groups; no registered name."""
    return initialize(gn.AnyNet(ARCH, num_classes, in_channels=1), seed)


def dropout(seed=0):
    return plain(seed, dropout=0.5)


def deferred(seed=0):
    """A network whose first batch decides all shapes, those of BatchNorm too."""
    net = nn.HybridSequential()
    net.add(nn.Conv2D(8, 3, 2), nn.BatchNorm(), nn.Activation("relu"), nn.Dense(10))
    return initialize(net, seed)


def bits(net) -> dict:
    """The bytes of every parameter on every device."""
    return {
        key: [value.asnumpy().tobytes() for value in parameter.list_data()]
        for key, parameter in net._collect_params_with_prefix().items()
    }


def figures(history) -> dict:
    """A history without what depends on the clock."""
    fields = history.as_dict()
    for epoch in fields["epochs"]:
        del epoch["seconds"], epoch["images_per_second"]
    return fields


@pytest.fixture(name="few", scope="session")
def _few():
    return few


@pytest.fixture(name="plain", scope="session")
def _plain():
    return plain


@pytest.fixture(name="anynet", scope="session")
def _anynet():
    return anynet


@pytest.fixture(name="dropout", scope="session")
def _dropout():
    return dropout


@pytest.fixture(name="deferred", scope="session")
def _deferred():
    return deferred


@pytest.fixture(name="bits", scope="session")
def _bits():
    return bits


@pytest.fixture(name="figures", scope="session")
def _figures():
    return figures


@pytest.fixture(scope="session")
def arch():
    """The numbers of `anynet`."""
    return ARCH


@pytest.fixture(scope="session")
def two():
    """Two devices, both of them the CPU."""
    return [mx.cpu(0), mx.cpu(1)]


@pytest.fixture
def no_figures(monkeypatch):
    """Runs save no curves, which takes longer than their training."""
    monkeypatch.setattr(gn.History, "plot", lambda self, path=None: None)
