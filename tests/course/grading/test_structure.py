from __future__ import annotations

import dataclasses
import time

import pytest
from mxnet import np, npx
from mxnet.gluon import nn

import gluon_nets as gn
from course.grading.structure import structure_of
from gluon_nets.arch import GROUPED, Arch, Stage
from gluon_nets.specs import VGGSpec, find
from tests.course.grading.book import (
    RELUS,
    Inception,
    Mean,
    PreActivated,
    Residual,
    ResNeXtBlock,
    Squeeze,
    graph_of,
    regnet,
    resnet,
    sequence,
    stem,
    vgg,
)

npx.set_np()
IMAGE = (1, 32, 32)
KINDS = {
    "resnext": "bottleneck",
    "residual": "basic",
    "preact_resnext": "preact_bottleneck",
    "preact_residual": "preact_basic",
    "vanilla": "vanilla",
}


def structure(net, *image):
    return structure_of(graph_of(net, *(image or IMAGE)))


def check_arch(arch: Arch, found) -> None:
    """Whether all numbers of an arch are found."""
    assert (found.stem.kind, found.stem.width) == (arch.stem, arch.stem_width)
    assert set(found.kinds) == {KINDS[arch.block]}
    assert found.depths == tuple(stage.depth for stage in arch.stages)
    assert found.widths == tuple(stage.width for stage in arch.stages)
    assert found.strides == tuple(stage.stride for stage in arch.stages)
    assert all(stage.uniform for stage in found.stages)
    if arch.block in GROUPED:
        assert found.group_widths == tuple(stage.group_width for stage in arch.stages)
        assert found.bottlenecks == tuple(stage.bottleneck for stage in arch.stages)
        for stage, wanted in zip(found.stages, arch.stages):
            assert stage.se_ratio == pytest.approx(wanted.se_ratio, abs=0.03)
    assert found.head.kind == "gap" and found.head.hidden == ()
    assert found.head.norm == arch.block.startswith("preact")
    relu_after = arch.block in ("resnext", "residual")
    assert all(block.relu_after_add == relu_after for block in found.blocks)


NAMES = [
    "regnetx32",
    "regnety_200mf",
    "resnet18",
    "resnet18_v2",
    "resnet20",
    "resnet50",
    "resnet50_v2",
    "resnext50_32x4d",
    "vionet_bottleneck",
    "vanilla56",
]


@pytest.mark.parametrize("name", NAMES)
def test_an_arch_is_found_again(name):
    check_named(name)


def check_named(name: str) -> None:
    entry = find(name)
    size = max(64, entry.image_size)
    check_arch(entry.spec, structure(gn.get_net(name), 1, size, size))


@pytest.mark.slow
def test_every_arch_is_found_again():
    for name in gn.list_nets():
        if isinstance(find(name).spec, Arch):
            check_named(name)


@pytest.mark.parametrize("block", sorted(KINDS))
@pytest.mark.parametrize("stem_", ["conv3", "conv3_s1", "conv7_pool"])
def test_stems_and_stages_without_a_stride(block, stem_):
    more = {"group_width": 4, "bottleneck": 2.0} if block in GROUPED else {}
    stages = (Stage(2, 16, stride=1, **more), Stage(1, 32, stride=1, **more))
    arch = Arch(8, (*stages, Stage(3, 64, stride=2, **more)), block, stem_)
    check_arch(arch, structure(gn.build(arch)))


def test_the_stride_on_the_first_convolution_and_a_bias_on_the_shortcut():
    stage = Stage(2, 16, 8, stride=2)
    arch = Arch(8, (stage,), stride_on="conv1", shortcut_bn=False)
    first, second = structure(gn.build(arch)).blocks
    assert (first.stride_on, first.shortcut, first.shortcut_norm) == (
        *(0, "projection"),
        False,
    )
    assert (second.stride_on, second.shortcut, second.shortcut_norm) == (
        *(None, "identity"),
        None,
    )


@pytest.mark.parametrize("relu", RELUS)
@pytest.mark.parametrize("swapped", [False, True])
def test_residual_blocks_in_every_way(relu, swapped):
    found = structure(resnet(relu=relu, swapped=swapped, projection_bn=swapped))
    assert (found.stem.kind, found.kinds) == ("conv3", ("basic", "basic"))
    assert (found.depths, found.widths, found.strides) == ((2, 2), (8, 16), (2, 2))
    first, second, *_ = found.blocks
    assert (first.shortcut, first.shortcut_norm) == ("projection", swapped)
    assert (second.shortcut, second.kernels, second.norms) == ("identity", (3, 3), 2)
    assert all(block.relu_after_add for block in found.blocks)
    assert found.head.units == (10,)


def test_the_same_network_has_the_same_digest():
    digests = {
        graph_of(resnet(mean=mean, **ways), *IMAGE).digest
        for ways in (
            {},
            *({"relu": relu} for relu in RELUS),
            {"swapped": True},
        )
        for mean in (None, "mean")
    }
    assert len(digests) == 1


@pytest.mark.parametrize("mean", ["mean", "keepdims", "kernel"])
def test_the_mean_over_maps_in_every_way(mean):
    assert graph_of(resnet(mean=mean), *IMAGE) == graph_of(resnet(), *IMAGE)
    assert structure(resnet(mean=mean)).head.kind == "gap"


def test_the_books_regnet():
    found = structure(regnet())
    assert found.kinds == ("bottleneck", "bottleneck")
    assert (found.depths, found.widths, found.strides) == ((1, 2), (16, 32), (2, 2))
    assert (found.group_widths, found.bottlenecks) == ((8, 8), (1, 1))
    assert [block.groups for block in found.blocks] == [2, 4, 4]


def test_bot_mul_is_one_over_the_bottleneck():
    assert structure(regnet(bot_mul=0.5)).bottlenecks == (2, 2)
    assert structure(regnet(bot_mul=2)).bottlenecks == (0.5, 0.5)


@pytest.mark.parametrize("way", ["index", "convolutions", "expand", "reshape", "npx"])
def test_squeeze_and_excitation_in_every_way(way):
    block = ResNeXtBlock(16, 8, 1)
    block.se = Squeeze(16, 4, way)
    found = structure(sequence(stem(16), block, nn.GlobalAvgPool2D(), nn.Dense(10)))
    (block,) = found.blocks
    assert (block.se, block.se_width, block.se_after) == (True, 4, 1)
    assert (block.kind, block.kernels, block.se_ratio) == (
        *("bottleneck", (1, 3, 1)),
        0.25,
    )
    assert [dense.units for dense in found.dense] == [10]


def test_squeeze_and_excitation_behind_a_block():
    net = sequence(stem(), Residual(8), Squeeze(8, 2), Mean("mean"), nn.Dense(10))
    (block,) = structure(net).blocks
    assert (block.kind, block.se_width, block.se_after) == ("basic", 2, -1)


@pytest.mark.parametrize("shares", [True, False])
def test_preactivation_in_both_ways(shares):
    blocks = [
        PreActivated(8, True, 2, shares),
        PreActivated(8),
        PreActivated(16, True, 2, shares),
    ]
    tail = [nn.BatchNorm(), nn.Activation("relu"), nn.GlobalAvgPool2D(), nn.Dense(10)]
    for first in (stem(), nn.Conv2D(8, 3, padding=1)):
        found = structure(sequence(first, blocks, tail))
        assert set(found.kinds) == {"preact_basic"}
        assert (found.depths, found.strides) == ((2, 1), (2, 2))
        assert found.head.norm
        assert not any(block.relu_after_add for block in found.blocks)


@pytest.mark.parametrize("join", ["numpy", "nested"])
def test_branches(join):
    net = sequence(
        *(nn.Conv2D(8, 7, 2, 3, activation="relu"), nn.MaxPool2D(3, 2, 1)),
        *(nn.Conv2D(8, 1), nn.Conv2D(16, 3, padding=1), nn.MaxPool2D(3, 2, 1)),
        *(Inception(join), Inception(join), nn.MaxPool2D(3, 2, 1), Inception(join)),
        *(nn.GlobalAvgPool2D(), nn.Dense(10)),
    )
    found = structure(net, 1, 64, 64)
    assert (found.stem.kind, found.stem.stride, found.stem.width) == ("other", 8, 16)
    assert (found.kinds, found.depths) == (("branches", "branches"), (2, 1))
    assert found.strides == (1, 2)
    (block, *_) = found.blocks
    assert (block.width, block.shortcut) == (20, "none")
    if join == "numpy":
        kernels = {branch.kernels for branch in block.branches}
        assert kernels == {(1,), (1, 3), (1, 5)} and len(block.branches) == 4
        assert [branch.pool for branch in block.branches].count("max") == 1


class Dense3(nn.Block):
    """Concatenated to what it reads, as DenseNet's layers."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2D(4, 3, padding=1)

    def forward(self, x):
        return np.concatenate([x, npx.relu(self.conv(x))], axis=1)


def test_dense_blocks_are_branches():
    net = sequence(stem(), Dense3(), Dense3(), nn.GlobalAvgPool2D(), nn.Dense(10))
    found = structure(net)
    assert (found.kinds, found.depths) == (("branches",), (2,))
    assert not any(block.residual for block in found.blocks)


@pytest.mark.parametrize("bn", [False, True])
@pytest.mark.parametrize("head", ["dense", "gap"])
def test_vgg(bn, head):
    arch = ((1, 8), (2, 16), (3, 32))
    net = vgg(arch, "dense" if head == "dense" else "mean", bn)
    found = structure(net)
    assert found.stem is None and set(found.kinds) == {"vgg"}
    assert [(b.convs, b.width, b.pool) for b in found.blocks] == [
        (convs, width, 2) for convs, width in arch
    ]
    assert [block.norms for block in found.blocks] == [bn * convs for convs, _ in arch]
    if head == "dense":
        assert found.head.kind == "flatten"
        assert found.head.units == (32, 32, 10) and found.head.hidden == (32, 32)
        assert found.head.dropout == (0.5, 0.5)
        assert [(d.activation, d.dropout) for d in found.dense] == [
            *[("relu", 0.5)] * 2,
            (None, 0),
        ]
    else:
        assert (found.head.kind, found.head.units) == ("gap", (10,))


def test_vgg_down_to_one_pixel():
    found = structure(vgg(((1, 8),) * 5))
    assert (len(found.blocks), found.blocks[-1].side) == (5, 1)
    assert found.head.kind == "flatten"


def test_vgg_with_blocks_that_do_not_pool():
    spec = VGGSpec(((1, 8), (1, 16, False), (2, 32), (2, 64)))
    found = structure(gn.build(spec))
    assert [(b.convs, b.width, b.pool) for b in found.blocks] == [
        *[(1, 8, 2), (1, 16, 1)],
        *[(2, 32, 2), (2, 64, 2)],
    ]


def test_alexnet():
    found = structure(gn.get_net("alexnet_zoo"), 3, 224, 224)
    assert (found.stem.kernels, found.stem.strides, found.stem.pool) == ((11,), (4,), 2)
    assert [block.kernels for block in found.blocks] == [(5,), (3,), (3, 3)]
    assert found.head.units[:2] == (4096, 4096)


def test_network_in_network_has_no_dense_layer():
    net = sequence(stem(), nn.Conv2D(10, 1), nn.GlobalAvgPool2D(), nn.Flatten())
    found = structure(net)
    assert (found.head.kind, found.head.units, found.head.classes) == ("gap", (), 10)
    assert found.dense == ()


def test_a_convolution_on_one_pixel_is_a_dense_layer_of_the_head():
    net = resnet()
    tail = [nn.GlobalAvgPool2D(), nn.Conv2D(10, 1), nn.Flatten()]
    found = structure(sequence(*list(net._children.values())[:-2], *tail))
    assert (found.head.kind, found.head.units) == ("gap", (10,))


class DenseResidual(nn.Block):
    """relu(x + f(x)) of dense layers."""

    def __init__(self, width, inner):
        super().__init__()
        self.one, self.two = nn.Dense(inner), nn.Dense(width)
        self.norm = nn.LayerNorm()

    def forward(self, x):
        return npx.relu(x + self.two(npx.relu(self.norm(self.one(x)))))


def test_mlp():
    net = sequence(
        *(nn.Flatten(), nn.Dense(64), nn.BatchNorm(), nn.Activation("relu")),
        *(nn.Dense(48), nn.LayerNorm(), nn.Swish(), nn.Dropout(0.25)),
        *(nn.Dense(32, use_bias=False), nn.GELU(), nn.Dense(10)),
    )
    found = structure(net)
    assert found.is_mlp and found.stem is None and found.stages == ()
    assert [d.units for d in found.dense] == [64, 48, 32, 10]
    assert [d.inputs for d in found.dense] == [1024, 64, 48, 32]
    assert [d.norm for d in found.dense] == ["norm", "layer_norm", None, None]
    assert [d.activation for d in found.dense] == ["relu", "silu", "gelu", None]
    assert [d.bias for d in found.dense] == [True, True, False, True]
    assert [d.dropout for d in found.dense] == [0, 0.25, 0, 0]
    assert not structure(vgg()).is_mlp and not structure(resnet()).is_mlp


def test_mlp_of_residual_blocks():
    blocks = [DenseResidual(32, 8), DenseResidual(32, 8)]
    found = structure(sequence(nn.Dense(32, activation="relu"), blocks, nn.Dense(10)))
    assert found.is_mlp and (found.stem.kind, found.stem.width) == ("dense", 32)
    assert (found.kinds, found.depths, found.widths) == (("dense",), (2,), (32,))
    assert found.bottlenecks == (4,)
    assert [d.units for d in found.dense] == [32, 8, 32, 8, 32, 10]
    assert found.head.units == (10,)


class Changed(Residual):
    """A residual block with a student's mistake."""

    def __init__(self, mistake, channels, *arguments):
        super().__init__(channels, *arguments)
        self.mistake = mistake

    def forward(self, X):
        Y = self.bn2(self.conv2(npx.relu(self.bn1(self.conv1(X)))))
        if self.mistake == "no shortcut":
            return npx.relu(Y)
        if self.conv3:
            X = self.conv3(X)
        if self.mistake == "no relu":
            return X + Y
        if self.mistake == "relu before the sum":
            return X + npx.relu(Y)
        return npx.relu(X * Y)


def mistaken(mistake):
    blocks = [Changed(mistake, 8, True, 2), Changed(mistake, 8), Residual(16, True, 2)]
    tail = nn.GlobalAvgPool2D(), nn.Dense(10)
    return structure(sequence(stem(), blocks, *tail))


def test_a_missing_shortcut_is_a_vanilla_block():
    found = mistaken("no shortcut")
    assert found.kinds == ("vanilla", "basic")
    assert (found.depths, found.strides, found.stem.kind) == ((2, 1), (2, 2), "conv3")


def test_missing_and_misplaced_activations():
    first, *_ = mistaken("no relu").blocks
    assert (first.kind, first.relu_after_add, first.preact) == ("basic", False, False)
    first, *_ = mistaken("relu before the sum").blocks
    assert (first.relu_after_add, first.relu_before_add) == (False, True)


def test_a_product_in_place_of_the_sum_is_no_known_block():
    assert mistaken("product").kinds == ("other", "basic")


def test_the_stride_on_another_block_moves_the_stages():
    blocks = [Residual(8), Residual(8, True, 2), Residual(16, True, 2)]
    found = structure(sequence(stem(), blocks, nn.GlobalAvgPool2D(), nn.Dense(10)))
    assert (found.depths, found.strides) == ((1, 1, 1), (1, 2, 2))


def test_blocks_of_a_stage_that_differ():
    blocks = [ResNeXtBlock(16, 8, 1), ResNeXtBlock(16, 4, 1)]
    found = structure(sequence(stem(16), blocks, Mean("mean"), nn.Dense(10)))
    assert (found.depths, found.stages[0].uniform) == ((2,), False)
    assert [block.group_width for block in found.blocks] == [8, 4]


class Tangled(nn.Block):
    """Branches that read each other."""

    def __init__(self):
        super().__init__()
        self.a, self.b, self.c = (nn.Conv2D(8, 3, padding=1) for _ in range(3))

    def forward(self, x):
        a = self.a(x)
        b = self.b(x + a)
        return self.c(a) + b


def test_what_is_like_nothing_known_is_other():
    net = sequence(stem(), Tangled(), nn.GlobalAvgPool2D(), nn.Dense(10))
    assert structure(net).kinds == ("other",)


def test_a_projection_with_pooling_and_many_branches():
    class Block(nn.Block):
        def __init__(self):
            super().__init__()
            self.convs = nn.Sequential()
            for _ in range(4):
                self.convs.add(nn.Conv2D(8, 3, padding=1))
            self.pool = nn.AvgPool2D(2, 2)
            self.down = nn.Conv2D(8, 3, 2, 1)
            self.one = nn.Conv2D(8, 1)

        def forward(self, x):
            y = self.convs[0](self.down(x)) + self.one(self.pool(x))
            return y + self.convs[1](y) + self.convs[2](y) + self.convs[3](y)

    found = structure(sequence(stem(), Block(), nn.GlobalAvgPool2D(), nn.Dense(10)))
    down, many = found.blocks
    assert (down.kind, down.shortcut, down.stride) == ("basic", "projection", 2)
    assert (many.kind, many.shortcut, len(many.branches)) == ("branches", "identity", 4)


def test_findings_are_plain_data():
    found = structure(regnet(se=4))
    assert dataclasses.replace(found) == found
    assert hash(found.blocks) == hash(structure(regnet(se=4)).blocks)


def test_sums_of_a_thing_with_itself_are_not_multiplied_out():
    class Doubled(nn.HybridBlock):
        def hybrid_forward(self, F, x):
            y = x
            for _ in range(60):
                y = y + y
            return y + x

    net = nn.HybridSequential()
    net.add(nn.Conv2D(8, 3, padding=1), Doubled(), nn.Flatten(), nn.Dense(10))
    begin = time.process_time()
    structure(net)
    assert time.process_time() - begin < 5
