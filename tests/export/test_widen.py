"""Groups of loaded graphs are wide, and the answers the same."""

from __future__ import annotations

import json

import mxnet as mx
import numpy as onp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mxnet import np

import gluon_nets as gn
from gluon_nets import grouped
from gluon_nets.export import mxnet_formats
from gluon_nets.export.widen import block_diagonal


@given(
    wide=st.integers(1, 4),
    merged=st.integers(1, 4),
    widths=st.tuples(*2 * [st.integers(1, 5)]),
)
def test_it_is_the_networks_block_diagonal(wide, merged, widths):
    groups = wide * merged
    shape = (groups * widths[0], widths[1], 3, 3)
    weight = onp.random.default_rng(0).normal(size=shape).astype("float32")
    expected = grouped.block_diagonal(mx, np.array(weight), shape, groups, merged)
    found = block_diagonal(weight, groups, merged)
    onp.testing.assert_array_equal(found, expected.asnumpy())


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
