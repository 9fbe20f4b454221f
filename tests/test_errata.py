"""The errata of `docs/errata.md`: the book's form, the right one, and what differs.

Each literal form is written anew here, only as far as the mistake needs it. A test
holds both forms to the number that the page predicts for them.
"""

from __future__ import annotations

import dataclasses
import platform
import re
import signal
import subprocess
import sys
from pathlib import Path

import mxnet as mx
import numpy as onp
import pytest
from mxnet import autograd, np, npx
from mxnet.gluon import HybridBlock, nn

from gluon_nets import blocks, layers
from gluon_nets.arch import Arch, Stage
from gluon_nets.blocks import ResidualBlock, ResNeXtBlock
from gluon_nets.compatible import adjust, inner_width
from gluon_nets.cost import complexity
from gluon_nets.costs import complexities
from gluon_nets.graph import operators, symbol_of
from gluon_nets.nets.anynet import AnyNet
from gluon_nets.quantized import regnet_arch
from gluon_nets.specs import find
from gluon_nets.study.named import get_space
from gluon_nets.study.sampling import sample
from gluon_nets.table import acts, flops, summary

npx.set_np()

PAGE = Path(__file__).resolve().parents[1] / "docs" / "errata.md"
IMAGE = (1, 1, 96, 96)  # what the chapters' tables of ResNet-18 and RegNetX32 are of


def params(net, shape=IMAGE) -> int:
    return summary(net, shape).params


def multiply_adds(net, shape=IMAGE) -> int:
    """`flops` without bias adds: one per output of each layer that has a bias."""
    nodes = [n for n in operators(symbol_of(net), shape) if flops(n)]
    bias_adds = sum(acts(n) for n in nodes if not n.attrs.get("no_bias", False))
    return sum(map(flops, nodes)) - bias_adds


def ours(name: str, **changes) -> AnyNet:
    """A network of the package, not initialized: the graph alone is looked at."""
    return AnyNet(dataclasses.replace(find(name).spec, **changes))


# --- the chapters' forms ------------------------------------------------------------


def chain(*parts) -> nn.HybridSequential:
    body = nn.HybridSequential()
    body.add(*parts)
    return body


def conv_bn(channels, kernel, stride=1, groups=1, *, bias=True, relu=True):
    """As the chapters have it: Gluon's default bias stays on in front of BatchNorm."""
    conv = nn.Conv2D(
        channels, kernel, stride, kernel // 2, groups=groups, use_bias=bias
    )
    relus = [nn.Activation("relu")] if relu else []
    return chain(conv, nn.BatchNorm(), *relus)


class LiteralShortcut(HybridBlock):
    """relu(f(x) + shortcut(x)), where the caller says whether to project."""

    def __init__(self, transform, projection):
        super().__init__()
        self.transform, self.projection = transform, projection

    def hybrid_forward(self, F, x):
        shortcut = x if self.projection is None else self.projection(x)
        return F.npx.activation(self.transform(x) + shortcut, act_type="relu")


class LiteralResidual(LiteralShortcut):
    """The basic block: biases, and a projection without BatchNorm where asked for."""

    def __init__(self, channels, project=False, stride=1):
        super().__init__(
            chain(conv_bn(channels, 3, stride), conv_bn(channels, 3, relu=False)),
            nn.Conv2D(channels, 1, stride) if project else None,
        )


class LiteralX(LiteralShortcut):
    """The X block: `groups` is a group's width, and `bot_mul` multiplies."""

    def __init__(self, channels, groups, bot_mul, project=False, stride=1, bias=True):
        inner = int(round(channels * bot_mul))
        last = {"bias": bias, "relu": False}
        super().__init__(
            chain(
                conv_bn(inner, 1, bias=bias),
                conv_bn(inner, 3, stride, inner // groups, bias=bias),
                conv_bn(channels, 1, **last),
            ),
            conv_bn(channels, 1, stride, **last) if project else None,
        )


def literal_resnet18() -> nn.HybridSequential:
    stem = chain(conv_bn(64, 7, 2), nn.MaxPool2D(3, 2, 1))
    stages = [chain(LiteralResidual(64), LiteralResidual(64))]
    for width in (128, 256, 512):
        first = LiteralResidual(width, project=True, stride=2)
        stages.append(chain(first, LiteralResidual(width)))
    return chain(stem, *stages, nn.GlobalAvgPool2D(), nn.Dense(10))


def literal_regnetx32(later_block, bias=True) -> nn.HybridSequential:
    """The 32 layers; `later_block` makes the blocks behind the first of a stage."""
    net = chain(conv_bn(32, 3, 2, bias=bias))
    for depth, width in ((4, 32), (6, 80)):
        first = LiteralX(width, 16, 1, project=True, stride=2, bias=bias)
        later = [later_block(width, 16, 1, bias) for _ in range(depth - 1)]
        net.add(chain(first, *later))
    net.add(nn.GlobalAvgPool2D(), nn.Dense(10))
    return net


def called_right(width, group_width, bot_mul, bias):
    return LiteralX(width, group_width, bot_mul, bias=bias)


def called_wrong(width, group_width, bot_mul, bias):
    """E1: the width twice, so that every later number lands one place too far."""
    return LiteralX(width, width, group_width, bot_mul, bias=bias)


# --- E1: the arguments of a stage's later blocks ------------------------------------


@pytest.mark.parametrize(
    "later_block, bias, expected_params, expected_multiply_adds",
    [
        (called_wrong, True, 6_291_594, 1_140_093_728),
        (called_wrong, False, 6_274_250, 1_140_093_728),
        (called_right, True, 179_290, 40_293_152),
        (called_right, False, 177_322, 40_293_152),
    ],
)
def test_e1_one_argument_too_many_makes_a_network_35_times_as_large(
    later_block, bias, expected_params, expected_multiply_adds
):
    net = literal_regnetx32(later_block, bias)
    assert params(net) == expected_params
    assert multiply_adds(net) == expected_multiply_adds


def test_e1_our_regnetx32_is_the_right_form_without_biases():
    right = literal_regnetx32(called_right, bias=False)
    assert params(ours("regnetx32")) == params(right) == 177_322
    assert multiply_adds(ours("regnetx32")) == multiply_adds(right) == 40_293_152
    # the paper's 'flops' count the ten bias adds of the head as well
    assert complexity("regnetx32", 96, 1, 10).flops == 40_293_152 + 10


def test_e1_equal_shapes_do_not_tell_the_two_networks_apart():
    wrong, right = (literal_regnetx32(f) for f in (called_wrong, called_right))
    wrong, right = (
        [row.output for row in summary(net, IMAGE).rows] for net in (wrong, right)
    )
    assert wrong == right, "the shapes differ: then a table of shapes would show E1"
    assert [shape[1:3] for shape in right[:3]] == [(32, 48), (32, 24), (80, 12)]
    mine = {row.name: row.output for row in summary(ours("regnetx32"), IMAGE).rows}
    assert [mine[n] for n in ("stem", "stage1", "stage2")] == right[:3]


def test_e1_every_later_block_widens_16_times_and_projects_what_fits_already():
    wrong, right = called_wrong(32, 16, 1, True), called_right(32, 16, 1, True)
    x = (1, 32, 24, 24)
    assert convolutions(wrong, x) == [(512, 1), (512, 16), (32, 1), (32, 1)]
    assert convolutions(right, x) == [(32, 1), (32, 2), (32, 1)]


@pytest.mark.parametrize("c", [32, 80])
def test_e1_what_a_later_block_costs(c):
    """177 c² weights against 2 c² + 144 c, and scales and shifts of BatchNorm."""
    x = (1, c, 8, 8)
    assert params(called_wrong(c, 16, 1, False), x) == 177 * c**2 + 68 * c
    assert params(called_right(c, 16, 1, False), x) == 2 * c**2 + (144 + 6) * c


def test_e1_our_block_takes_its_numbers_by_name_only():
    with pytest.raises(TypeError, match="positional argument"):
        ResNeXtBlock(32, 32, 32, 16, 1)


def convolutions(net, shape) -> list[tuple[int, int]]:
    """(output channels, groups) of each convolution."""
    nodes = [n for n in operators(symbol_of(net), shape) if n.op == "Convolution"]
    return [(n.output[1], n.attrs["num_group"]) for n in nodes]


# --- E2: a width, not a number ------------------------------------------------------


def test_e2_groups_is_a_width_in_the_code_and_a_number_in_the_text():
    x = (4, 32, 96, 96)
    by_code = LiteralX(32, 16, 1)  # groups of 16 channels: 2 of them
    by_text = LiteralX(32, 32 // 16, 1)  # 16 groups: of 2 channels each
    assert [groups for _, groups in convolutions(by_code, x)] == [1, 2, 1]
    assert [groups for _, groups in convolutions(by_text, x)] == [1, 16, 1]
    assert (params(by_code, x), params(by_text, x)) == (6_944, 2_912)
    assert inner_width(32, group_width=16, bottleneck=1) == (32, 2)


def test_e2_read_as_a_number_regnetx32_loses_a_third_of_its_parameters():
    widths = [(stage.depth, stage.width) for stage in find("regnetx32").spec.stages]
    by_text = Arch(32, tuple(Stage(d, w, group_width=w // 16) for d, w in widths))
    assert complexity("regnetx32", 96, 1, 10).params == 177_322
    assert complexity(by_text, 96, 1, 10).params == 113_674


# --- E3: the bottleneck's direction -------------------------------------------------


def test_e3_a_ratio_of_2_widens_in_the_code_and_narrows_in_the_text():
    x = (1, 64, 8, 8)
    by_code = LiteralX(64, 16, 2, bias=False)
    by_text = ResNeXtBlock(64, 64, group_width=16, bottleneck=2)
    assert convolutions(by_code, x)[0] == (128, 1)
    assert convolutions(by_text, x)[0] == (32, 1)
    assert (params(by_code, x), params(by_text, x)) == (35_456, 8_960)


def test_e3_the_code_has_the_inverse_of_our_bottleneck():
    by_code = LiteralX(64, 16, 1 / 2, bias=False)
    by_text = ResNeXtBlock(64, 64, group_width=16, bottleneck=2)
    assert convolutions(by_code, (1, 64, 8, 8)) == convolutions(by_text, (1, 64, 8, 8))


def test_e3_a_ratio_of_1_hides_the_direction():
    by_code = LiteralX(64, 16, 1, bias=False)
    by_text = ResNeXtBlock(64, 64, group_width=16, bottleneck=1)
    assert params(by_code, (1, 64, 8, 8)) == params(by_text, (1, 64, 8, 8))
    assert {stage.bottleneck for stage in find("regnetx32").spec.stages} == {1}


# --- E4: groups that do not divide --------------------------------------------------


def literal_groups(width, bot_mul, group_width) -> int:
    return int(round(width * bot_mul)) // group_width


# width, b, group width; the groups of the literal form; what `adjust` makes of it
MISFITS = [
    (24, 4.0, 16, 0, (24, 6)),  # the inner width is below the group width
    (56, 1.0, 16, 3, (64, 16)),  # 3 does not divide 56
    (40, 1.0, 16, 2, (32, 16)),  # 2 divides 40, into groups of 20
]


@pytest.mark.parametrize("width, b, group_width, groups, mended", MISFITS)
def test_e4_misfits_are_named_or_mended(width, b, group_width, groups, mended):
    assert literal_groups(width, 1 / b, group_width) == groups
    with pytest.raises(ValueError, match=f"group_width {group_width} does not divide"):
        inner_width(width, group_width, b)
    with pytest.raises(ValueError, match=f"stage 1: .* makes it width {mended[0]} "):
        AnyNet(Arch(32, (Stage(1, width, group_width, b),)))
    assert adjust(width, group_width, b) == mended
    inner, groups = inner_width(*mended, b)
    assert inner == groups * mended[1], "adjust made numbers that do not fit"


@pytest.mark.skipif(
    platform.machine() not in ("x86_64", "AMD64") or not hasattr(signal, "SIGFPE"),
    reason="only x86 processors trap a division by zero",
)
def test_e4_zero_groups_kill_the_interpreter(tmp_path):
    """No exception: MXNet divides by the number of groups, where it infers a shape."""
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_CORE, (0, 0))\n"
        "from mxnet.gluon import nn; print('ready', flush=True)\n"
        f"nn.Conv2D(6, 3, groups={literal_groups(24, 0.25, 16)})"
    )
    child = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert child.stdout.strip() == "ready", child.stderr
    assert child.returncode == -signal.SIGFPE, child.stderr


def test_e4_a_number_of_groups_that_does_not_divide_fails_inside_mxnet():
    with pytest.raises(mx.MXNetError, match="must divide group size") as error:
        LiteralX(56, 16, 1)
    # without the place and the time of day, which are numbers too
    reason = str(error.value).split("Check failed")[-1]
    assert "56" not in reason, "MXNet names the width after all"


def test_e4_one_that_divides_by_chance_is_another_network():
    block = LiteralX(40, 16, 1)
    assert convolutions(block, (1, 40, 8, 8))[1] == (40, 2), "not groups of 20"


# --- E5: dead biases ----------------------------------------------------------------


def test_e5_regnetx32_has_1968_biases_in_front_of_batch_norm():
    outputs = 32 + (4 * 3 + 1) * 32 + (6 * 3 + 1) * 80  # stem, stages, projections
    with_biases = literal_regnetx32(called_right, bias=True)
    assert params(with_biases) - params(ours("regnetx32")) == outputs == 1_968


def x_block_and_images():
    mx.random.seed(5)
    block = LiteralX(8, 4, 1, project=True, stride=2)
    block.initialize(mx.init.Xavier())
    images = np.random.normal(size=(16, 6, 8, 8))
    block(images)
    biases = list(block.collect_params(".*bias").values())
    assert len(biases) == 4
    return block, images, biases


def test_e5_no_bias_in_front_of_batch_norm_has_a_gradient():
    block, images, biases = x_block_and_images()
    with autograd.record():
        y = block(images)
        loss = (y * np.random.normal(size=y.shape)).sum()
    loss.backward()
    largest = {
        name: float(abs(p.grad()).max())
        for name, p in block.collect_params().items()
        if p.grad_req != "null"
    }
    dead = {bias.name: largest.pop(bias.name) for bias in biases}
    assert max(dead.values()) < 1e-4 * min(largest.values()), (dead, largest)


def test_e5_outputs_in_training_do_not_depend_on_the_biases():
    block, images, biases = x_block_and_images()

    def outputs(train):
        with autograd.record(train_mode=train):
            return block(images).asnumpy()

    before = {train: outputs(train) for train in (True, False)}
    for bias in biases:
        bias.set_data(np.random.normal(size=bias.shape))
    onp.testing.assert_allclose(outputs(True), before[True], rtol=1e-3, atol=1e-4)
    # not so with the running means of the old biases, or this test would see nothing
    assert abs(outputs(False) - before[False]).max() > 0.1


# --- E6: BatchNorm on the projections -----------------------------------------------


@pytest.mark.parametrize(
    "make, expected",
    [
        (literal_resnet18, 11_178_378),
        (lambda: ours("resnet18"), 11_175_370),
        (lambda: ours("resnet18", shortcut_bn=False), 11_174_474),
    ],
    ids=["literal", "BatchNorm", "bias"],
)
def test_e6_three_resnets_of_18_layers(make, expected):
    net = make()
    assert params(net) == expected
    assert multiply_adds(net) == 318_657_536, "only biases and BatchNorm may differ"


def test_e6_what_lies_between_the_three():
    """A number for each output of the projections, or of all other convolutions."""
    norm, bias = ours("resnet18"), ours("resnet18", shortcut_bn=False)
    nodes = operators(symbol_of(bias), IMAGE)
    convolutions = [node for node in nodes if node.op == "Convolution"]
    outputs = {True: 0, False: 0}
    for node in convolutions:
        outputs[node.attrs["kernel"] == (1, 1)] += node.output[1]
    assert outputs == {True: 896, False: 3_904}
    # a scale and a shift on the projections against a bias
    assert params(norm) - params(bias) == outputs[True]
    # E5's dead biases, which the book's form has besides
    assert params(literal_resnet18()) - params(bias) == outputs[False]


# --- E7: a projection by hand -------------------------------------------------------


def test_e7_a_forgotten_projection_shows_only_when_the_block_runs():
    block = LiteralResidual(6)
    block.initialize()
    with pytest.raises(mx.MXNetError, match="could not be broadcast together"):
        block(np.ones((4, 3, 6, 6))).asnumpy()


def test_e7_with_one_channel_in_it_never_shows():
    """The one map is added to all six: neither the identity nor a projection."""
    block = LiteralResidual(6)
    block.initialize()
    assert block(np.ones((4, 1, 6, 6))).shape == (4, 6, 6, 6)


@pytest.mark.parametrize("in_channels", [1, 3])
def test_e7_our_block_derives_its_projection(in_channels):
    x = (4, in_channels, 6, 6)
    block = ResidualBlock(in_channels, 6)
    assert convolutions(block, x) == [(6, 1)] * 3
    assert summary(block, x).rows[-1].output == (4, 6, 6, 6)


# --- E8: what is not hybridized -----------------------------------------------------


class Forward(HybridBlock):
    """Overrides `forward`, as a `Block` would."""

    runs = 0

    def forward(self, x):
        self.runs += 1
        return x + x


class HybridForward(HybridBlock):
    runs = 0

    def hybrid_forward(self, F, x):
        self.runs += 1
        return x + x


def runs_of_python(block) -> list[int]:
    """How often the body has run after each of four calls of the hybridized block."""
    block.hybridize()
    runs = []
    for _ in range(4):
        assert float(block(np.ones(1))) == 2
        runs.append(block.runs)
    return runs


def test_e8_overriding_forward_bypasses_hybridization_silently():
    assert runs_of_python(Forward()) == [1, 2, 3, 4]
    traced = runs_of_python(HybridForward())
    assert len(set(traced)) == 1, f"the body ran again after the trace: {traced}"


def test_e8_a_plain_sequence_fits_in_no_hybrid_block():
    class Net(HybridBlock):
        def __init__(self):
            super().__init__()
            self.body = nn.Sequential()

    with pytest.raises(ValueError, match="must also be HybridBlock"):
        Net()


def test_e8_no_block_of_ours_overrides_forward():
    ours = [
        thing
        for module in (blocks.plain, blocks.residual, layers)
        for thing in vars(module).values()
        if isinstance(thing, type) and thing.__module__ == module.__name__
    ]
    assert len(ours) > 10
    assert [block.__name__ for block in ours if "forward" in vars(block)] == []


# --- E10: two empirical distribution functions --------------------------------------


def at_most(errors, e) -> float:
    return float(onp.mean(onp.asarray(errors) <= e))


def below(errors, e) -> float:
    return float(onp.mean(onp.asarray(errors) < e))


def test_e10_the_two_definitions_differ_where_errors_are_tied():
    errors = [0.25, 0.375, 0.375, 0.5]  # of networks tested on eight images
    assert (at_most(errors, 0.375), below(errors, 0.375)) == (0.75, 0.25)
    assert at_most(errors, max(errors)) == 1 and below(errors, max(errors)) == 0.75
    assert at_most(errors, 0.4) == below(errors, 0.4) == 0.75  # no error is 0.4


@pytest.mark.parametrize(
    "letter, rising", [("C", set()), ("D", {"width"}), ("E", {"width", "depth"})]
)
def test_e9_from_c_to_d_it_is_the_widths_that_rise(letter, rising):
    drawn = sample(get_space(f"AnyNetX_{letter}"), 60, seed=0)
    archs = [drawn.arch(row) for row in range(len(drawn))]
    for name in ("width", "depth"):
        numbers = onp.array([[getattr(s, name) for s in a.stages] for a in archs])
        falls = (onp.diff(numbers, axis=1) < 0).any(axis=1)
        assert falls.any() != (name in rising), f"{name}s of {letter}"


# --- E13, E14, E16: a name, a count, a cost -----------------------------------------


def test_e13_regnetx32_is_not_regnetx_32gf():
    assert complexity("regnetx32", 96, 1, 10).params == 177_322
    assert complexity("regnetx_32gf").params == 107_811_560
    # for the same images and classes it stays a matter of a factor of 400
    assert complexity("regnetx32").params == 258_088
    # the 32 are layers: stem, three for each block, dense
    assert 1 + 3 * find("regnetx32").spec.depth + 1 == 32


def test_e14_seventeen_numbers_with_the_stem_and_sixteen_without():
    """With two choices for each number every combination is a network of its own."""
    choices = each_choice([1, 3], [32, 64], [4, 8], [1.0, 2.0])  # of d, w, g and b
    twice = [complexities(*choices, stem_width=width) for width in (32, 48)]
    assert [len(cost.params) for cost in twice] == [65_536, 65_536]
    assert (twice[0].params < twice[1].params).all(), "the stem's width is the 17th"
    assert sum(len(cost.params) for cost in twice) == 131_072
    assert regnet_arch(32, 5, 2.5, 10, 16).stem_width == 32, "fixed, as in the paper"


def each_choice(*pairs) -> list:
    """Tables (designs, 4) of every choice of the pairs in each of four stages."""
    bits = onp.indices((2,) * 4 * len(pairs)).reshape(len(pairs), 4, -1)
    return [onp.array(pair)[chosen.T] for pair, chosen in zip(pairs, bits)]


@pytest.mark.parametrize(
    "name, size, expected",
    [("regnetx32", 96, 7.3e13), ("vgg11_quarter", 224, 9.2e14)],
)
def test_e16_ten_epochs_cost(name, size, expected):
    forward = complexity(name, size, in_channels=1, num_classes=10).flops
    # the backward pass costs two forward passes: one for inputs, one for weights
    assert 3 * forward * 60_000 * 10 == pytest.approx(expected, rel=0.01)


def test_e16_the_mistake_of_e1_costs_28_times_as_much():
    wrong = 3 * multiply_adds(literal_regnetx32(called_wrong)) * 60_000 * 10
    assert wrong == pytest.approx(2.05e15, rel=0.01)
    assert wrong / 7.25e13 == pytest.approx(28.3, rel=0.01)


# --- the page -----------------------------------------------------------------------


def test_the_page_names_tests_that_exist():
    named = set(re.findall(r"`(test_\w+)`", PAGE.read_text(encoding="utf-8")))
    assert named, "the page names no test"
    assert sorted(named - set(globals())) == []


def test_the_page_has_a_section_for_each_entry_of_its_table():
    text = PAGE.read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[(E\d+)\]", text, re.MULTILINE)
    sections = re.findall(r"^### (E\d+) ", text, re.MULTILINE)
    assert rows == sections
    tested = {name.split("_")[1].upper() for name in globals() if name[:6] == "test_e"}
    assert tested <= set(rows), "the page lacks an entry that is tested here"


def test_only_mistakes_of_words_and_of_another_framework_have_no_test():
    text = PAGE.read_text(encoding="utf-8")
    rows = re.findall(r"(?m)^\| \[(E\d+)\].* \|([^|]*)\|$", text)
    assert [row for row, test in rows if "test_e" not in test] == [
        *("E11", "E12", "E15", "E17")
    ]


def test_the_page_links_to_sections_that_exist():
    text = PAGE.read_text(encoding="utf-8")
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    # as GitHub makes them: lower case, no punctuation, hyphens for spaces
    anchors = {re.sub(r"[^\w -]", "", t.lower()).replace(" ", "-") for t in titles}
    links = set(re.findall(r"\]\(#([^)]*)\)", text))
    assert links and sorted(links - anchors) == []
