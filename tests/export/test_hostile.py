"""Folders that are no exports of ours: one line that names the file and what is wrong.

The SHA-256 in export.json protects from accidents alone: whoever alters a file can
alter them too, as most of these tests do.
"""

from __future__ import annotations

import json
import os
import shutil

import numpy as onp
import pytest

import gluon_nets as gn
from gluon_nets.export import FORMATS, ExportError, export_net, load_export
from gluon_nets.export.manifest import NAME, Manifest, sha256

SHAPE = (1, 12, 12)


@pytest.fixture(scope="module")
def exports(tmp_path_factory):
    """A folder with an export in each format that can be written here."""
    folder = tmp_path_factory.mktemp("exports")
    x = onp.random.default_rng(0).random((8, *SHAPE), dtype=onp.float32)
    net = gn.get_net("resnet20", stem_width=4, in_channels=1)
    options = {"input_shape": SHAPE, "class_names": [*"abcdefghij"], "calibration": x}
    for format in FORMATS:
        if format == "onnx":
            try:
                import onnx  # noqa: F401
                import onnxruntime  # noqa: F401
            except ImportError:
                continue
        export_net(net, folder / format, format, **options)
    return folder


@pytest.fixture
def folder(exports, tmp_path, request):
    """A copy of the export in the format that the test names."""
    format = getattr(request, "param", "symbol")
    if not (exports / format).exists():
        pytest.skip("the extra onnx is not installed")
    return shutil.copytree(exports / format, tmp_path / "net")


def change(folder, **fields):
    """Write other fields into export.json."""
    told = json.loads((folder / NAME).read_text())
    (folder / NAME).write_text(json.dumps({**told, **fields}))


def replace(folder, name, content):
    """Write another file, and its SHA-256 into export.json."""
    (folder / name).write_bytes(content)
    files = dict(Manifest.parse(folder).files)
    change(folder, files={**files, name: sha256(folder / name)})


def refusal(folder):
    with pytest.raises(ExportError) as raised:
        load_export(folder)
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 500
    assert raised.value.exit_code == 1
    return str(raised.value)


@pytest.mark.parametrize("folder", FORMATS, indirect=True)
def test_what_is_whole_is_loaded(folder, images):
    assert len(load_export(folder).predict(images(2, SHAPE))) == 2


@pytest.mark.parametrize(
    "harm, words",
    [
        (lambda f: (f / "symbol.json").unlink(), "symbol.json is missing"),
        (lambda f: (f / "symbol.json").write_text("{}"), "symbol.json is altered"),
        (lambda f: (f / NAME).unlink(), "holds no exported network"),
        (lambda f: (f / NAME).write_text("{"), f"{NAME} cannot be used"),
        (lambda f: (f / NAME).write_text("{}"), "lacks 'format'"),
        (lambda f: (f / NAME).write_text("[" * 10**5), f"{NAME} cannot be used: max"),
        (lambda f: (f / NAME).write_bytes(b"\xff\xfe"), f"{NAME} cannot be used: 'utf"),
    ],
)
def test_a_damaged_export_is_refused_by_name(folder, harm, words):
    harm(folder)
    assert words in refusal(folder)


def test_a_pipe_is_not_waited_for(folder):
    (folder / NAME).unlink()
    os.mkfifo(folder / NAME)
    assert "holds no exported network" in refusal(folder)


@pytest.mark.parametrize(
    "fields",
    [
        {"format": "caffe"},
        {"format": ["symbol"]},
        {"format": "onnx"},  # the files are another format's
        {"net": 5},
        {"input_shape": [1, 96.0, 96.0]},
        {"input_shape": [1, 96]},
        {"input_shape": [1, 0, 96]},
        {"input_shape": [1, 10**6, 10**6]},
        {"input_shape": [True, 12, 12]},
        {"input_shape": ["1", "96", "96"]},
        {"input_shape": "abc"},
        {"input_shape": None},
        {"class_names": ["a", "b"]},
        {"class_names": ["a"] * 50},
        {"class_names": "abcdefghij"},
        {"class_names": [{}] * 10},
        {"class_names": None},
        {"preprocessing": None},
        {"files": {}},
        {"files": None},
        {"files": [1]},
        {"files": {"symbol.json": 3, "parameters.params": 3}},
        {"files": {"symbol.json": "0" * 64}},
        {"files": {"../a.png": "0" * 64}},
        {"accuracy": None},
        {"accuracy": {"before": float("nan")}},
        {"accuracy": {"before": [1]}},
        {"versions": [1]},
        {"versions": {"mxnet": 1}},
        {"more": 1},
    ],
    ids=str,
)
def test_a_field_that_does_not_fit_is_named(folder, fields):
    change(folder, **fields)
    told = refusal(folder)
    assert told.startswith(f"{folder / NAME} cannot be used: ")
    (name,) = fields
    assert ("NaN is no number" if "nan" in str(fields) else name) in told


@pytest.mark.parametrize("folder", FORMATS, indirect=True)
@pytest.mark.parametrize(
    "fields", [{"class_names": ["a"]}, {"input_shape": [3, 12, 12]}], ids=str
)
def test_what_does_not_fit_the_network_is_refused(folder, fields):
    change(folder, **fields)
    assert "cannot be used: " in refusal(folder)


@pytest.mark.parametrize("keep", [0, 0.5, 0.99, b"junk" * 100, b"{}", b"[]"], ids=str)
@pytest.mark.parametrize("name", ["symbol.json", "parameters.params"])
def test_junk_of_the_right_hash(folder, name, keep):
    raw = (folder / name).read_bytes()
    junk = keep if isinstance(keep, bytes) else raw[: int(keep * len(raw))]
    replace(folder, name, junk)
    assert refusal(folder).startswith(f"{folder / name} cannot be used: ")


@pytest.mark.parametrize("keep", [0, 0.5, 0.99, b"junk" * 100, b"{}"], ids=str)
@pytest.mark.parametrize("folder", ["onnx"], indirect=True)
def test_a_junk_model_of_the_right_hash(folder, keep):
    raw = (folder / "model.onnx").read_bytes()
    junk = keep if isinstance(keep, bytes) else raw[: int(keep * len(raw))]
    replace(folder, "model.onnx", junk)
    assert refusal(folder).startswith(f"{folder / 'model.onnx'} cannot be used: ")


@pytest.mark.parametrize("folder", ["onnx"], indirect=True)
def test_a_model_of_another_batch_is_named_where_it_fails(folder, images):
    import onnx

    model = onnx.load(str(folder / "model.onnx"))
    for value in (*model.graph.input, *model.graph.output):
        value.type.tensor_type.shape.dim[0].dim_value = 1
    replace(folder, "model.onnx", model.SerializeToString())
    with pytest.raises(ExportError, match="model.onnx cannot be used: "):
        load_export(folder)(images(2, SHAPE))


@pytest.mark.parametrize("folder", ["symbol", "fused", "int8"], indirect=True)
def test_parameters_of_another_network(folder, tmp_path):
    wider = gn.get_net("resnet20", stem_width=8, in_channels=1)
    options = {"input_shape": SHAPE, "class_names": [*"abcdefghij"]}
    export_net(wider, tmp_path / "wider", **options)
    replace(
        folder,
        "parameters.params",
        (tmp_path / "wider" / "parameters.params").read_bytes(),
    )
    with pytest.raises(ExportError, match="cannot be used: "):
        load_export(folder)(onp.zeros((1, *SHAPE), "float32"))


def test_a_graph_that_names_no_operator_of_mxnet(folder):
    graph = json.loads((folder / "symbol.json").read_text())
    graph["nodes"][2]["op"] = "Bogus"
    replace(folder, "symbol.json", json.dumps(graph).encode())
    assert "Operator Bogus is not registered" in refusal(folder)
