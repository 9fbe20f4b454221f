"""Exports: each format gives the network's outputs, and says how to feed it."""

from __future__ import annotations

import json

import numpy as onp
import pytest
from mxnet import autograd, gluon, np, npx

import gluon_nets as gn
from gluon_nets.export import ExportError, export_net, load_export
from gluon_nets.export.manifest import NAME

npx.set_np()

NAMES = tuple("abcdefghij")
SHAPE = (1, 32, 32)
FLOAT = ["symbol", "fused", "onnx"]


def images(count, shape=SHAPE):
    return onp.random.default_rng(count).random((count, *shape), dtype=onp.float32)


@pytest.fixture(scope="module")
def net():
    """A network whose running statistics are those of some images."""
    net = gn.get_net("regnetx32")
    for _ in range(20):
        with autograd.train_mode():
            net(np.array(images(32))).wait_to_read()
    return net


def needs(format):
    if format == "onnx":
        pytest.importorskip("onnx", reason="the extra onnx is not installed")
        pytest.importorskip("onnxruntime", reason="the extra onnx is not installed")


def exported(net, folder, format, **options):
    needs(format)
    export_net(net, folder, format, input_shape=SHAPE, class_names=NAMES, **options)
    return load_export(folder)


@pytest.mark.parametrize("format", FLOAT)
def test_the_same_logits_at_any_batch(net, tmp_path, format):
    again = exported(net, tmp_path / "net", format)
    for count in (1, 4, 7):
        expected = net(np.array(images(count))).asnumpy()
        found = again(images(count))
        assert found.shape == expected.shape
        assert onp.abs(found - expected).max() <= 1e-5 * onp.abs(expected).max(), count


@pytest.mark.parametrize(
    "name, size",
    [
        ("regnety_200mf", 32),
        ("resnet18_v2", 32),
        ("googlenet", 64),
        ("mlp_layernorm", 12),
        ("mlp_deep", 12),
    ],
)
@pytest.mark.parametrize("format", FLOAT)
def test_every_kind_of_network(name, size, format, tmp_path):
    needs(format)
    other, x = gn.get_net(name, seed=2), images(2, (1, size, size))
    expected = other(np.array(x)).asnumpy()
    export_net(
        other, tmp_path / "net", format, input_shape=x.shape[1:], class_names=NAMES
    )
    found = load_export(tmp_path / "net")(x)
    assert onp.abs(found - expected).max() <= 1e-5 * onp.abs(expected).max()


def test_eight_bits_agree_nearly(net, tmp_path):
    again = exported(net, tmp_path / "net", "int8", calibration=images(64))
    for count in (16, 1, 5):
        expected = net(np.array(images(count))).asnumpy()
        found = again(images(count))
        assert onp.abs(found - expected).max() <= 0.2 * onp.abs(expected).max(), count
    graph = (tmp_path / "net" / "symbol.json").read_text()
    assert "quantize" in graph, "nothing was quantized"


@pytest.mark.filterwarnings("ignore:.*Cannot decide type:UserWarning")
def test_a_symbol_loads_as_mxnet_loads_it_and_can_be_trained(net, tmp_path):
    export_net(net, tmp_path / "net", "symbol", input_shape=SHAPE, class_names=NAMES)
    folder = tmp_path / "net"
    block = gluon.SymbolBlock.imports(
        str(folder / "symbol.json"), ["data"], str(folder / "parameters.params")
    )
    x = np.array(images(4))
    onp.testing.assert_allclose(block(x).asnumpy(), net(x).asnumpy(), atol=1e-5)
    with autograd.record():
        loss = (block(x) ** 2).sum()
    loss.backward()
    trained = [p for p in block.collect_params().values() if p.grad_req != "null"]
    assert all(onp.isfinite(p.grad().asnumpy()).all() for p in trained)
    assert any(abs(p.grad().asnumpy()).max() > 0 for p in trained)


def test_onnx_lists_the_images_alone_as_input(net, tmp_path):
    needs("onnx")
    import onnx

    exported(net, tmp_path / "net", "onnx")
    model = onnx.load(str(tmp_path / "net" / "model.onnx"))
    assert [value.name for value in model.graph.input] == ["data"]
    first = model.graph.input[0].type.tensor_type.shape.dim[0]
    assert first.dim_param, "the batch has a fixed size"


# --- the note beside it ---------------------------------------------------------------


def test_the_manifest_tells_how_to_feed_it(net, tmp_path):
    again = exported(net, tmp_path / "net", "symbol", accuracy={"before": 0.5})
    told = json.loads((tmp_path / "net" / NAME).read_text())
    assert told["input_shape"] == list(SHAPE)
    assert told["class_names"] == list(NAMES)
    assert told["accuracy"] == {"before": 0.5}
    assert {"color", "resize", "scale", "layout"} <= set(told["preprocessing"])
    assert set(told["files"]) == {"symbol.json", "parameters.params"}
    assert again.manifest.net == "regnetx32"


def test_probabilities_are_sorted_and_sum_to_one(net, tmp_path):
    again = exported(net, tmp_path / "net", "symbol")
    for best in again.predict(images(5), top=10):
        shares = [share for _, share in best]
        assert shares == sorted(shares, reverse=True)
        assert sum(shares) == pytest.approx(1)
        assert sorted(name for name, _ in best) == sorted(NAMES)
    logits = again(images(5))
    firsts = [best[0][0] for best in again.predict(images(5), top=1)]
    assert firsts == [NAMES[i] for i in logits.argmax(axis=1)]


# --- what does not fit ----------------------------------------------------------------


@pytest.mark.parametrize(
    "options, words",
    [
        ({"format": "caffe"}, "format is 'caffe'"),
        ({"class_names": NAMES[:9]}, "9 class names do not fit 10 outputs"),
        ({"input_shape": (1, 4, 4)}, "4×4 is no size for regnetx32"),
        ({"format": "int8"}, "int8 needs calibration"),
    ],
)
def test_what_does_not_fit_is_named(net, tmp_path, options, words):
    arguments = {"input_shape": SHAPE, "class_names": NAMES, **options}
    with pytest.raises(ValueError, match=words):
        export_net(net, tmp_path / "net", **arguments)
    assert list(tmp_path.iterdir()) == [], "something was left behind"


def test_a_network_that_has_seen_no_image(tmp_path):
    fresh = gn.get_net("regnetx32", seed=5)
    again = exported(fresh, tmp_path / "net", "symbol")
    expected = fresh(np.array(images(2))).asnumpy()
    onp.testing.assert_allclose(again(images(2)), expected, atol=1e-6)


def test_an_export_replaces_an_export_and_nothing_else(net, tmp_path):
    arguments = {"input_shape": SHAPE, "class_names": NAMES}
    for _ in range(2):
        export_net(net, tmp_path / "net", "symbol", **arguments)
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.txt").write_text("mine")
    with pytest.raises(ValueError, match="holds something else than an export"):
        export_net(net, other, "symbol", **arguments)
    assert (other / "thesis.txt").read_text() == "mine"


def test_images_of_another_shape_are_refused(net, tmp_path):
    again = exported(net, tmp_path / "net", "symbol")
    with pytest.raises(ValueError, match=r"\(2, 1, 28, 28\) do not fit"):
        again(images(2, (1, 28, 28)))


@pytest.mark.parametrize(
    "harm, words",
    [
        (lambda f: (f / "symbol.json").unlink(), "symbol.json is missing"),
        (lambda f: (f / "symbol.json").write_text("{}"), "symbol.json is altered"),
        (lambda f: (f / NAME).unlink(), "holds no exported network"),
        (lambda f: (f / NAME).write_text("{"), f"{NAME} cannot be used"),
        (lambda f: (f / NAME).write_text("{}"), "lacks 'format'"),
    ],
)
def test_a_damaged_export_is_refused_by_name(net, tmp_path, harm, words):
    exported(net, tmp_path / "net", "symbol")
    harm(tmp_path / "net")
    with pytest.raises(ExportError, match=words):
        load_export(tmp_path / "net")
