"""Exports: each format gives the network's outputs, and says how to feed it."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import numpy as onp
import pytest
from mxnet import autograd, gluon, np, npx
from mxnet.gluon import nn

import gluon_nets as gn
from gluon_nets.export import ExportError, export_net, load_export
from gluon_nets.export.manifest import NAME

npx.set_np()

NAMES = tuple("abcdefghij")
SHAPE = (1, 32, 32)
FLOAT = ["symbol", "fused", "onnx"]


def needs(format):
    if format == "onnx":
        pytest.importorskip("onnx", reason="the extra onnx is not installed")
        pytest.importorskip("onnxruntime", reason="the extra onnx is not installed")


def exported(net, folder, format, **options):
    needs(format)
    export_net(net, folder, format, input_shape=SHAPE, class_names=NAMES, **options)
    return load_export(folder)


@pytest.mark.parametrize("format", FLOAT)
def test_the_same_logits_at_any_batch(net, images, tmp_path, format):
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
def test_every_kind_of_network(name, size, format, random_net, images, tmp_path):
    needs(format)
    other, shape = random_net(name, size), (1, size, size)
    export_net(other, tmp_path / "net", format, input_shape=shape, class_names=NAMES)
    again = load_export(tmp_path / "net")
    for count in (1, 4, 7):
        x = images(count, shape)
        expected, found = other(np.array(x)).asnumpy(), again(x)
        assert onp.abs(found - expected).max() <= 1e-5 * onp.abs(expected).max(), count


@pytest.mark.filterwarnings("ignore:.*Cannot decide type:UserWarning")
def test_a_symbol_loads_as_mxnet_loads_it_and_can_be_trained(net, images, tmp_path):
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


def test_probabilities_are_sorted_and_sum_to_one(net, images, tmp_path):
    again = exported(net, tmp_path / "net", "symbol")
    for best in again.predict(images(5), top=10):
        shares = [share for _, share in best]
        assert shares == sorted(shares, reverse=True)
        assert sum(shares) == pytest.approx(1)
        assert sorted(name for name, _ in best) == sorted(NAMES)
    logits = again(images(5))
    firsts = [best[0][0] for best in again.predict(images(5), top=1)]
    assert firsts == [NAMES[i] for i in logits.argmax(axis=1)]


def test_the_note_is_of_the_networks_own_shape(images, tmp_path):
    other = gn.get_net("resnet20", num_classes=3, in_channels=3)
    shape, names = (3, 24, 40), ["cat", "dog", "cow"]
    export_net(other, tmp_path / "net", input_shape=shape, class_names=names)
    note = load_export(tmp_path / "net").manifest.preprocessing
    assert note["color"] == "red, green, blue"
    assert "24×40" in note["resize"]
    assert "background" not in note, "that is Fashion-MNIST's alone"


def test_the_note_for_fashion_mnist_tells_of_its_background(tmp_path):
    names = gn.FashionMNIST.class_names
    mlp = gn.get_net("mlp")
    export_net(mlp, tmp_path / "net", input_shape=(1, 8, 8), class_names=names)
    note = load_export(tmp_path / "net").manifest.preprocessing
    assert note["color"] == "grey"
    assert note["background"].startswith("black")


@pytest.mark.parametrize("top", [0, -1, 1.5])
def test_a_number_of_classes_that_does_not_fit(net, images, tmp_path, top):
    again = exported(net, tmp_path / "net", "symbol")
    with pytest.raises(ValueError, match=f"top is {top}: it must be"):
        again.predict(images(1), top=top)


@pytest.mark.parametrize("format", FLOAT)
def test_outputs_that_are_no_numbers_are_no_classes(images, tmp_path, format):
    needs(format)
    broken, shape = gn.get_net("mlp"), (1, 8, 8)
    broken(np.array(images(1, shape))).wait_to_read()
    *_, bias = broken.collect_params().values()
    bias.set_data(bias.data() * onp.nan)
    export_net(broken, tmp_path / "net", format, input_shape=shape, class_names=NAMES)
    with pytest.raises(ExportError, match="outputs for image 0 reach nan"):
        load_export(tmp_path / "net").predict(images(2, shape))


# --- what does not fit ----------------------------------------------------------------


@pytest.mark.parametrize(
    "options, words",
    [
        ({"format": "caffe"}, "format is 'caffe'"),
        ({"class_names": NAMES[:9]}, "9 class names do not fit 10 outputs"),
        ({"input_shape": (1, 4, 4)}, "4×4 is no size for regnetx32"),
        ({"class_names": "abcdefghij"}, "class_names is 'abcdefghij'"),
        ({"class_names": range(10)}, r"class_names is range\(0, 10\)"),
        ({"input_shape": (1, 32.5, 32)}, r"input_shape is \(1, 32.5, 32\)"),
        ({"input_shape": (1, 10**5, 10**5)}, "16,777,216 numbers or fewer"),
        ({"accuracy": {"before": float("nan")}}, "accuracy is {'before': nan}"),
        ({"accuracy": {"before": None}}, "accuracy is {'before': None}"),
        ({"format": "int8"}, "int8 needs calibration"),
        (
            {"format": "int8", "calibration": onp.zeros((0, *SHAPE))},
            r"\(0, 1, 32, 32\)",
        ),
        ({"format": "int8", "calibration": onp.zeros((4, 1, 28, 28))}, "what fits is"),
        ({"format": "int8", "calibration": onp.zeros(SHAPE)}, r"shape \(1, 32, 32\)"),
        ({"format": "int8", "calibration": onp.full((4, *SHAPE), onp.nan)}, "finite"),
    ],
)
def test_what_does_not_fit_is_named(net, tmp_path, options, words):
    arguments = {"input_shape": SHAPE, "class_names": NAMES, **options}
    with pytest.raises(ValueError, match=words):
        export_net(net, tmp_path / "net", **arguments)
    assert list(tmp_path.iterdir()) == [], "something was left behind"


def test_a_network_that_has_seen_no_image(images, tmp_path):
    fresh = gn.get_net("regnetx32", seed=5)
    again = exported(fresh, tmp_path / "net", "symbol")
    expected = fresh(np.array(images(2))).asnumpy()
    onp.testing.assert_allclose(again(images(2)), expected, atol=1e-6)


def test_images_of_another_shape_are_refused(net, images, tmp_path):
    again = exported(net, tmp_path / "net", "symbol")
    with pytest.raises(ValueError, match=r"\(2, 1, 28, 28\) do not fit"):
        again(images(2, (1, 28, 28)))


def test_no_image_is_no_batch(net, images, tmp_path):
    again = exported(net, tmp_path / "net", "symbol")
    with pytest.raises(ValueError, match=r"\(0, 1, 32, 32\) do not fit"):
        again(images(0))


@pytest.mark.parametrize("kind", ["float16", "float64"])
def test_floats_of_other_sizes_are_named(tmp_path, kind):
    cast = gn.get_net("mlp")
    cast.cast(kind)
    with pytest.raises(ValueError, match=f"weight is {kind}: an export holds float32"):
        export_net(cast, tmp_path / "net", input_shape=(1, 8, 8), class_names=NAMES)
    assert list(tmp_path.iterdir()) == []


def test_an_accuracy_of_numpy_is_noted(tmp_path):
    measured = {"before": onp.float32(0.5), "images": onp.int64(7), "data": "mine"}
    options = {"input_shape": (1, 8, 8), "class_names": NAMES, "accuracy": measured}
    export_net(gn.get_net("mlp"), tmp_path / "net", **options)
    assert load_export(tmp_path / "net").manifest.accuracy == {
        "before": 0.5,
        "images": 7,
        "data": "mine",
    }


def test_a_layer_that_gives_maps_is_no_classifier(tmp_path):
    maps = nn.HybridSequential()
    maps.add(nn.Conv2D(4, 3))
    maps.initialize()
    with pytest.raises(ValueError, match="4 class names do not fit 4, 6, 6 outputs"):
        export_net(maps, tmp_path / "net", input_shape=(1, 8, 8), class_names=[*"abcd"])


@pytest.mark.parametrize("format", ["symbol", "fused"])
def test_threads_get_the_logits_of_their_own_images(net, images, tmp_path, format):
    again = exported(net, tmp_path / "net", format)
    batches = [images(4) + number / 10 for number in range(4)]
    alone = [again(batch) for batch in batches]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(5):
            for found, expected in zip(pool.map(again, batches), alone):
                assert (found == expected).all()
