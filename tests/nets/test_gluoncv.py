"""GluonCV's zoo as the oracle: same parameters, same outputs, also after a step."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as onp
import pytest
from mxnet import np, npx
from mxnet.gluon import nn

from gluon_nets.nets import get_net

npx.set_np()

PROGRAM = Path(__file__).with_name("gluoncv_answers.py")
CLASSES = 7
# ours -> GluonCV's name, channels and size of the images
CASES = {
    "resnet18": ("resnet18_v1b", 3, 64),
    "resnet20": ("cifar_resnet20_v1", 3, 16),
    "resnext50_32x4d": ("resnext50_32x4d", 3, 64),
    "resnet50": ("resnet50_v1b", 3, 64),
    "resnet101": ("resnet101_v1b", 3, 64),
    "resnext101_32x4d": ("resnext101_32x4d", 3, 64),
    "resnet110": ("cifar_resnet110_v1", 3, 16),
}
# without the ReLU after the stem's BatchNorm, which paper and other libraries have
NO_STEM_RELU = {"resnet20", "resnet110"}
EVERY_DAY = {"resnet18", "resnet20", "resnext50_32x4d"}

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("gluoncv") is None,
    reason="GluonCV is the oracle: make oracle installs it",
)


def answers_of(name, path):
    """What GluonCV's network computes, from a process of its own."""
    theirs, channels, size = CASES[name]
    arguments = [PROGRAM, theirs, CLASSES, channels, size, path]
    subprocess.run(
        [sys.executable, *map(str, arguments)],
        check=True,
        capture_output=True,
        timeout=300,
    )
    return onp.load(path)


def planted(name, answers):
    """Our network with their parameters: both list them in the order of computation."""
    net = get_net(name, num_classes=CLASSES, in_channels=answers["x"].shape[1])
    if name in NO_STEM_RELU:
        norm = nn.BatchNorm(in_channels=16)
        norm.initialize()
        net._children["stem"].register_child(norm, "bn")
    net.cast("float64")
    ours = list(net._collect_params_with_prefix().items())
    theirs = answers["names"].tolist()
    assert len(ours) == len(theirs)
    for index, ((key, parameter), source) in enumerate(zip(ours, theirs)):
        value = answers[f"p{index:03d}"]
        assert parameter.shape == value.shape, f"{key} and {source} differ"
        assert source.endswith(key.split(".")[-1])
        parameter.set_data(np.array(value, dtype="float64"))
    return net


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name in EVERY_DAY else pytest.mark.slow)
        for name in CASES
    ],
)
def test_the_same_logits_before_and_after_a_step(name, difference, step, tmp_path):
    answers = answers_of(name, tmp_path / "answers.npz")
    net, x = planted(name, answers), np.array(answers["x"], dtype="float64")
    assert difference(net(x), answers["before"]) <= 1e-8
    step(net, x)
    assert difference(net(x), answers["after"]) <= 1e-6
    assert onp.abs(answers["after"] - answers["before"]).max() > 1e-3, "nothing moved"
