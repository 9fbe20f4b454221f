"""The table of layers: exact numbers, and nothing but a look at the network."""

from __future__ import annotations

import json
import random

import mxnet as mx
import numpy as onp
import pytest
from mxnet import np, npx
from mxnet.gluon import HybridBlock, nn

import gluon_nets as gn
from gluon_nets.summary import Summary, summary

npx.set_np()

NETS = gn.list_nets()
SMALL = [name for name in NETS if name != "vgg11"]


def table(name, shape, depth=1, **options) -> Summary:
    return summary(gn.get_net(name, **options), shape, depth)


def hybridized(net):
    net.hybridize(static_alloc=True, static_shape=True)
    return net


# --- exact numbers ------------------------------------------------------------------

# name, options, shape, parameters, multiply-adds (and bias adds) of one image. The
# parameters with three channels and 1000 classes are those of torchvision's networks.
EXACT = [
    ("regnetx32", {}, (1, 1, 96, 96), 177_322, 40_293_162),
    ("resnet18", {}, (1, 1, 96, 96), 11_175_370, 318_657_546),
    ("resnet18", {"shortcut_bn": False}, (1, 1, 96, 96), 11_174_474, 318_689_802),
    ("vgg11", {}, (1, 1, 224, 224), 128_806_154, None),
    ("vgg11_quarter", {}, (1, 1, 224, 224), 43_093_322, None),
    ("vgg11_quarter", {}, (1, 1, 56, 56), 17_927_498, None),
    ("vgg11_quarter", {}, (1, 1, 84, 84), 19_500_362, None),
    ("resnet18", {"num_classes": 1000}, (1, 3, 224, 224), 11_689_512, None),
    ("vgg11", {"num_classes": 1000}, (1, 3, 224, 224), 132_863_336, None),
]


@pytest.mark.parametrize("name, options, shape, params, flops", EXACT)
def test_exact_numbers(name, options, shape, params, flops):
    found = table(name, shape, **options)
    assert found.params == params
    if flops is not None:
        assert found.flops == flops


# the chapters' numbers, in millions of multiply-adds without bias adds
PUBLISHED = [
    ("regnetx32", {}, (1, 1, 96, 96), 40.3),
    ("resnet18", {}, (1, 1, 96, 96), 318.7),
    ("vgg11", {}, (1, 1, 224, 224), 7_547),
    ("vgg11_quarter", {}, (1, 1, 224, 224), 512),
    ("vgg11_quarter", {}, (1, 1, 56, 56), 45.7),
    ("vgg11_quarter", {}, (1, 1, 84, 84), 81.9),
    ("vgg11", {"num_classes": 1000}, (1, 3, 224, 224), 7_485 + 124),
    ("resnet18", {"num_classes": 1000}, (1, 3, 224, 224), 1_814),
]


@pytest.mark.parametrize("name, options, shape, millions", PUBLISHED)
def test_published_flops(name, options, shape, millions):
    # a bias add per output of VGG's convolutions is 0.1 to 0.3 % of the whole
    assert table(name, shape, **options).flops / 1e6 == pytest.approx(millions, rel=4e-3)


def test_the_dead_biases_of_the_chapter():
    """Its ResNet-18 has a bias before each BatchNorm: 3,904 numbers more than ours."""
    ours = table("resnet18", (1, 1, 96, 96), depth=9, shortcut_bn=False)
    before_bn = 64 + 2 * 2 * (64 + 128 + 256 + 512)
    assert before_bn == 3_904
    assert ours.params + before_bn == 11_178_378


MAPS = {
    "regnetx32": (96, [(32, 48, 48), (32, 24, 24), (80, 12, 12), (80,), (10,)]),
    "resnet18": (
        96,
        [(64, 24, 24), (64, 24, 24), (128, 12, 12), (256, 6, 6), (512, 3, 3), (512,)]
        + [(10,)],
    ),
    "vgg11": (
        224,
        [(64, 112, 112), (128, 56, 56), (256, 28, 28), (512, 14, 14), (512, 7, 7)]
        + [(25_088,), (4096,), (4096,), (4096,), (4096,), (10,)],
    ),
}


@pytest.mark.parametrize("name", MAPS)
def test_the_maps_that_the_chapters_show(name):
    size, maps = MAPS[name]
    found = table(name, (3, 1, size, size))
    assert [row.output for row in found.rows] == [(3, *map_) for map_ in maps]


# --- independent counts -------------------------------------------------------------


def leaves(block):
    children = list(block._children.values())
    return [leaf for child in children for leaf in leaves(child)] or [block]


def count_by_running(net, shape):
    """(parameters, flops of one image), from what each layer gave in a run."""
    flops = []

    def record(layer, _, y):
        if isinstance(layer, (nn.Conv2D, nn.Dense)):
            taps = layer.weight.data()[0].size
            flops.append(y[0].size * (taps + (layer.bias is not None)))

    for layer in leaves(net):
        layer.register_forward_hook(record)
    net(np.zeros(shape)).wait_to_read()
    trainable = [p for p in net.collect_params().values() if p.grad_req != "null"]
    return sum(p.data().size for p in trainable), sum(flops)


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("shape", [(1, 3, 32, 32), (2, 1, 47, 33)], ids=str)
def test_numbers_are_those_of_a_run(name, shape):
    found = table(name, shape, num_classes=7)
    run = count_by_running(gn.get_net(name, num_classes=7), shape)
    assert (found.params, found.flops) == run


@pytest.mark.parametrize("name", SMALL)
def test_outputs_are_those_of_a_run(name):
    net, shape, ran = gn.get_net(name), (2, 3, 40, 33), []
    expected = summary(net, shape)
    for child in net._children.values():
        child.register_forward_hook(lambda b, x, y: ran.append((type(b), y.shape)))
    net(np.zeros(shape))
    assert [(row.layer, row.output) for row in expected.rows] == [
        (kind.__name__, output) for kind, output in ran
    ]


def test_flops_are_of_one_image():
    one, many = (table("regnetx32", (n, 1, 32, 32)) for n in (1, 7))
    assert [row.flops for row in one.rows] == [row.flops for row in many.rows]
    assert [row.params for row in one.rows] == [row.params for row in many.rows]


# --- depth --------------------------------------------------------------------------


@pytest.mark.parametrize("name", NETS)
def test_a_deeper_table_has_the_same_totals(name):
    shape = (1, 1, 64, 64)
    tables = [table(name, shape, depth) for depth in (1, 2, 3, 9)]
    assert len({(found.params, found.flops) for found in tables}) == 1
    assert len({found.rows[-1].output for found in tables}) == 1
    assert len(tables[1].rows) > len(tables[0].rows)


@pytest.mark.parametrize("name", NETS)
def test_the_rows_of_a_layer_sum_up_to_it(name):
    shape = (1, 1, 64, 64)
    flat, deep = (table(name, shape, depth) for depth in (1, 2))
    for row in flat.rows:
        inner = [r for r in deep.rows if r.name.split(".")[0] == row.name]
        assert inner[-1].output == row.output
        assert sum(r.params for r in inner) == row.params, row.name
        assert sum(r.flops for r in inner) == row.flops, row.name


def test_names_lead_to_the_layers():
    rows = table("resnet18", (1, 1, 64, 64), depth=2).rows
    assert [row.name for row in rows[:4]] == ["stem.0", "stem.1", "stage1.0", "stage1.1"]
    assert [row.layer for row in rows[:3]] == ["ConvBN", "MaxPool2D", "ResidualBlock"]


# --- nothing but a look -------------------------------------------------------------


def parameters(net):
    """What there is of each parameter: its array, or its shape while it is deferred."""
    found = {}
    for key, p in net._collect_params_with_prefix().items():
        found[key] = p.shape if p._data is None else p.data().asnumpy().tolist()
    return found


@pytest.mark.parametrize("prepare", [lambda net: net, hybridized], ids=["plain", "static"])
@pytest.mark.parametrize("in_channels", [None, 1], ids=["deferred", "declared"])
@pytest.mark.parametrize("name", ["regnetx32", "vgg11_quarter"])
def test_the_same_before_and_after(name, in_channels, prepare):
    shape = (2, 1, 32, 32)
    net = gn.get_net(name, in_channels=in_channels)
    expected = summary(net, shape)
    prepare(net)
    assert summary(net, shape) == expected, "after hybridization"
    y = net(np.ones(shape)).asnumpy()
    assert summary(net, shape) == expected, "after a batch"
    onp.testing.assert_array_equal(net(np.ones(shape)).asnumpy(), y)
    untouched = prepare(gn.get_net(name, in_channels=in_channels))
    onp.testing.assert_array_equal(untouched(np.ones(shape)).asnumpy(), y)


@pytest.mark.parametrize("in_channels", [None, 1], ids=["deferred", "declared"])
def test_parameters_do_not_change(in_channels):
    net = gn.get_net("regnetx32", in_channels=in_channels)
    before = parameters(net)
    summary(net, (1, 1, 32, 32))
    assert parameters(net) == before
    assert (before["stem.conv.weight"] == (32, 0, 3, 3)) == (in_channels is None)


def test_what_was_compiled_stays():
    net = hybridized(gn.get_net("regnetx32"))
    net(np.zeros((2, 1, 32, 32)))
    compiled = net._cached_op
    assert compiled is not None
    summary(net, (1, 1, 48, 48))
    assert net._active and net._cached_op is compiled


def test_random_states_do_not_change():
    def draws(between):
        for module in (mx.random, onp.random, random):
            module.seed(5)
        between()
        ours = np.random.uniform(size=3).asnumpy().tolist()
        return ours, onp.random.random(), random.random()

    untouched = draws(lambda: None)
    assert draws(lambda: table("vgg11_quarter", (1, 1, 32, 32))) == untouched


def test_nothing_is_printed(capfd):
    net = gn.get_net("vgg11_quarter")
    capfd.readouterr()
    summary(net, (1, 1, 32, 32))
    with pytest.raises(ValueError):
        summary(net, (1, 1, 3, 3))
    assert capfd.readouterr() == ("", "")


# --- what does not fit --------------------------------------------------------------


@pytest.mark.parametrize(
    "shape",
    [(1, 96, 96), (1, 1, 1, 96, 96), (), (0, 1, 96, 96), (1, 1, -3, 96), (1, 1, 9.0, 9)],
    ids=str,
)
def test_a_bad_shape_is_named(shape):
    with pytest.raises(ValueError) as caught:
        table("regnetx32", shape)
    assert str(caught.value).startswith(f"shape is {shape}: it must be (N, C, H, W)")


def test_a_list_is_a_shape_too():
    assert table("regnetx32", [1, 1, 32, 32]) == table("regnetx32", (1, 1, 32, 32))


@pytest.mark.parametrize("depth", [1, 9])
def test_an_image_too_small_is_named_with_what_fits(depth):
    with pytest.raises(ValueError, match="3×3 is no size for resnet18: .* is 17×17$"):
        table("resnet18", (1, 1, 3, 3), depth)


# --- as text and as data ------------------------------------------------------------


@pytest.mark.parametrize("name", NETS)
def test_the_text_holds_every_number(name):
    found = table(name, (1, 1, 64, 64))
    _, _, first, *lines, last = str(found).splitlines()
    assert "(1, 1, 64, 64)" in first
    assert len(lines) == len(found.rows)
    for line, row in zip(lines, found.rows):
        cells = (row.name, row.layer, str(row.output), f"{row.params:,}", f"{row.flops:,}")
        assert line.replace(str(row.output), "").split() == [*cells[:2], *cells[3:]]
        assert cells[2] in line
    assert last.split() == ["total", f"{found.params:,}", f"{found.flops:,}"]


def test_data_survives_json():
    found = table("regnetx32", (1, 1, 64, 64))
    data = json.loads(json.dumps(found.as_dict()))
    assert data["input"] == [1, 1, 64, 64]
    assert (data["params"], data["flops"]) == (found.params, found.flops)
    assert len(data["rows"]) == len(found.rows)
    for row, expected in zip(data["rows"], found.rows):
        assert tuple(row.pop("output")) == expected.output
        assert row == {
            key: getattr(expected, key) for key in ("name", "layer", "params", "flops")
        }


# --- networks of the user -----------------------------------------------------------


def initialized(*blocks, prefix=None):
    net = nn.HybridSequential(prefix=prefix)
    with net.name_scope():
        net.add(*blocks)
    net.initialize()
    return net


class Twice(HybridBlock):
    """A convolution applied twice."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2D(4, 3, padding=1, in_channels=4)

    def hybrid_forward(self, F, x):
        return self.conv(self.conv(x))


class Double(HybridBlock):
    """The half of the image's sides, in a way that leaves no parameters."""

    def hybrid_forward(self, F, x):
        return F.np.concatenate([x, x], axis=1)


def test_any_block_is_one_row():
    net = Twice()
    net.initialize()
    (row,) = summary(net, (1, 4, 8, 8)).rows
    assert (row.layer, row.output, row.params) == ("Twice", (1, 4, 8, 8), 148)


def test_layers_without_parameters_have_a_row():
    found = summary(initialized(Double(), nn.Conv2D(2, 1)), (1, 3, 8, 8))
    assert [(row.output[1], row.params) for row in found.rows] == [(6, 0), (2, 14)]


@pytest.mark.parametrize("prefix", ["net_output_", "output_", "output0_"])
def test_names_may_hold_the_word_output(prefix):
    net = initialized(nn.Conv2D(4, 3), nn.Flatten(), nn.Dense(10), prefix=prefix)
    found = summary(net, (1, 1, 8, 8))
    assert [row.params for row in found.rows] == [40, 0, 1450]


def test_a_layer_applied_twice_computes_twice_with_one_set_of_parameters():
    net = Twice()
    net.initialize()
    found = summary(net, (1, 4, 8, 8))
    assert (found.params, found.flops) == count_by_running(net, (1, 4, 8, 8))
