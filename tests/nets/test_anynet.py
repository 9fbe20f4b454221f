"""AnyNet: of random numbers, the network costs what the numbers say, and runs."""

from __future__ import annotations

import numpy as onp
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from mxnet import np, npx

from gluon_nets.arch import BLOCKS, GROUPED, PREACT, STEMS, Arch, Stage
from gluon_nets.cost import complexity
from gluon_nets.nets import build
from gluon_nets.nets.anynet import AnyNet
from gluon_nets.table import summary

npx.set_np()


@st.composite
def archs(draw, largest=48):
    """Any number of stages, group widths that do not divide, b in both directions."""
    block = draw(st.sampled_from(BLOCKS))
    options = {}
    if block in GROUPED:
        options["stride_on"] = draw(st.sampled_from(["conv3", "conv1"]))
    if block in ("resnext", "residual"):
        options["shortcut_bn"] = draw(st.booleans())
    stages = []
    for _ in range(draw(st.integers(1, 4))):
        numbers = {"stride": draw(st.integers(1, 2))}
        if block in GROUPED:
            numbers["group_width"] = draw(st.integers(1, largest))
            numbers["bottleneck"] = draw(st.sampled_from([0.25, 0.5, 1, 2, 4]))
            numbers["se_ratio"] = draw(st.sampled_from([0.0, 0.0, 0.25, 1.0]))
        depth, width = draw(st.integers(1, 3)), draw(st.integers(1, largest))
        stages.append(Stage(depth, width, **numbers))
    stem, width = draw(st.sampled_from(STEMS)), draw(st.integers(1, largest))
    return Arch(width, tuple(stages), block, stem, **options).adjusted()


rests = st.integers(0, 70)
channels = st.sampled_from([1, 3])
classes = st.integers(1, 20)


@given(archs(), rests, rests, channels, classes)
@settings(max_examples=60)
def test_numbers_and_graph_agree(arch, height, width, in_channels, num_classes):
    """Two counts that share nothing: over the numbers, and over the operators.

    Of any height and width, odd ones and those that no stride divides.
    """
    size = (arch.stride + height, arch.stride + width)
    expected = complexity(arch, size, in_channels, num_classes)
    found = summary(AnyNet(arch, num_classes), (1, in_channels, *size))
    assert (found.params, found.flops, found.acts) == (
        expected.params,
        expected.flops,
        expected.acts,
    )


@given(archs(largest=24), channels, classes)
@settings(max_examples=15)
def test_any_arch_is_a_network_that_runs(arch, in_channels, num_classes):
    assume(arch.stride <= 16)
    net = build(arch, num_classes)
    images = np.ones((2, in_channels, arch.stride, arch.stride))
    logits = net(images).asnumpy()
    assert logits.shape == (2, num_classes)
    assert onp.isfinite(logits).all()
    net.hybridize(static_alloc=True, static_shape=True)
    again = net(images).asnumpy()
    onp.testing.assert_allclose(again, logits, atol=1e-5 * max(1, abs(logits).max()))


@pytest.mark.parametrize("block", BLOCKS)
def test_what_only_some_blocks_have(block):
    grouped = {"group_width": 8} if block in GROUPED else {}
    net = AnyNet(Arch(16, (Stage(1, 16, **grouped),), block))
    keys = set(net._collect_params_with_prefix())
    assert any(key.startswith("bn.") for key in keys) == (block in PREACT)
    projected = any(".shortcut." in key for key in keys)
    assert projected == (block != "vanilla")


def test_what_cannot_be_built_is_refused_with_what_can():
    arch = Arch(16, (Stage(1, 20, group_width=16),))
    with pytest.raises(ValueError, match="stage 1: group_width 16 .* adjusted"):
        AnyNet(arch)
    AnyNet(arch.adjusted())
