from __future__ import annotations

import json
import platform

import pytest

from gluon_nets import environment
from gluon_nets.data import sources
from gluon_nets.environment import devices
from gluon_nets.environment import report as report_module
from gluon_nets.environment.gpus import Gpu
from gluon_nets.environment.installed import Distribution, Installed
from gluon_nets.environment.problems import Problem
from gluon_nets.environment.report import Report, doctor


@pytest.fixture(scope="module")
def report():
    return doctor()


def test_tells_of_this_environment(report):
    numpy = pytest.importorskip("numpy")
    found = dict(report.rows)
    assert found["Python"].startswith(platform.python_version())
    assert found["NumPy"] == numpy.__version__
    assert found["MXNet"].startswith("1.9.1 (mxnet")
    assert found["Threads"].startswith("OMP_NUM_THREADS=")
    assert "GOMP_SPINCOUNT=" in found["OpenMP"]
    assert found["cpu"] == "usable"
    assert found["Data, embedded sample"].startswith("complete")


def test_ok_and_text_and_dict_agree(report):
    text, data = report.text(), json.loads(json.dumps(report.as_dict()))
    assert data["ok"] == report.ok == (report.problems == ())
    assert ("no problems" in text) == report.ok
    assert data["found"] == dict(report.rows)
    assert all(label in text and value in text for label, value in report.rows)


def test_each_problem_is_told_with_its_mend():
    report = Report((("a", "b"),), (Problem("it is broken", "mend it"),))
    assert not report.ok
    assert report.text().endswith("problem: it is broken\n   mend: mend it")
    assert report.as_dict()["problems"] == [{"what": "it is broken", "mend": "mend it"}]


def test_an_mxnet_that_cannot_be_imported_is_a_problem(monkeypatch):
    import mxnet

    def broken():
        raise OSError("libmxnet.so: version `GLIBC_2.99' not found")

    monkeypatch.setattr(mxnet.runtime, "Features", broken)
    report = doctor()
    (problem,) = report.problems
    assert "GLIBC_2.99" in problem.what and "mxnet" in problem.mend


def test_libraries_that_gluoncv_lacks(monkeypatch):
    monkeypatch.setattr(report_module, "_loads", lambda name: name != "libGL.so.1")
    monkeypatch.setattr(report_module.sys, "platform", "linux")
    mxnet = (Distribution("mxnet", "1.9.1", ""),)
    assert report_module._gluoncv_problems(Installed((3, 11), "1.23.5", mxnet)) == []
    installed = Installed((3, 11), "1.23.5", mxnet, gluoncv="0.10.5.post0")
    (problem,) = report_module._gluoncv_problems(installed)
    assert "libGL.so.1" in problem.what
    assert problem.mend.endswith("apt-get install -y libgl1")


def test_data_that_would_be_taken_but_is_of_no_use(monkeypatch, tmp_path):
    cache = tmp_path / "cache"
    cache.mkdir()
    for name in sources.SHA256:
        (cache / f"{name}.gz").write_text("junk")
    monkeypatch.setattr(sources, "cache_folder", lambda: cache)
    monkeypatch.setenv(sources.VARIABLE, str(tmp_path / "nowhere"))
    report = doctor()
    named, damaged = (p for p in report.problems if "Fashion-MNIST" in p.what)
    assert "nowhere" in named.what and sources.VARIABLE in named.mend
    assert "damaged" in damaged.what and f"move {cache} away" in damaged.mend


def test_each_gpu_is_told_with_the_reason(monkeypatch):
    gpus = (
        Gpu(0, "NVIDIA H200", (9, 0), False, "no code for it"),
        Gpu(1, "NVIDIA A10", (8, 6), True),
    )
    monkeypatch.setattr(devices, "_report", gpus)
    found = dict(doctor().rows)
    assert found["gpu:0"] == (
        "NVIDIA H200, compute capability 9.0: not usable, no code for it"
    )
    assert found["gpu:1"] == "NVIDIA A10, compute capability 8.6: usable"


def test_prepare_raises_what_doctor_lists(monkeypatch):
    problem = Problem("NumPy 2.0 is too new", "mend it")
    monkeypatch.setattr(environment, "find_problems", lambda *facts: [problem])
    with pytest.raises(ImportError, match="NumPy 2.0 is too new") as caught:
        environment.prepare()
    assert caught.value.problems == (problem,)
