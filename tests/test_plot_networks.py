"""Pictures of networks say what the networks are: in words, boxes and bars."""

from __future__ import annotations

import io
import pkgutil
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_rgb
from matplotlib.patches import Ellipse
from matplotlib.text import Text
from mxnet.gluon import HybridBlock, nn
from PIL import Image

import gluon_nets as gn
from gluon_nets import plot
from gluon_nets.blocks import ResNeXtBlock, VGGBlock
from gluon_nets.blocks.plain import InceptionBlock
from gluon_nets.graph import operators, symbol_of
from gluon_nets.plot.boxes import boxes_of
from gluon_nets.plot.diagram import boxes_inside
from gluon_nets.plot.ideas import CLASSES, TARGET, function_classes
from gluon_nets.plot.layout import arrange
from gluon_nets.plot.picture import DARK_PNG
from gluon_nets.plot.theme import THEMES
from gluon_nets.specs import find
from gluon_nets.specs.googlenet import Inception

X32 = find("regnetx32").spec


def texts(picture: plot.Picture, theme: str = "light") -> list[str]:
    found = picture.figure(theme).findobj(Text)
    return [text.get_text() for text in found if text.get_text()]


PICTURES = {
    "template": lambda: plot.template(X32, 96, 1, 10),
    "template of single blocks": lambda: plot.template(
        gn.Arch(8, (gn.Stage(1, 16, group_width=8, se_ratio=0.25),)), 96
    ),
    "block": lambda: plot.block(X32, 2, 1),
    "flow": lambda: plot.flow(VGGBlock(2, 64), (1, 3, 32, 32)),
    "feature_maps": lambda: plot.feature_maps(gn.AnyNet(X32), (1, 1, 96, 96)),
    "shares": lambda: plot.shares(gn.AnyNet(X32), (1, 1, 96, 96)),
    "widths": lambda: plot.widths(X32, find("regnetx_400mf").spec),
    "function_classes": plot.function_classes,
    "group_weights": lambda: plot.group_weights(8, 8),
    "receptive_fields": lambda: plot.receptive_fields((5,), (3, 3)),
}


@pytest.mark.parametrize("name", PICTURES)
class TestEachPicture:
    def test_is_drawn_on_light_and_on_dark_paper_with_the_same_words(self, name):
        picture = PICTURES[name]()
        assert texts(picture, "light") == texts(picture, "dark")
        for theme in THEMES.values():
            image = Image.open(io.BytesIO(picture.png(theme.name))).convert("RGB")
            corner = np.array(image.getpixel((0, 0))) / 255
            assert np.allclose(corner, to_rgb(theme.paper), atol=0.02)
            assert len(image.getcolors()) > 3, "nothing is drawn"

    def test_no_words_run_over_its_edges(self, name):
        figure = PICTURES[name]().figure()
        figure.draw_without_rendering()
        whole = figure.bbox.padded(1)
        ticks = [  # some of them stand beyond the axes, and are not drawn
            label
            for axes in figure.axes
            for axis in (axes.xaxis, axes.yaxis)
            for label in axis.get_ticklabels(which="both")
        ]
        boxes = [
            (text.get_text(), text.get_window_extent())
            for text in figure.findobj(Text)
            if text.get_text() and not any(text is tick for tick in ticks)
        ]
        for word, box in boxes:
            assert whole.contains(box.x0, box.y0), word
            assert whole.contains(box.x1, box.y1), word

    def test_a_notebook_gets_both_and_the_words(self, name):
        picture = PICTURES[name]()
        data, notes = picture._repr_mimebundle_()
        assert set(data) == {"image/png", DARK_PNG, "text/plain"}
        assert data["text/plain"] == picture.alt == repr(picture)
        assert notes["image/png"]["alt"] == picture.alt
        assert picture.png() == picture.png(), "the same bytes each time"

    def test_is_saved(self, name, tmp_path):
        picture = PICTURES[name]()
        picture.save(tmp_path / "it.png")
        with Image.open(tmp_path / "it.png") as image:
            assert image.text["Description"] == picture.alt
        picture.save(tmp_path / "it.svg", "dark")
        assert THEMES["dark"].paper in (tmp_path / "it.svg").read_text()


def luminance(color: str) -> float:
    """WCAG 2.2's relative luminance."""
    parts = np.array(to_rgb(color))
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
def test_words_and_lines_can_be_read(theme):
    for ground in (theme.paper, *theme.fills.values()):
        assert contrast(theme.ink, ground) >= 7
    assert contrast(theme.quiet, theme.paper) >= 4.5
    for color in theme.lines:
        assert contrast(color, theme.paper) >= 3, color


def test_no_public_name_is_that_of_a_module():
    modules = {module.name for module in pkgutil.iter_modules(plot.__path__)}
    assert modules.isdisjoint(plot.__all__)
    assert all(callable(getattr(plot, name)) for name in plot.__all__)


def test_an_unknown_theme_is_named():
    with pytest.raises(ValueError, match="theme is 'pink': what fits is light, dark"):
        plot.function_classes().figure("pink")


def test_a_blocks_boxes_are_its_operators():
    stage = gn.Stage(2, 32, group_width=8, bottleneck=2.0, se_ratio=0.25)
    words = plot.block(gn.Arch(16, (stage,)), 1, 1, 96).alt
    assert words == (
        "stage 1, block 1. 0: 16×48×48; 1: 1×1 conv, 16, BN, ReLU; "
        "2: 3×3 conv, 16, 2 groups / 2, BN, ReLU; 3: global average pool; "
        "4: dense, 4, ReLU; 5: dense, 16, sigmoid; 6: product of 2 and 5; "
        "7: 1×1 conv, 32, BN; 8: 1×1 conv, 32 / 2, BN of 0; 9: sum of 7 and 8; "
        "10: ReLU."
    )


@pytest.mark.parametrize("block", ["residual", "preact_residual", "vanilla"])
def test_only_a_vanilla_block_has_no_sum(block):
    arch = gn.Arch(16, (gn.Stage(2, 16),), block=block)
    drawn = plot.block(arch, 1, 2).alt
    assert ("sum of" in drawn) == (block != "vanilla")
    assert drawn.count("3×3 conv") == 2


@pytest.mark.parametrize(
    "stage, number, told",
    [(3, 1, "stage is 3: the arch has 1 to 2"), (2, 7, "stage 2 has blocks 1 to 6")],
)
def test_a_block_that_is_not_there_is_named(stage, number, told):
    with pytest.raises(ValueError, match=told):
        plot.block(X32, stage, number)


GRAPHS = {
    "X": (ResNeXtBlock(16, 32, group_width=8, stride=2, se_ratio=0.25), (1, 16, 8, 8)),
    "Inception": (
        InceptionBlock(16, Inception(4, (4, 8), (4, 8), 4)),
        (1, 16, 8, 8),
    ),
}


@pytest.mark.parametrize("name", GRAPHS)
def test_boxes_stand_apart_and_all_arrows_lead_down(name):
    net, shape = GRAPHS[name]
    nodes = operators(symbol_of(net), shape)
    boxes = boxes_of(nodes, shape)
    places, lanes = arrange(boxes)
    assert set(lanes) == {(s, b) for b, box in enumerate(boxes) for s in box.sources}
    for start, end in lanes:
        assert places[start][0] < places[end][0]
    for index, (row, column) in enumerate(places):
        for other, (there, side) in enumerate(places[:index]):
            assert column != side or abs(row - there) >= 0.5, (index, other)


def test_pooling_is_left_out_only_where_it_does_nothing():
    net = nn.HybridSequential()
    net.add(nn.Conv2D(8, 3), nn.MaxPool2D(1, 2), nn.GlobalMaxPool2D(), nn.Dense(3))
    words = plot.flow(net, (1, 1, 8, 8), "it").alt
    assert words == (
        "it. 0: 1×8×8; 1: 3×3 conv, 8; 2: 1×1 max pool / 2; 3: global max pool; "
        "4: dense, 3."
    )


def test_operators_of_ones_own_are_named():
    class Own(HybridBlock):
        def hybrid_forward(self, F, x):
            y = F.npx.pooling(x, kernel=(2, 2), stride=(2, 2))
            return (y * 2 + 1).mean(axis=1)

    assert plot.flow(Own(), (1, 4, 8, 8)).alt == (
        "Own. 0: 4×8×8; 1: 2×2 max pool / 2; 2: multiply 2.0; 3: add 1.0; "
        "4: mean over 1."
    )


def test_a_network_without_costs_has_no_shares():
    with pytest.raises(ValueError, match="has no parameters, flops or activations"):
        plot.shares(nn.Flatten(), (1, 1, 8, 8))


def test_no_operator_is_left_out():
    net, shape = GRAPHS["X"]
    nodes = operators(symbol_of(net), shape)
    words = " ".join(" ".join(box.lines) for box in boxes_of(nodes, shape))
    assert words.count("conv") == sum(node.op == "Convolution" for node in nodes)
    assert words.count("dense") == sum(node.op == "FullyConnected" for node in nodes)
    norms = sum("BatchNorm" in node.op for node in nodes)
    assert len(re.findall(r"\bBN\b", words)) == norms


def test_a_template_has_the_sizes_of_the_networks_maps():
    words = plot.template(X32, 96, 1, 10).alt
    for row in gn.summary(gn.AnyNet(X32), (1, 1, 96, 96)).rows:
        if row.name.startswith("st"):
            assert "×".join(map(str, row.output[1:])) in words


@pytest.mark.parametrize(
    "depths, block, count",
    [((4, 6), (1, 2), 6), ((1, 3), (2, 2), 6), ((1, 1), (1, 1), 7)],
    ids=["deep", "second stage", "one block a stage"],
)
def test_a_template_shows_network_stages_and_the_inside_of_a_block(
    depths, block, count
):
    stages = tuple(gn.Stage(d, 16 * i, group_width=8) for i, d in enumerate(depths, 1))
    arch = gn.Arch(8, stages)
    picture = plot.template(arch, 96, 1, 10)
    stage, number = block
    inside = plot.block(arch, stage, number, 96).alt.split(". ", 1)[1]
    assert picture.alt.endswith(f"Inside stage {stage}, block {number}: {inside}")
    drawn = texts(picture)
    assert f"inside stage {stage}, block {number}" in drawn
    assert [text for text in drawn if text.startswith("stage")] == [
        f"stage {i}: {s}" for i, s in enumerate(stages, 1)
    ]
    boxes = boxes_inside(arch, stage, number, 96)
    assert len(boxes) == count
    for box in boxes:
        assert "\n".join(box.lines) in drawn, "a box of the block is not drawn"


def test_feature_maps_and_shares_are_those_of_the_summary():
    net, shape = gn.AnyNet(X32), (1, 1, 96, 96)
    table = gn.summary(net, shape)
    maps, shares = plot.feature_maps(net, shape).alt, plot.shares(net, shape).alt
    for row in table.rows:
        assert f"{row.name} {'×'.join(map(str, row.output[1:]))}" in maps
        if row.params:
            assert f"{row.name}: {row.params / table.params:.1%} of params" in shares


def test_widths_need_archs_and_a_title_for_each():
    with pytest.raises(ValueError, match="there are 0 archs"):
        plot.widths()
    with pytest.raises(ValueError, match="1 archs and 2 titles"):
        plot.widths(X32, titles=("a", "b"))


@settings(deadline=None, max_examples=20)
@given(st.lists(st.sampled_from([1, 3, 5, 7]), min_size=1, max_size=4))
def test_receptive_fields_are_those_of_gradients(kernels):
    """An input is seen by the middle output where its weight of the sum is not zero."""
    size = 2 + sum(kernels)
    response = np.zeros(2 * size + 1)
    response[size] = 1
    for kernel in kernels:
        response = np.convolve(response, np.ones(kernel), "same")
    seen = int((response > 0).sum())
    assert plot.receptive_fields(kernels).alt.endswith(f"see {seen} inputs.")


def test_bad_kernels_and_groups_are_named():
    with pytest.raises(ValueError, match="kernel is 4: it must be odd"):
        plot.receptive_fields((4,))
    with pytest.raises(ValueError, match="groups is 3: it must divide 8 and 8"):
        plot.group_weights(8, 8, (3,))


def test_nested_classes_are_nested_and_never_further_from_the_target():
    words = function_classes().alt
    apart, nested = re.findall(r"are ([\d., ]+?)[:\s]*(?:some|they)", words)
    apart, nested = (
        [float(x) for x in re.findall(r"\d\.\d", part)] for part in (apart, nested)
    )
    assert len(apart) == len(nested) == CLASSES
    assert nested == sorted(nested, reverse=True)
    assert apart != sorted(apart, reverse=True)


def test_each_nested_class_contains_the_one_before_and_none_the_target():
    for axes in function_classes().figure().axes:
        ellipses = [p for p in axes.patches if isinstance(p, Ellipse)]
        shapes = [p.get_path().transformed(p.get_patch_transform()) for p in ellipses]
        assert not any(shape.contains_point(TARGET) for shape in shapes)
        rims = [shape.interpolated(20).vertices for shape in shapes]
        inside = [
            larger.contains_points(rim).all() for larger, rim in zip(shapes, rims[1:])
        ]
        assert all(inside) == (axes.get_title() != "not nested")
