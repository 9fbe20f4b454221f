from __future__ import annotations

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gluon_nets.environment import devices
from gluon_nets.environment.devices import resolve_devices, usable_gpus
from gluon_nets.environment.gpus import Gpu

mx = pytest.importorskip("mxnet")

A100 = Gpu(1, "NVIDIA A100", (8, 0), True)
A10 = Gpu(2, "NVIDIA A10", (8, 6), True)
H200 = Gpu(0, "NVIDIA H200", (9, 0), False, "its compute capability is 9.0")
IDLE = Gpu(0, "NVIDIA A10", None, False, "the one without CUDA", tried=False)


@pytest.fixture
def machine(monkeypatch):
    """Pretend that this machine has these GPUs."""

    def has(*gpus):
        monkeypatch.setattr(devices, "_report", gpus)

    monkeypatch.setattr(devices, "_told", False)
    monkeypatch.setattr(devices, "_report", None)  # and restored after the test
    return has


@pytest.mark.parametrize("device", ["auto", None, "cpu", mx.cpu(), [mx.cpu()], "cpu:0"])
def test_the_cpu(machine, device):
    machine()
    assert resolve_devices(device) == [mx.cpu()]


@pytest.mark.parametrize("device", ["auto", None, "gpu", "gpu:1", mx.gpu(1)])
def test_the_first_usable_gpu(machine, device):
    machine(H200, A100, A10)
    assert resolve_devices(device) == [mx.gpu(1)]


def test_several(machine):
    machine(H200, A100, A10)
    assert resolve_devices("gpu:2,1") == [mx.gpu(2), mx.gpu(1)]
    assert resolve_devices((mx.gpu(1), mx.cpu())) == [mx.gpu(1), mx.cpu()]


@given(st.lists(st.integers(0, 99), min_size=1, max_size=4, unique=True))
def test_several_on_the_cpu(numbers):
    name = "cpu:" + ",".join(map(str, numbers))
    assert resolve_devices(name) == [mx.cpu(i) for i in numbers]


@pytest.mark.parametrize(
    "gpus, device, words",
    [
        ((), "gpu", ["gpu:0", "not there", "there is: cpu"]),
        ((), "gpu:3", ["gpu:3", "not there", "there is: cpu"]),
        ((), "cpu:5000000000", ["cpu:5000000000", "cpu:0 to cpu:999 fit"]),
        ((), mx.gpu(3), ["gpu:3", "not there"]),
        ((H200, A100), "gpu:0", ["gpu:0", "capability is 9.0", "there is: cpu, gpu:1"]),
        ((H200,), "gpu", ["gpu:0", "capability is 9.0"]),
        ((H200, A100), "gpu:1,5", ["gpu:5", "not there"]),
        ((IDLE,), "gpu", ["gpu:0", "without CUDA"]),
        ((A100,), "gpu:1,1", ["twice"]),
        ((), "tpu", ["'tpu'", "'auto'"]),
        ((), "gpu:", ["'gpu:'"]),
        ((), "gpu:-1", ["'gpu:-1'"]),
        ((), [], ["[]"]),
        ((), 3, ["3"]),
        ((), ["cpu"], ["['cpu']"]),
    ],
)
def test_what_cannot_be_is_one_line(machine, gpus, device, words):
    machine(*gpus)
    with pytest.raises(ValueError) as caught:
        resolve_devices(device)
    message = str(caught.value)
    assert "\n" not in message
    assert all(word in message for word in words)


def test_a_fallback_is_told_once(machine, caplog):
    machine(H200)
    with caplog.at_level(logging.WARNING, "gluon_nets"):
        assert resolve_devices() == resolve_devices("auto") == [mx.cpu()]
    (record,) = caplog.records
    assert "NVIDIA H200" in record.message and "9.0" in record.message


def test_a_gpu_that_the_cpu_wheel_cannot_use_is_no_fallback(machine, caplog):
    machine(IDLE)
    assert resolve_devices() == [mx.cpu()]
    assert not caplog.records


def test_with_the_cpu_wheel_no_gpu_is_tried(machine, monkeypatch):
    monkeypatch.setattr(devices, "_may_have_cuda", lambda: False)
    monkeypatch.setattr(devices.gpus, "try_all", None)  # to call it would raise
    assert usable_gpus(refresh=True) == ()


def test_tried_once_unless_asked_again(machine, monkeypatch):
    calls = []
    monkeypatch.setattr(devices, "_may_have_cuda", lambda: True)
    monkeypatch.setattr(devices.gpus, "try_all", lambda: calls.append(1) or (A100,))
    assert usable_gpus(refresh=True) == usable_gpus() == (1,)
    assert len(calls) == 1
    usable_gpus(refresh=True)
    assert len(calls) == 2
