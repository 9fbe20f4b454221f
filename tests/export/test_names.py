"""The same network is the same export, whatever the process did before."""

from __future__ import annotations

import json

import numpy as onp
import pytest
from mxnet import np
from mxnet.gluon import nn

import gluon_nets as gn
from gluon_nets.export import FORMATS, export_net
from gluon_nets.export.legacy import inference_json, portable_json
from gluon_nets.export.names import by_place

CLASSES = [*"abcdefghij"]


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("name", ["regnetx32", "mlp"])
@pytest.mark.parametrize("format", FORMATS)
def test_two_exports_are_the_same_bytes(name, format, images, tmp_path):
    if format == "onnx":
        pytest.importorskip("onnx", reason="the extra onnx is not installed")
    options = {"input_shape": (1, 32, 32), "class_names": CLASSES}
    if format == "int8":
        options["calibration"] = images(8)
    for folder in ("first", "second"):
        net = gn.get_net(name, seed=3)  # Gluon numbers the layers of each anew
        if folder == "second":  # it has been traced and run before
            net.hybridize()
            net(np.array(images(2))).wait_to_read()
            gn.summary(net, (1, 1, 32, 32))
        export_net(net, tmp_path / folder, format, **options)
    assert files(tmp_path / "first") == files(tmp_path / "second")


@pytest.mark.parametrize("rewrite", [portable_json, inference_json])
def test_names_are_places(rewrite, random_net):
    net = random_net("regnety_200mf", 32)
    text, arrays = by_place(rewrite(net), net)
    nodes = json.loads(text)["nodes"]
    names = [node["name"] for node in nodes]
    assert len(set(names)) == len(names)
    read = {n["name"] for n in nodes if n["op"] == "null"} - {"data"}
    assert read == set(arrays) == set(net._collect_params_with_prefix())
    convolutions = [n["name"] for n in nodes if n["op"] == "Convolution"]
    assert convolutions[0] == "stem.conv"
    assert all(f"{name}.weight" in arrays for name in convolutions)


class Twice(nn.HybridSequential):
    """Two layers that share their parameters, and one that is called twice."""

    def __init__(self):
        super().__init__()
        first = nn.Dense(4, in_units=4)
        self.add(first, nn.Dense(4, in_units=4, params=first.params), first)


def test_shared_parameters_are_there_once():
    net = Twice()
    net.initialize()
    text, arrays = by_place(portable_json(net), net)
    names = [node["name"] for node in json.loads(text)["nodes"]]
    assert sorted(names) == ["0", "0.bias", "0.weight", "0_2", "0_3", "data"]
    onp.testing.assert_array_equal(
        arrays["0.weight"].asnumpy(), net[1].weight.data().asnumpy()
    )
