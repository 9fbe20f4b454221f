"""The grader's own trainings, in real sandboxes."""

from __future__ import annotations

import json

import pytest

from course.classroom.trainings import Trainings

pytestmark = pytest.mark.slow
SMALL = {"images": 400, "held_out": 200, "epochs": 1}


def test_a_network_is_trained_in_a_sandbox_and_remembered(tmp_path):
    from mxnet import npx
    from mxnet.gluon import nn

    from course.grading.extract import graph_text
    from course.grading.graph import read_graph
    from course.grading.sandbox import SandboxError, check_sandbox

    try:
        check_sandbox()
    except SandboxError as error:
        pytest.skip(str(error))
    npx.set_np()
    net = nn.HybridSequential()
    net.add(nn.Conv2D(8, 3, 2), nn.Activation("relu"), nn.GlobalAvgPool2D())
    net.add(nn.Flatten(), nn.Dense(10))
    net.initialize()
    image = (1, 28, 28)
    graph = read_graph(graph_text(net, image), image)
    trainings = Trainings(3, tmp_path / "cache")
    error = trainings.train(graph, **SMALL)
    assert 0 < error <= 1
    (stored,) = (tmp_path / "cache" / "trainings").iterdir()
    assert json.loads(stored.read_text()) == {"error": error}
    before = stored.stat().st_mtime_ns
    assert trainings.train(graph, **SMALL) == error
    assert stored.stat().st_mtime_ns == before
