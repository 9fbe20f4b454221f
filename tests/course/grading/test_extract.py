from __future__ import annotations

import json

import mxnet as mx
import pytest
from mxnet import autograd, gluon, np, npx
from mxnet.gluon import HybridBlock, nn

import gluon_nets as gn
from course.grading.extract import graph_text
from course.grading.graph import read_graph
from tests.course.grading.book import graph_of, regnet, resnet, sequence

npx.set_np()
IMAGE = (1, 28, 28)


def state(net) -> dict:
    return {
        key: (p.shape, p._data is None, p._deferred_init, p._var)
        for key, p in net._collect_params_with_prefix().items()
    }


def trained_numbers(net) -> int:
    net.initialize()
    net(np.zeros((1, *IMAGE)))
    parameters = net.collect_params().values()  # some that no layer reads have no value
    return sum(p.data().size for p in parameters if p._data and p.grad_req != "null")


@pytest.mark.parametrize("initialized", ["no", "deferred", "run"])
def test_a_plain_network_is_read_and_left_as_it_was(initialized):
    net = resnet()
    if initialized != "no":
        net.initialize()
    if initialized == "run":
        net(np.zeros((3, *IMAGE)))
    before = state(net)
    graph = graph_of(net, *IMAGE)
    assert state(net) == before
    assert (graph.params, graph.classes) == (trained_numbers(resnet()), 10)
    if initialized == "deferred":  # also for images of another size
        net(np.zeros((1, 3, 64, 64)))


def test_an_initialized_network_keeps_its_numbers():
    net = resnet()
    net.initialize()
    x = np.random.normal(size=(2, *IMAGE))
    before = net(x).asnumpy()
    statistics = net[1].bn1.running_mean.data().asnumpy()
    graph_text(net, IMAGE)
    assert (net(x).asnumpy() == before).all()
    assert (net[1].bn1.running_mean.data().asnumpy() == statistics).all()


@pytest.mark.parametrize("run", [False, True])
def test_hybrid_layers_in_a_plain_network_stay_hybridized(run):
    inner = nn.HybridSequential()
    inner.add(nn.Conv2D(4, 3, padding=1), nn.BatchNorm(), nn.Activation("relu"))
    net = sequence(inner, nn.Lambda(lambda x: x * 2), nn.Dense(3))
    net.initialize()
    net.hybridize()
    if run:
        net(np.ones((1, *IMAGE)))
    graph = graph_of(net, *IMAGE)
    assert [node.kind for node in graph.nodes[1:4]] == ["conv", "norm", "relu"]
    assert inner._active
    with autograd.record():
        net(np.ones((2, *IMAGE)))
    assert inner._cached_op is not None


@pytest.mark.parametrize("hybridized", [False, True])
def test_a_library_network_is_read_in_the_textbooks_operators(hybridized):
    net = gn.get_net("regnetx32")
    if hybridized:
        net.hybridize()
        net(np.ones((2, *IMAGE)))
    graph = graph_of(net, *IMAGE)
    found = gn.complexity("regnetx32", 28, 1, 10)
    assert (graph.params, graph.flops, graph.acts) == (
        found.params,
        found.flops,
        found.acts,
    )


def test_library_blocks_in_a_plain_network():
    from gluon_nets.blocks import ResNeXtBlock

    block = ResNeXtBlock(16, 16, group_width=8, se_ratio=0.25)
    net = sequence(nn.Conv2D(16, 3), block, nn.GlobalAvgPool2D(), nn.Dense(10))
    kinds = graph_of(net, *IMAGE).kinds
    assert (kinds["multiply"], kinds["slice"]) == (1, 0)


class ByShape(HybridBlock):
    """Hybrid, but asks for the shape of arrays."""

    def __init__(self):
        super().__init__()
        self.dense = nn.Dense(10)

    def hybrid_forward(self, F, x):
        return self.dense(x.reshape(x.shape[0], -1))


class Forward(HybridBlock):
    """As people write who overlook `hybrid_forward`."""

    def __init__(self):
        super().__init__()
        self.dense = nn.Dense(10)

    def forward(self, x):
        return self.dense(npx.relu(x))


@pytest.mark.parametrize("kind", [ByShape, Forward])
def test_hybrid_networks_that_cannot_be_traced_are_run(kind):
    assert graph_of(kind(), *IMAGE).params == 7850


def test_networks_of_before_numpys_arrays():
    npx.reset_np()
    try:
        net = gluon.model_zoo.vision.squeezenet1_1()
        text = graph_text(net, (3, 224, 224))
        assert not npx.is_np_array() and not npx.is_np_shape()
    finally:
        npx.set_np()
    assert read_graph(text, (3, 224, 224)).params == 1_235_496
    assert npx.is_np_array() and npx.is_np_shape()


@pytest.mark.filterwarnings("ignore:Cannot decide type")
def test_a_symbol_block(tmp_path):
    net = gn.get_net("mlp")
    net.hybridize()
    net(np.ones((1, *IMAGE)))
    net.export(str(tmp_path / "net"))
    files = (str(tmp_path / f"net-{end}") for end in ("symbol.json", "0000.params"))
    symbol, params = files
    block = gluon.SymbolBlock.imports(symbol, ["data"], params)
    assert graph_of(block, *IMAGE).digest == graph_of(net, *IMAGE).digest


def test_frozen_parameters():
    net = resnet()
    net.collect_params().setattr("grad_req", "null")
    assert graph_of(net, *IMAGE).digest == graph_of(resnet(), *IMAGE).digest


def test_a_shared_layer_has_one_set_of_parameters():
    dense = nn.Dense(784, activation="relu")
    assert graph_of(sequence(dense, dense, nn.Dense(10)), *IMAGE).params == (
        784 * 785 + 7850
    )


@pytest.mark.parametrize(
    "net, words",
    [
        (nn.Dense, "the class Dense itself"),
        (3, "a int"),
        (None, "a NoneType"),
        (sequence(nn.Conv2D(3, 3, in_channels=3)), "fails for images of 1×28×28"),
        (nn.Lambda(lambda x: npx.relu(x * 2, out=x * 3)), r"out=…\), which MXNet"),
        (nn.Lambda(lambda x: 1 / 0), "division by zero"),
        (nn.Lambda(lambda x: (x, x)), "gives 2 outputs"),
        (nn.Lambda(lambda x: 3.0), "gives a float"),
        (nn.Lambda(lambda x: x.asnumpy()), "gives a numpy.ndarray"),
        (nn.Lambda(lambda x: mx.np.array(x.asnumpy())), "does not compute its output"),
    ],
)
def test_what_is_no_network_is_refused_in_a_line(net, words):
    with pytest.raises(ValueError, match=words) as error:
        graph_text(net, IMAGE)
    assert "\n" not in str(error.value) and "Traceback" not in str(error.value)


def test_the_text_is_the_symbols_json():
    data = json.loads(graph_text(regnet(), IMAGE))
    assert {"nodes", "heads"} <= set(data)
