from __future__ import annotations

import importlib.util
import json
import pickle
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mxnet import np, npx
from mxnet.gluon import nn

import gluon_nets as gn
from course.grading.graph import Graph, GraphError, read_graph
from course.grading.structure import structure_of
from gluon_nets.graph import operators, symbol_of
from gluon_nets.specs import find
from tests.course.grading.book import graph_of, regnet, resnet, sequence, stem, vgg

npx.set_np()
IMAGE = (3, 32, 32)
SCRIPT = Path(__file__).parents[3] / "tools" / "fuzz_graphs.py"


@pytest.fixture(scope="module")
def tool():
    if not SCRIPT.exists():
        pytest.skip("tools/ is not part of an installed package")
    spec = importlib.util.spec_from_file_location("fuzz_graphs", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# the library's networks

OPS = {
    "Convolution": "conv",
    "FullyConnected": "dense",
    "BatchNorm": "norm",
    "_contrib_BatchNormWithReLU": "norm",
    "LayerNorm": "layer_norm",
    "Concat": "concat",
    "Dropout": "dropout",
}


def check_named(name: str) -> None:
    """Costs as the library counts them, shapes as MXNet infers them."""
    entry = find(name)
    image = (entry.in_channels, entry.image_size, entry.image_size)
    net = gn.get_net(name, num_classes=entry.num_classes)
    graph = graph_of(net, *image)
    found = gn.complexity(name, image[1], image[0], entry.num_classes)
    assert (graph.params, graph.flops, graph.acts) == (
        *(found.params, found.flops),
        found.acts,
    )
    expected = Counter(
        (OPS[node.op], node.output[1:])
        for node in operators(symbol_of(net), (1, *image))
        if node.op in OPS
    )
    kinds = graph.of(*OPS.values())
    assert expected == Counter((node.kind, node.shape) for node in kinds)
    assert Graph.from_json(graph.to_json()) == graph


NAMES = (
    *("alexnet_zoo", "googlenet", "mlp_bottleneck", "mlp_layernorm", "regnety_200mf"),
    *("resnet18_v2", "resnext50_32x4d", "vanilla56", "vgg11", "vgg11_bn"),
)


@pytest.mark.parametrize("name", NAMES)
def test_costs_and_shapes_of_a_named_network(name):
    check_named(name)


@pytest.mark.slow
def test_costs_and_shapes_of_every_named_network():
    for name in gn.list_nets():
        check_named(name)


# one form


def test_a_canonical_graph_says_what_is_computed():
    net = sequence(nn.Conv2D(6, 3, 2, 1, groups=3, use_bias=False), nn.Dense(5))
    graph = graph_of(net, *IMAGE)
    assert [node.kind for node in graph.nodes] == ["input", "conv", "flatten", "dense"]
    assert graph.nodes[1].attrs == {
        "channels": 6,
        "kernel": (3, 3),
        "stride": (2, 2),
        "padding": (1, 1),
        "dilation": (1, 1),
        "groups": 3,
        "bias": False,
    }
    assert graph.nodes[1].shape == (6, 16, 16)
    assert graph.parameters == {
        "conv1.weight": (6, 1, 3, 3),
        "dense1.weight": (5, 1536),
        "dense1.bias": (5,),
    }
    assert (graph.image, graph.output, graph.classes) == (IMAGE, 3, 5)
    assert graph.readers == ((1,), (2,), (3,), ())


def test_digests_differ_where_networks_do():
    nets = [
        *(resnet(), resnet(projection_bn=True), regnet(), regnet(groups=4), vgg()),
        *(vgg(bn=True), regnet(se=2)),
    ]
    digests = [graph_of(net, *IMAGE).digest for net in nets]
    assert len(set(digests)) == len(digests)
    assert graph_of(resnet(), 1, 32, 32).digest not in digests


def test_graphs_go_through_json_and_pickle():
    graph = graph_of(regnet(se=2), *IMAGE)
    again = Graph.from_json(graph.to_json())
    assert again == graph and again.digest == graph.digest
    assert again.to_json() == graph.to_json()
    assert pickle.loads(pickle.dumps(graph)) == graph


def test_what_is_computed_for_nothing_is_left_out():
    class Wasteful(nn.Block):
        def __init__(self):
            super().__init__()
            self.used, self.unused = nn.Dense(3), nn.Dense(999)

        def forward(self, x):
            self.unused(x)
            return self.used(x.copy())

    assert graph_of(Wasteful(), *IMAGE).params == 3 * (3072 + 1)


FUNCTIONS = {
    "sigmoid": (lambda x: npx.sigmoid(x), "activation"),
    "tanh": (lambda x: np.tanh(x), "activation"),
    "relu6": (lambda x: np.clip(x, 0, 6), "activation"),
    "silu": (lambda x: x * npx.sigmoid(x), "activation"),
    "swish": (nn.Swish(), "activation"),
    "gelu": (nn.GELU(), "activation"),
    "elu": (nn.ELU(0.5), "activation"),
    "leaky": (nn.LeakyReLU(0.1), "activation"),
    "softrelu": (nn.Activation("softrelu"), "activation"),
    "prelu": (nn.PReLU(), "activation"),
    "half": (lambda x: 0.5 * x, "scalar"),
    "shift": (lambda x: x - 1, "scalar"),
    "from one": (lambda x: 1 - x, "scalar"),
    "ones": (lambda x: x + np.ones_like(x), "scalar"),
    "difference": (lambda x: x - npx.relu(x), "subtract"),
    "twice": (lambda x: x + x, "add"),
    "maximum": (lambda x: np.maximum(x, np.tanh(x)), "maximum"),
    "channels": (lambda x: x[:, :2], "slice"),
    "halves": (lambda x: np.concatenate(np.split(x, 2, axis=1)[::-1], 1), "concat"),
    "subsampled": (lambda x: x[:, :, ::2, 1::2], "slice"),
    "padded": (lambda x: np.pad(x, ((0, 0), (0, 2), (1, 1), (0, 0))), "pad"),
    "norm": (nn.LayerNorm(axis=1), "layer_norm"),
    "rows": (lambda x: x.reshape(-1, 4, 64), "reshape"),
    "softmax": (lambda x: npx.softmax(x), "softmax"),
    "pool": (nn.AvgPool2D(3, 2, 1, ceil_mode=True), "pool"),
    "largest": (lambda x: x.max((2, 3), keepdims=True), "global_pool"),
    "dropout": (nn.Dropout(0.3, axes=(2, 3)), "dropout"),
    "dilated": (nn.Conv2D(4, 3, dilation=2), "conv"),
    "oblong": (nn.Conv2D(4, (1, 3), (1, 2), (0, 1)), "conv"),
}


def layer(function):
    return function if isinstance(function, nn.Block) else nn.Lambda(function)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_else_a_network_may_have(name):
    function, kind = FUNCTIONS[name]
    net = sequence(nn.Conv2D(4, 1), layer(function))
    graph = graph_of(net, 3, 8, 8)
    assert graph.nodes[-1].kind == kind
    net.initialize()
    shape = net(np.zeros((5, 3, 8, 8))).shape
    assert graph.nodes[-1].shape == shape[1:]


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x * 1 + 0,
        lambda x: x.copy(),
        lambda x: x.reshape(x.shape),
        lambda x: npx.pooling(x, kernel=(1, 1), pool_type="avg"),
        lambda x: np.concatenate([x], axis=1),
        lambda x: np.maximum(x, x),
        lambda x: x[:, :, :, :],
        lambda x: np.expand_dims(x, 1).squeeze(1),
        nn.Dropout(0),
    ],
)
def test_what_changes_nothing_is_left_out(function):
    net = sequence(nn.Conv2D(4, 1), layer(function), nn.Dense(2))
    plain = sequence(nn.Conv2D(4, 1), nn.Dense(2))
    assert graph_of(net, *IMAGE) == graph_of(plain, *IMAGE)


@pytest.mark.parametrize(
    "function, words",
    [
        (lambda x: x.transpose((0, 2, 3, 1)), "_np_transpose, which the grader"),
        (lambda x: x + np.zeros(x.shape), "addition 1 reads an array of its own"),
        (lambda x: np.dot(x, np.ones((8, 3))), "_np_dot, which the grader does not"),
        (lambda x: x.reshape(1, -1), "mixes the images of a batch"),
        (lambda x: x.reshape(-1, 2), "mixes the images of a batch"),
        (lambda x: x.mean(0), "axis \\(?0"),
        (lambda x: x.mean((1, 2, 3)), "height and width, fits"),
        (lambda x: x.mean(), "height and width, fits"),
        (lambda x: np.concatenate([x, x], axis=0), "axis 0: 1 to 3 fits"),
        (lambda x: x[:1], "mixes the images of a batch"),
        (lambda x: np.exp(x), "the operator _npi_exp"),
        (lambda x: np.clip(x, -1, 1), "a_min and a_max"),
    ],
)
def test_what_a_network_may_not_have_is_said_in_a_sentence(function, words):
    net = sequence(nn.Conv2D(4, 1), nn.Lambda(function))
    with pytest.raises(GraphError, match=words) as error:
        graph_of(net, 3, 8, 8)
    assert error.value.code and "\n" not in str(error.value)


def test_a_network_that_ignores_the_images():
    with pytest.raises(GraphError, match="does not depend on the images"):
        graph_of(nn.Sequential(), *IMAGE)
    with pytest.raises(GraphError, match="does not depend on the images"):
        graph_of(nn.Lambda(lambda x: np.zeros_like(x)), *IMAGE)


# foreign texts


def node(op="null", inputs=(), name="n", **attrs) -> dict:
    return {"op": op, "name": name, "attrs": attrs, "inputs": [[*i] for i in inputs]}


def text(*nodes: dict, head=(-1, 0), **more) -> str:
    """A graph's text; the head −1 is the last node."""
    place = len(nodes) - 1 if head[0] == -1 else head[0]
    return json.dumps({"nodes": list(nodes), "heads": [[place, *head[1:]]], **more})


DATA, WEIGHT = node(name="data"), node(name="weight")
SQUARE = {"kernel": "(3, 3)", "num_filter": "8", "no_bias": "True"}
READS = ((0, 0, 0), (1, 0, 0))


def conv(**attrs) -> str:
    attrs = {key: value for key, value in {**SQUARE, **attrs}.items() if value}
    return text(DATA, WEIGHT, node("Convolution", READS, **attrs))


def grows(times: int) -> str:
    """Concatenations with itself."""
    concats = [node("Concat", [(i, 0, 0)] * 2, dim="1") for i in range(times)]
    return text(DATA, *concats)


READER = {"op": "relu", "inputs": [[0, 0]]}
HOSTILE = {
    # attributes
    "zero groups": (conv(num_group="0"), "attribute"),
    "groups that do not divide": (conv(num_group="5"), "groups"),
    "negative groups": (conv(num_group="-1"), "attribute"),
    "zero stride": (conv(stride="(0, 0)"), "attribute"),
    "zero kernel": (conv(kernel="(0, 3)"), "attribute"),
    "huge kernel": (conv(kernel="(999, 999)"), "window"),
    "huge number": (conv(num_filter="9" * 100), "attribute"),
    "a million filters": (conv(num_filter="1000000"), "large"),
    "huge padding": (conv(pad="(9999, 9999)"), "large"),
    "negative padding": (conv(pad="(-1, -1)"), "attribute"),
    "one number": (conv(kernel="(3,)"), "attribute"),
    "three numbers": (conv(kernel="(3, 3, 3)"), "attribute"),
    "no kernel": (conv(kernel=None), "lacks"),
    "code": (conv(kernel="__import__('os').system('true')"), "attribute"),
    "other digits": (conv(num_filter="\u0668"), "attribute"),
    "long": (conv(kernel="(" * 100_000), "attribute"),
    "a list": (conv(kernel=[3, 3]), "attribute"),
    "a number": (conv(num_filter=8), "attribute"),
    "other layout": (conv(layout="NHWC"), "attribute"),
    "no flag": (conv(no_bias="maybe"), "attribute"),
    "strange text": (conv(num_filter="\ud800"), "attribute"),
    # operators
    "address": (
        text(DATA, node("_Native", READS[:1], info="0x4141414141")),
        "operator",
    ),
    "custom": (text(DATA, node("Custom", READS[:1], op_type="x")), "operator"),
    "strange name": (text(DATA, node("\ud800\n{0}", READS[:1])), "operator"),
    "long name": (text(DATA, node("x" * 100_000, READS[:1])), "operator"),
    # edges
    "cycle": (text(DATA, node("relu", [(2, 0, 0)]), node("relu", [(1, 0, 0)])), "form"),
    "itself": (text(DATA, node("relu", [(1, 0, 0)])), "form"),
    "forward": (text(node("relu", [(1, 0, 0)]), DATA), "form"),
    "negative": (text(DATA, node("relu", [(-1, 0, 0)])), "form"),
    "far": (text(DATA, node("relu", [(2**31, 0, 0)])), "form"),
    "output out of range": (text(DATA, node("relu", [(0, 7, 0)])), "form"),
    "negative output": (text(DATA, node("relu", [(0, -1, 0)])), "form"),
    "text for a node": (text(DATA, node("relu", [("0", 0, 0)])), "form"),
    "true for a node": (text(DATA, node("relu", [(True, 0, 0)])), "form"),
    "empty edge": (text(DATA, node("relu", [()])), "form"),
    "no inputs": (text(DATA, node("relu")), "arity"),
    "no weight": (text(DATA, node("Convolution", READS[:1], **SQUARE)), "arity"),
    "too many inputs": (text(DATA, node("relu", [(0, 0, 0)] * 9)), "arity"),
    "many edges": (text(DATA, node("Concat", [(0, 0, 0)] * 30_000)), "edges"),
    # roles
    "two images": (text(DATA, DATA, node("_npi_add", READS)), "array"),
    "image as weight": (
        text(DATA, node("Convolution", [(0, 0, 0)] * 2, **SQUARE)),
        "computed",
    ),
    "layer as weight": (
        text(
            *(DATA, WEIGHT, node("Convolution", READS, **SQUARE, pad="(1, 1)")),
            node("Convolution", [(2, 0, 0), (2, 0, 0)], **SQUARE),
        ),
        "computed",
    ),
    "weight of two shapes": (
        text(
            *(DATA, WEIGHT, node("Convolution", READS, **SQUARE, pad="(1, 1)")),
            node("Convolution", [(2, 0, 0), (1, 0, 0)], **SQUARE),
        ),
        "shared",
    ),
    "weight as image": (
        text(
            *(DATA, WEIGHT, node("Convolution", READS, **SQUARE)),
            node("relu", [(1, 0, 0)]),
        ),
        "array",
    ),
    # heads
    "no nodes": (text(head=(0, 0)), "nodes"),
    "no head": (json.dumps({"nodes": [DATA]}), "form"),
    "empty heads": (json.dumps({"nodes": [DATA], "heads": []}), "form"),
    "two heads": (json.dumps({"nodes": [DATA], "heads": [[0, 0]] * 2}), "outputs"),
    "far head": (text(DATA, head=(5, 0)), "form"),
    "negative head": (text(DATA, head=(-2, 0)), "form"),
    "head's output": (text(DATA, node("relu", READS[:1]), head=(1, 3)), "constant"),
    "variable as output": (text(DATA), "constant"),
    "image as output": (text(DATA, node("identity", READS[:1])), "read"),
    # sizes
    "growing": (grows(60), "large"),
    "many nodes": (text(*[DATA] * 4001), "nodes"),
    "hundred thousand nodes": (text(*[{"op": "null"}] * 100_000), "nodes"),
    "hundred thousand readers": (text(DATA, *[READER] * 100_000), "form"),
    "hundred thousand as MXNet writes them": (
        text(DATA, *[node("relu", READS[:1])] * 100_000),
        "size",
    ),
    "5 MB": (" " * 5_000_000, "size"),
    "4 MB of lists": ("[" + "[]," * 1_300_000 + "[]]", "form"),
    "deep": ("[" * 1_000_000, "form"),
    "deep enough": ("[" * 100_000, "json"),
    "deep objects": ('{"nodes":' * 100_000, "json"),
    "wide image": (conv(kernel="(1, 1)", dilate="(10000, 10000)"), "read"),
    # texts
    "empty": ("", "json"),
    "words": ("network", "json"),
    "null": ("null", "form"),
    "list": ("[]", "form"),
    "NaN": ('{"nodes": NaN}', "form"),
    "infinity": ('{"nodes": -Infinity}', "form"),
    "huge integer": ('{"nodes": ' + "9" * 3_000_000 + "}", "form"),
    "fraction": ('{"nodes": 1.' + "9" * 3_000_000 + "}", "form"),
    "nodes no list": ('{"nodes": {}, "heads": [[0, 0]]}', "form"),
    "node no object": ('{"nodes": [3], "heads": [[0, 0]]}', "form"),
    "no operator": ('{"nodes": [{}], "heads": [[0, 0]]}', "form"),
    "attributes a list": (text({**DATA, "attrs": []}), "form"),
    "inputs an object": (text({**DATA, "inputs": {}}), "form"),
    "no text": (None, "text"),
    "bytes": (b"{}", "text"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_are_refused_at_once(name):
    hostile, code = HOSTILE[name]
    begin = time.process_time()
    found = "read"
    try:
        structure_of(read_graph(hostile, IMAGE))
    except GraphError as error:
        found = error.code
        assert len(str(error)) < 400 and str(error).isprintable()
        assert isinstance(error, ValueError) and isinstance(error.facts, dict)
    assert found == code
    assert time.process_time() - begin < 1


def test_names_do_not_matter():
    """Also not where all are the same, or none is a text."""
    plain = read_graph(conv(), IMAGE)
    data = json.loads(conv())
    for name in ("data", "", None, 3, ["x"]):
        for each in data["nodes"]:
            each["name"] = name
        assert read_graph(json.dumps(data), IMAGE) == plain


def test_attributes_that_are_not_asked_for_are_dropped():
    strange = {"workspace": "-1", "__init__": "[]", "cudnn_tune": {}, "info": "0x41"}
    assert read_graph(conv(**strange), IMAGE) == read_graph(conv(), IMAGE)


@pytest.mark.parametrize("key", ["attr", "param"])
def test_attributes_by_their_former_names(key):
    data = json.loads(conv())
    for each in data["nodes"]:
        each[key] = each.pop("attrs")
    assert read_graph(json.dumps(data), IMAGE) == read_graph(conv(), IMAGE)


def test_budgets():
    dense = node("FullyConnected", READS, num_hidden="60000", no_bias="True")
    with pytest.raises(GraphError) as error:
        read_graph(text(DATA, WEIGHT, dense), (3, 40, 40))
    assert error.value.code == "large"
    layers = [DATA, *[WEIGHT] * 40]
    for index in range(40):
        reads = [(0 if not index else len(layers) - 1, 0, 0), (1 + index, 0, 0)]
        wide = {**SQUARE, "num_filter": "800", "pad": "(1, 1)"}
        layers.append(node("Convolution", reads, **wide))
    with pytest.raises(GraphError) as error:
        read_graph(text(*layers), IMAGE)
    assert (error.value.code, error.value.facts["what"]) == ("budget", "params")


@pytest.mark.parametrize("image", [(), (3, 0, 1), (1, 2, 3, 4), (3, 2.5, 1), (1, 1e9)])
def test_images_have_a_shape(image):
    with pytest.raises(GraphError, match="is no image's shape"):
        read_graph(conv(), image)


def test_vectors_may_be_images():
    dense = node("FullyConnected", READS, num_hidden="4", no_bias="True")
    assert read_graph(text(DATA, WEIGHT, dense), (7,)).params == 28


# fuzz


@settings(max_examples=400)
@given(seed=st.integers(0, 2**40))
def test_changed_networks_are_read_or_refused(tool, seed):
    rng = random.Random(seed)
    changed = tool.changed(rng, rng.choice(tool.SEEDS)())
    begin = time.process_time()
    tool.try_text(changed)
    assert time.process_time() - begin < 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["nodes", "heads", "op", "inputs", "attrs", "name"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=30,
)


@settings(max_examples=300)
@given(data=JSON)
def test_any_json_is_refused(data):
    with pytest.raises(GraphError):
        read_graph(json.dumps(data), IMAGE)


@settings(max_examples=200)
@given(foreign=st.text(max_size=200))
def test_any_text_is_refused(foreign):
    with pytest.raises(GraphError):
        read_graph(foreign, IMAGE)


def test_the_largest_graphs_take_less_than_a_second(tool):
    long = json.dumps(tool.long())
    begin = time.process_time()
    assert tool.try_text(long) == "read"
    assert time.process_time() - begin < 1


def test_the_fuzzer_itself(tool, monkeypatch):
    monkeypatch.setattr(tool, "SLOW", 10)
    said = []
    assert tool.fuzz(50, tell=said.append) == 0, said
    assert said[-1] == "0 failed"


def test_the_fuzzer_finds_rows_that_fail_or_do_not_end(tool, monkeypatch):
    from course.grading.checks import CHECKS

    def fails(answers, **options):
        raise OSError("no sentence")

    def endless(answers, **options):
        while True:
            pass

    monkeypatch.setattr(tool, "CHECKING", 0.1)
    for check in (fails, endless):
        monkeypatch.setattr(tool, "SEEDS", (tool.mlp,))
        monkeypatch.setattr(tool, "changed", lambda rng, data: json.dumps(data))
        for name in CHECKS:
            monkeypatch.setitem(CHECKS, name, check)
        assert tool.fuzz(2, tell=lambda line: None) == 2


@pytest.mark.parametrize(
    "make",
    [
        "doubled",
        *(
            pytest.param(name, marks=pytest.mark.slow)
            for name in ("nested", "bunch", "summed", "long")
        ),
    ],
)
def test_rows_are_checked_on_networks_that_are_long_to_look_through(tool, make):
    """Outside of the sandbox: one such network must not stop a class."""
    from course.grading.rubric import exercise_folders, load_exercise

    network = json.dumps(getattr(tool, make)())
    for name in exercise_folders():
        tool.try_rows(random.Random(1), load_exercise(name), network)


def test_memory_counts_all_layers():
    graph = graph_of(sequence(stem(8), nn.Dense(10)), *IMAGE)
    assert graph.memory == 3072 + 4 * 8 * 16 * 16 + 10


def test_reading_needs_no_mxnet_and_no_numpy():
    """What is foreign must not reach them."""
    code = (
        "import sys; import course.grading.structure as s, course.grading.graph as g;"
        "assert not {'mxnet', 'numpy', 'gluon_nets'} & set(sys.modules), 1;"
        "g.read_graph(sys.argv[1], (3, 32, 32))"
    )
    done = subprocess.run([sys.executable, "-c", code, conv()], capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")
