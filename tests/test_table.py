"""The table of layers: exact numbers, and nothing but a look at the network."""

from __future__ import annotations

import json
import pkgutil
import random

import mxnet as mx
import numpy as onp
import pytest
from mxnet import np, npx
from mxnet.gluon import HybridBlock, nn

import gluon_nets as gn
from gluon_nets.table import Summary, summary

npx.set_np()

# of each kind of network one; `tests/nets/test_networks.py` counts them all
NETS = ["googlenet", "mlp", "regnetx32", "regnety_200mf", "resnet18", "vgg11_quarter"]


def table(name, shape, depth=1, **options) -> Summary:
    return summary(gn.get_net(name, **options), shape, depth)


def hybridized(net):
    net.hybridize(static_alloc=True, static_shape=True)
    return net


# --- exact numbers ------------------------------------------------------------------

# name, options, shape, parameters, and the published millions of multiply-adds, without
# bias adds. With three channels and 1000 classes they are those of torchvision.
PUBLISHED = [
    ("regnetx32", {}, (1, 1, 96, 96), 177_322, 40.3),
    ("resnet18", {}, (1, 1, 96, 96), 11_175_370, 318.7),
    ("vgg11", {}, (1, 1, 224, 224), 128_806_154, 7_547),
    ("vgg11_quarter", {}, (1, 1, 224, 224), 43_093_322, 512),
    ("vgg11_quarter", {}, (1, 1, 56, 56), 17_927_498, 45.7),
    ("vgg11_quarter", {}, (1, 1, 84, 84), 19_500_362, 81.9),
    ("resnet18", {"num_classes": 1000}, (1, 3, 224, 224), 11_689_512, 1_814),
    ("vgg11", {"num_classes": 1000}, (1, 3, 224, 224), 132_863_336, 7_485 + 124),
]


@pytest.mark.parametrize("name, options, shape, params, millions", PUBLISHED)
def test_published_numbers(name, options, shape, params, millions):
    found = table(name, shape, **options)
    assert found.params == params
    # a bias add per output of VGG's convolutions is 0.1 to 0.3 % of the whole
    assert found.flops / 1e6 == pytest.approx(millions, rel=4e-3)


@pytest.mark.parametrize(
    "name, options, params, flops",
    [
        ("regnetx32", {}, 177_322, 40_293_162),
        ("resnet18", {}, 11_175_370, 318_657_546),
        # three projections with a bias each instead of BatchNorm
        ("resnet18", {"shortcut_bn": False}, 11_174_474, 318_689_802),
    ],
)
def test_exact_numbers(name, options, params, flops):
    found = table(name, (1, 1, 96, 96), **options)
    assert (found.params, found.flops) == (params, flops)


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


def count_by_running(net, shape):
    """(parameters, flops, acts of one image), from what each layer gave in a run."""
    flops, acts = [], []

    def record(layer, _, y):
        if isinstance(layer, nn.MaxPool2D):
            acts.append(y[0].size * any(layer._kwargs["pad"]))
            return
        taps = layer.weight.data()[0].size
        flops.append(y[0].size * (taps + (layer.bias is not None)))
        acts.append(y[0].size)

    kinds = (nn.Conv2D, nn.Dense, nn.MaxPool2D)
    net.apply(lambda b: isinstance(b, kinds) and b.register_forward_hook(record))
    net(np.zeros(shape)).wait_to_read()
    trainable = [p for p in net.collect_params().values() if p.grad_req != "null"]
    return sum(p.data().size for p in trainable), sum(flops), sum(acts)


@pytest.mark.parametrize("name", NETS)
def test_numbers_are_those_of_a_run(name):
    net, shape = gn.get_net(name, num_classes=7), (2, 3, 47, 33)
    found = summary(net, shape)
    assert (found.params, found.flops, found.acts) == count_by_running(net, shape)


@pytest.mark.parametrize("name", NETS)
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
def test_the_rows_of_a_layer_sum_up_to_it(name):
    net, shape = gn.get_net(name), (1, 1, 64, 64)
    flat, deep, deepest = (summary(net, shape, depth) for depth in (1, 2, 9))
    assert len(flat.rows) < len(deep.rows) <= len(deepest.rows)
    totals = {(t.params, t.flops, t.acts) for t in (flat, deep, deepest)}
    assert len(totals) == 1
    for row in flat.rows:
        inner = [r for r in deep.rows if r.name.split(".")[0] == row.name]
        assert inner[-1].output == row.output
        assert sum(r.params for r in inner) == row.params, row.name
        assert sum(r.flops for r in inner) == row.flops, row.name
        assert sum(r.acts for r in inner) == row.acts, row.name


def test_names_lead_to_the_layers():
    rows = table("resnet18", (1, 1, 64, 64), depth=2).rows
    assert [row.name for row in rows[:4]] == [
        "stem.0",
        "stem.1",
        "stage1.0",
        "stage1.1",
    ]
    assert [row.layer for row in rows[:3]] == ["ConvBN", "MaxPool2D", "ResidualBlock"]


# --- nothing but a look -------------------------------------------------------------


def parameters(net):
    """What there is of each parameter: its array, or its shape while it is deferred."""
    found = {}
    for key, p in net._collect_params_with_prefix().items():
        found[key] = p.shape if p._data is None else p.data().asnumpy().tobytes()
    return found


@pytest.mark.parametrize(
    "name, in_channels, prepare",
    [
        ("regnetx32", None, lambda net: net),
        ("regnetx32", None, hybridized),
        ("regnetx32", 1, hybridized),
        ("vgg11_quarter", None, hybridized),
    ],
)
def test_the_same_before_and_after(name, in_channels, prepare):
    shape = (2, 1, 32, 32)
    net = gn.get_net(name, in_channels=in_channels)
    expected = summary(net, shape)
    prepare(net)
    assert summary(net, shape) == expected, "after hybridization"
    y = net(np.ones(shape)).asnumpy()
    assert summary(net, shape) == expected, "after a batch"
    onp.testing.assert_array_equal(net(np.ones(shape)).asnumpy(), y)


@pytest.mark.parametrize("prepare", [lambda net: net, hybridized])
def test_a_network_looked_at_gives_what_one_untouched_gives(prepare):
    images = np.ones((2, 1, 32, 32))
    looked_at, untouched = (prepare(gn.get_net("regnetx32")) for _ in range(2))
    summary(looked_at, images.shape)
    found, expected = (net(images).asnumpy() for net in (looked_at, untouched))
    onp.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("in_channels", [None, 1], ids=["deferred", "declared"])
def test_parameters_do_not_change(in_channels):
    net = gn.get_net("regnetx32", in_channels=in_channels)
    before = parameters(net)
    summary(net, (1, 1, 32, 32))
    assert parameters(net) == before
    deferred = isinstance(before["stem.conv.weight"], tuple)
    assert deferred == (in_channels is None)


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
    [
        (1, 96, 96),
        (1, 1, 1, 96, 96),
        (),
        (0, 1, 96, 96),
        (1, 1, -3, 96),
        (1, 1, 9.0, 9),
        (1, 1, True, 9),
        (1, 1, None, 9),
        96,
        None,
        "1,1,9,9",
    ],
    ids=str,
)
def test_a_bad_shape_is_named(shape):
    with pytest.raises(ValueError) as caught:
        summary(nn.Conv2D(1, 1), shape)
    assert str(caught.value).startswith(f"shape is {shape}: it must be (N, C, H, W)")


@pytest.mark.parametrize(
    "shape",
    [
        [1, 1, 32, 32],
        onp.array([1, 1, 32, 32]),
        (onp.int64(1), onp.int8(1), onp.uint16(32), 32),
    ],
    ids=repr,
)
def test_any_sequence_of_whole_numbers_is_a_shape(shape):
    found = table("regnetx32", shape)
    assert found == table("regnetx32", (1, 1, 32, 32))
    assert json.loads(json.dumps(found.as_dict()))["input"] == [1, 1, 32, 32]


@pytest.mark.parametrize("depth", [-1, -5, 1.5, True, None])
def test_a_bad_depth_is_named(depth):
    with pytest.raises(ValueError, match=f"^depth is {depth}: "):
        table("regnetx32", (1, 1, 32, 32), depth)


def test_at_depth_0_the_network_is_one_row():
    (row,) = table("regnetx32", (1, 1, 32, 32), 0).rows
    assert (row.name, row.layer, row.params) == ("net", "AnyNet", 177_322)


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
        cells = (
            row.name,
            row.layer,
            str(row.output),
            f"{row.params:,}",
            f"{row.flops:,}",
            f"{row.acts:,}",
        )
        assert line.replace(str(row.output), "").split() == [*cells[:2], *cells[3:]]
        assert cells[2] in line
    totals = (found.params, found.flops, found.acts)
    assert last.split() == ["total", *(f"{number:,}" for number in totals)]


def test_data_survives_json():
    found = table("regnetx32", (1, 1, 64, 64))
    data = json.loads(json.dumps(found.as_dict()))
    assert data["input"] == [1, 1, 64, 64]
    for key in ("params", "flops", "acts"):
        assert data[key] == getattr(found, key)
    assert len(data["rows"]) == len(found.rows)
    for row, expected in zip(data["rows"], found.rows):
        assert tuple(row.pop("output")) == expected.output
        keys = ("name", "layer", "params", "flops", "acts")
        assert row == {key: getattr(expected, key) for key in keys}


# --- networks of the user -----------------------------------------------------------


def sequence(*blocks):
    net = nn.HybridSequential()
    net.add(*blocks)
    net.initialize()
    return net


class Joined(HybridBlock):
    """A 1×1 and a 3×3 convolution side by side, as in an Inception block."""

    def __init__(self):
        super().__init__()
        self.left, self.right = nn.Conv2D(2, 1), nn.Conv2D(3, 3, padding=1)

    def hybrid_forward(self, F, x):
        return F.np.concatenate([self.left(x), self.right(x)], axis=1)


class Twice(HybridBlock):
    """A layer applied twice."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def hybrid_forward(self, F, x):
        return self.layer(self.layer(x))


def square():
    """A convolution that can follow itself: 148 parameters."""
    return nn.Conv2D(4, 3, padding=1, in_channels=4)


def test_any_block_is_one_row():
    net = Twice(square())
    (row,) = summary(net, (1, 4, 8, 8)).rows
    assert (row.layer, row.output, row.params) == ("Twice", (1, 4, 8, 8), 148)


def test_branches_are_counted():
    found = summary(sequence(Joined(), nn.Conv2D(4, 1)), (1, 3, 8, 8))
    assert [row.output[1] for row in found.rows] == [5, 4]
    assert [row.params for row in found.rows] == [2 * 4 + 3 * 28, 4 * 6]


@pytest.mark.parametrize("prefix", ["output_", "net_output_", "a_output0_"])
def test_names_may_hold_the_word_output(prefix):
    net = sequence(nn.Conv2D(4, 3), nn.Flatten(), nn.Dense(10, prefix=prefix))
    found = summary(net, (1, 1, 8, 8))
    assert [row.params for row in found.rows] == [40, 0, 1450]


@pytest.mark.parametrize("apart", [False, True], ids=["in a row", "in two rows"])
def test_a_layer_applied_twice_computes_twice_with_one_set_of_parameters(apart):
    layer = square()
    net = sequence(layer, layer) if apart else sequence(Twice(layer))
    found = summary(net, (1, 4, 8, 8))
    assert found.params == 148
    assert found.flops == 2 * (4 * 8 * 8) * (4 * 9 + 1)


def test_no_public_name_is_that_of_a_module():
    """Else ``gn.summary`` would be the module, once anybody had imported that."""
    modules = {module.name for module in pkgutil.iter_modules(gn.__path__)}
    assert {"arch", "layers"} <= modules
    assert modules.isdisjoint(gn.__all__)
