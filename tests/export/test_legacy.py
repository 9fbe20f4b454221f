"""Graphs for inference: other operators, the same outputs."""

from __future__ import annotations

import json

import mxnet as mx
import numpy as onp
import pytest
from mxnet import np, npx
from mxnet.gluon import HybridBlock, SymbolBlock, nn

import gluon_nets as gn
from gluon_nets.export.legacy import FUSED_NORM, inference_json, portable_json

npx.set_np()

SIZES = {
    "alexnet_zoo": 64,
    "googlenet": 64,
    "mlp_layernorm": 12,
    "mlp_residual": 12,
    "regnetx32": 32,
    "regnety_200mf": 32,
    "resnet18_v2": 32,
    "vanilla56": 16,
    "vgg11_gap": 32,
}


def run(text, net, x):
    """Logits of a graph with the parameters of a network."""
    symbol = mx.sym.load_json(text).as_np_ndarray()
    data = mx.sym.var("data", dtype="float32").as_np_ndarray()
    block = SymbolBlock(symbol, [data])
    there = {p.name: p for p in net.collect_params().values()}
    for name, parameter in block.collect_params().items():
        parameter.shape = there[name].shape
        parameter.initialize()
        parameter.set_data(there[name].data())
    return block(x).asnumpy()


def operators(text):
    return {node["op"] for node in json.loads(text)["nodes"]}


@pytest.mark.parametrize("rewrite", [portable_json, inference_json])
@pytest.mark.parametrize("name", SIZES)
def test_outputs_stay_the_same(name, rewrite, random_net, images):
    size = SIZES[name]
    net, x = random_net(name, size), np.array(images(3, (1, size, size)))
    expected = net(x).asnumpy()
    found = run(rewrite(net), net, x)
    assert onp.abs(expected - expected[0]).max() > 1e-4, "all images look the same"
    assert onp.abs(found - expected).max() <= 1e-5 * onp.abs(expected).max()


@pytest.mark.parametrize("name", SIZES)
def test_no_operator_of_numpy_remains(name, random_net):
    found = operators(inference_json(random_net(name, SIZES[name])))
    assert not any(op.startswith(("_np", "_npx")) for op in found), found
    assert not found & {FUSED_NORM, "Dropout"}


def test_one_operator_alone_is_replaced_for_training_elsewhere():
    net = gn.get_net("vgg11_quarter")
    assert "Dropout" in operators(portable_json(net))
    assert FUSED_NORM not in operators(portable_json(gn.get_net("regnetx32")))


class Odd(HybridBlock):
    """Uses an operator that has no form outside NumPy's."""

    def hybrid_forward(self, F, x):
        return F.np.cumsum(x, axis=1)


def test_an_operator_that_nothing_replaces_is_named():
    net = nn.HybridSequential()
    net.add(Odd())
    with pytest.raises(ValueError, match="_np.*cumsum.*'symbol'"):
        inference_json(net)
