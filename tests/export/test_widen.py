"""Groups of loaded graphs are wide, and the answers the same."""

from __future__ import annotations

import json

import numpy as onp
import pytest
from mxnet import np

import gluon_nets as gn
from gluon_nets import grouped
from gluon_nets.export import mxnet_formats


@pytest.fixture(scope="module")
def narrow():
    """A network with groups of 4 channels, and with one group for each channel."""
    stages = gn.Stage(1, 32, 4), gn.Stage(1, 64, 1)
    net = gn.AnyNet(gn.Arch(32, stages), num_classes=10, in_channels=1)
    net.initialize()
    return net


@pytest.mark.parametrize("format", ["symbol", "fused"])
@pytest.mark.parametrize("block", [8, 16])
def test_a_loaded_graph_has_wide_groups(
    narrow, images, tmp_path, monkeypatch, format, block
):
    monkeypatch.setattr(grouped, "block_width", lambda: block)
    x, folder = images(3), tmp_path / "net"
    expected = narrow(np.array(x)).asnumpy()
    names = tuple("abcdefghij")
    gn.export_net(narrow, folder, format, input_shape=x.shape[1:], class_names=names)
    found = gn.load_export(folder)(x)
    onp.testing.assert_allclose(found, expected, atol=1e-4)
    nets = [mxnet_formats.read_block(folder, widen) for widen in (False, True)]
    groups = [sorted(groups_of(net)) for net in nets]
    assert groups == [[8, 64], [32 // block, 64]]


def groups_of(net) -> list[int]:
    """Numbers of groups of a loaded network's grouped convolutions."""
    nodes = json.loads(net._cached_graph[1].tojson())["nodes"]
    found = [int(node.get("attrs", {}).get("num_group", 1)) for node in nodes]
    return [groups for groups in found if groups > 1]
