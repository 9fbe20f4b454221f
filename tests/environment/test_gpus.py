from __future__ import annotations

import json
import subprocess

import pytest

from gluon_nets.environment import gpu_probe, gpus
from gluon_nets.environment.gpus import Gpu, listed_by_driver, try_all

A100 = {"name": "NVIDIA A100", "capability": [8, 0]}
H200 = {"name": "NVIDIA H200", "capability": [9, 0]}


def lines(*events):
    return "".join(json.dumps(event) + "\n" for event in events)


def probe(*runs):
    """Stands for the probe: what each of its runs printed and how it ended."""
    runs = iter(runs)
    return lambda first: next(runs)


def test_usable_and_failed():
    output = lines(
        {"seen": [A100, H200]},
        {"trying": 0},
        {"usable": 0},
        {"trying": 1},
        {"failed": 1, "why": "CUDA: no kernel image is available"},
    )
    first, second = try_all(probe((output, "")))
    assert first == Gpu(0, "NVIDIA A100", (8, 0), True)
    assert not second.usable
    assert "9.0" in second.reason and "5.0 to 8.9" in second.reason


def test_goes_on_behind_one_that_kills_the_probe():
    died = lines({"seen": [A100, A100]}, {"trying": 0}) + '{"tr'
    lived = lines({"seen": [A100, A100]}, {"trying": 1}, {"usable": 1})
    first, second = try_all(probe((died, "signal 6"), (lived, "")))
    assert (first.usable, first.reason) == (False, "signal 6")
    assert second.usable


def test_a_probe_that_dies_before_the_first():
    found = try_all(probe((lines({"seen": [A100]}), "OSError: libcudnn.so.8")))
    assert found == (Gpu(0, "NVIDIA A100", (8, 0), False, "OSError: libcudnn.so.8"),)


def test_no_gpu():
    assert try_all(probe((lines({"seen": []}), ""))) == ()
    assert try_all(probe(("", "ImportError"))) == ()


def test_what_mxnet_prints_is_no_event():
    output = "[12:00:00] cuDNN ...\n3\n" + lines({"trying": 0}, {"usable": 0})
    (gpu,) = try_all(probe((output, "")))
    assert gpu.usable and gpu.capability is None


@pytest.mark.parametrize("capability", [(5, 0), (7, 5), (8, 9), (9, 0), (12, 0)])
def test_reason_is_the_capability_only_where_it_is(capability):
    seen = [{"name": "GPU", "capability": list(capability)}]
    output = lines({"seen": seen}, {"failed": 0, "why": "out of memory"})
    (gpu,) = try_all(probe((output, "")))
    assert ("compute capability" in gpu.reason) == (capability > (8, 9))
    assert ("out of memory" in gpu.reason) == (capability <= (8, 9))


FAKE_MXNET = """
import os, signal
class MXNetError(RuntimeError): pass
class context:
    num_gpus = staticmethod(lambda: 3)
gpu = int
class Out:
    def asnumpy(self): return self
    def tolist(self): return [[[[18.0, 18.0], [18.0, 18.0]]]]
class Array:
    def __add__(self, other): return self
class np:
    @staticmethod
    def ones(shape, ctx):
        if ctx == 0: os.kill(os.getpid(), signal.SIGKILL)
        if ctx == 1: raise MXNetError("Stack trace:\\n  [bt] 0\\nCUDA: no kernel image")
        return Array()
class npx:
    set_np = staticmethod(lambda: None)
    convolution = staticmethod(lambda *a, **k: Out())
"""


def test_a_real_process(tmp_path, monkeypatch):
    """One that is killed, one that fails, one that works: all with a fake MXNet."""
    (tmp_path / "mxnet").mkdir()
    (tmp_path / "mxnet" / "__init__.py").write_text(FAKE_MXNET)
    monkeypatch.syspath_prepend(str(tmp_path))
    killed, failed, works = try_all()
    assert "signal 9" in killed.reason
    assert failed.reason == "CUDA: no kernel image"
    assert works.usable and works.index == 2


def test_a_probe_that_hangs(monkeypatch):
    def hang(*args, **kwargs):
        raise subprocess.TimeoutExpired("probe", 1, lines({"trying": 0}).encode())

    monkeypatch.setattr(subprocess, "run", hang)
    output, end = gpus._run(0)
    assert "no answer" in end and "trying" in output


def test_the_probes_operators_give_the_numbers_it_expects():
    mx = pytest.importorskip("mxnet")
    mx.npx.set_np()
    gpu_probe.run_operators(mx, mx.cpu())


def test_without_a_driver_nothing_is_seen(monkeypatch):
    monkeypatch.setattr(gpu_probe.ctypes, "CDLL", _no_library)
    assert gpu_probe.describe() == []


def _no_library(name):
    raise OSError(name)


class Cuda:
    """Stands for the driver's library, with one GPU of compute capability 8.6."""

    cuInit = staticmethod(lambda flags: 0)

    def cuDeviceGetCount(self, count):
        count._obj.value = 1
        return 0

    def cuDeviceGet(self, device, index):
        device._obj.value = index

    def cuDeviceGetName(self, name, length, device):
        name.value = b"NVIDIA A10"

    def cuDeviceGetAttribute(self, value, attribute, device):
        value._obj.value = {75: 8, 76: 6}[attribute]


def test_the_driver_tells_names_and_capabilities(monkeypatch):
    monkeypatch.setattr(gpu_probe.ctypes, "CDLL", lambda name: Cuda())
    assert gpu_probe.describe() == [{"name": "NVIDIA A10", "capability": [8, 6]}]


def test_listed_by_the_driver(tmp_path):
    card = tmp_path / "0000:01:00.0"
    card.mkdir()
    (card / "information").write_text("Model: \t\t NVIDIA A10\nIRQ:   16\n")
    (gpu,) = listed_by_driver(str(tmp_path))
    assert gpu.name == "NVIDIA A10" and not gpu.usable and not gpu.tried
    assert listed_by_driver(str(tmp_path / "none")) == ()
