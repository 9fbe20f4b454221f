"""Sides in processes of their own: they compute the same, and take turns."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks import peers, turns
from benchmarks.sides import SIDES
from benchmarks.suite import Results, measure
from benchmarks.works import Work

PEAK = {"flops": 1e11, "bytes": 1e10}
HERE = Path(sys.executable).parent.parent  # has the peers where `make oracle` ran


@pytest.fixture(autouse=True)
def peers_here(monkeypatch):
    monkeypatch.setattr(peers, "PEERS", HERE)


def work(kind="train", net="regnetx32"):
    """Large enough for BatchNorm: few numbers have a variance that is mere rounding."""
    return Work(kind, net, 16, 1, 64, 10)


def row_of(kind, net, names, seconds=0.0):
    return measure(work(kind, net), 1, seconds, PEAK, lambda *_: None, names)


@pytest.mark.parametrize("net", ["regnetx32", "vgg11_quarter"])
def test_the_chapters_form_computes_the_same(net):
    row = row_of("train", net, ["ours", "chapters"])
    assert not row["missing"]
    assert row["rounds"] == turns.LEAST
    found = row["speedups"]["ours"]["chapters"]
    assert 0 < found["low"] <= found["high"]
    for side in row["sides"].values():
        assert side["min"] > 0 and side["first"] > side["min"]
        assert side["memory"] > 20e6, "a process with MXNet has more than 20 MB"


needs_torch = pytest.mark.skipif(
    importlib.util.find_spec("torch") is None, reason="PyTorch is not installed"
)


@pytest.mark.slow
@needs_torch
@pytest.mark.parametrize("net", ["resnet18", "narrow_g4", "regnety_400mf"])
def test_pytorch_computes_the_same(net):
    row = row_of("train", net, ["ours", "pytorch eager", "pytorch channels_last"])
    assert not row["missing"]


@pytest.mark.slow
@needs_torch
@pytest.mark.skipif(
    importlib.util.find_spec("onnxruntime") is None, reason="needs onnxruntime"
)
def test_inference_of_every_side_gives_the_same_logits():
    names = [name for name in turns.sides_of(work("infer")) if "compile" not in name]
    row = row_of("infer", "regnetx32", names)
    assert not row["missing"]
    assert set(row["speedups"]) == {"ours fused", "ours hybridized", "ours int8"}
    assert set(row["speedups"]["ours fused"]) == {"pytorch", "onnxruntime", "chapters"}


def test_what_the_chapters_lack_is_missing_with_its_reason():
    row = row_of("train", "regnety_400mf", ["ours", "chapters"])
    assert "no such network" in row["missing"]["chapters"]
    assert row["speedups"] == {"ours": {}}


def test_a_peer_that_is_not_installed_is_missing_with_its_reason(monkeypatch, tmp_path):
    monkeypatch.setattr(peers, "PEERS", tmp_path / "none")
    row = row_of("train", "regnetx32", ["ours", "pytorch eager"])
    assert "make peers" in row["missing"]["pytorch eager"]
    assert "ours" in row["sides"]


def test_a_side_that_computes_something_else_is_dropped(monkeypatch):
    right = turns._results

    def results(work, worker):
        wrong = worker.log.name.startswith("chapters")
        return [result * (1.01 if wrong else 1) for result in right(work, worker)]

    monkeypatch.setattr(turns, "_results", results)
    row = row_of("train", "regnetx32", ["ours", "chapters"])
    assert "something else" in row["missing"]["chapters"]
    assert list(row["sides"]) == ["ours"]


def test_a_side_with_another_update_is_dropped(monkeypatch):
    right = turns._results

    def results(work, worker):
        first, *later = right(work, worker)
        factor = 0.5 if worker.log.name.startswith("chapters") else 1
        return [first, *(first + factor * (loss - first) for loss in later)]

    monkeypatch.setattr(turns, "_results", results)
    row = row_of("train", "regnetx32", ["ours", "chapters"])
    assert "off by 5.0e-01" in row["missing"]["chapters"]


def test_between_its_turns_a_side_is_stopped_and_ended_with_the_others():
    def state(process):
        text = Path(f"/proc/{process.pid}/stat").read_text()
        return text.rpartition(")")[2].split()[0]

    with turns.started(work(), ["ours"], 1) as (workers, missing):
        assert not missing
        process = workers["ours"].process
        workers["ours"].turn()
        os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
        assert state(process) == "T"
    assert process.returncode == -signal.SIGKILL


def test_a_side_that_dies_becomes_missing_and_the_others_go_on():
    with turns.started(work(), ["ours", "chapters"], 1) as (workers, missing):
        workers["chapters"].signal(signal.SIGKILL)
        turns.take_turns(work(), workers, missing, 0, lambda *_: None)
        assert missing["chapters"] == "exit code -9"
        assert len(workers["ours"].turns) == turns.WARMUP + turns.LEAST


def test_threads_are_the_same_but_where_a_side_takes_its_own():
    for name, side in SIDES.items():
        found = peers.environment(name, 3).get("OMP_NUM_THREADS")
        assert found == ("3" if side.threads else None)


def test_a_file_of_results_is_resumed_and_of_one_machine(tmp_path):
    path = tmp_path / "suite.json"
    Results(path, 2).add("train a", {"rounds": 5})
    assert Results(path, 2).rows == {"train a": {"rounds": 5}}
    with pytest.raises(ValueError, match="choose another file"):
        Results(path, 3)
    path.write_text(json.dumps([1]))
    with pytest.raises(ValueError, match="no file of this suite"):
        Results(path, 2)


@needs_torch
def test_pytorch_s_process_loads_no_mxnet():
    """It would bring threads and memory of its own."""
    code = "import benchmarks.sides.pytorch, sys; print('mxnet' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=peers.ROOT, capture_output=True, text=True
    )
    assert done.stdout.strip() == "False", done.stderr


def test_the_effect_of_an_update_is_compared_unless_it_is_all_rounding():
    def difference(net, *losses):
        sides = [
            SimpleNamespace(turns=[{"answer": loss} for loss in pair], ready={})
            for pair in ((3.0, 2.0), losses)
        ]
        return turns._difference(work(net=net), *sides)

    off, most = difference("regnetx32", 3.0, 2.5)
    assert off == 0.5 and off > most
    off, most = difference("regnety_400mf", 3.0, 2.5)
    assert off == 0
    off, most = difference("regnety_400mf", 3.3, 2.3)
    assert off > most, "losses before the update are compared in any case"
