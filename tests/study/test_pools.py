"""Workers that are real: they are killed, and the study is whole."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from gluon_nets.environment.threads import VARIABLE
from gluon_nets.study.pools import Cluster, LocalPool, Unreachable
from gluon_nets.study.running import run_study


def children(of: int) -> list[int]:
    """Processes that a process started, by their numbers."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it ended meanwhile
            continue
        if int(fields[1]) == of:
            found.append(int(stat.parent.name))
    return found


def killer(victims, after: float):
    """A thread that kills the first process that `victims` gives, and says which."""
    killed: list[int] = []

    def run():
        while not killed:
            time.sleep(after)
            for number in victims()[:1]:
                os.kill(number, signal.SIGKILL)
                killed.append(number)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread, killed


def workers_of(process: int) -> list[int]:
    """Those that are programs of their own."""
    return [n for n in children(process) if "spawn_main" in _read(n, "cmdline")]


def trainers_of(process: int) -> list[int]:
    """Those of them that have loaded MXNet."""
    return [n for n in workers_of(process) if "libmxnet" in _read(n, "maps")]


def _read(number: int, what: str) -> str:
    try:
        return Path(f"/proc/{number}/{what}").read_text()
    except OSError:
        return ""


def assert_whole(store):
    assert store.counts() == {"pending": 0, "done": 6}, store.rows()
    for row in store.rows():
        assert 0.05 < row["error"] < 0.95
        assert [point["epoch"] for point in row["curve"]] == [1, 2]
        assert row["curve"][-1]["error"] == row["error"]


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="reads /proc")
@pytest.mark.parametrize("victims", [workers_of, trainers_of])
def test_a_study_survives_a_killed_worker(store, study, victims):
    """One that has just been started, and one that trains."""
    threads = os.environ.get(VARIABLE)
    thread, killed = killer(lambda: victims(os.getpid()), after=0.2)
    with LocalPool(2) as pool:
        assert run_study(store, study, pool) == "finished"
    thread.join(1)
    assert killed, "no worker was killed"
    assert_whole(store)
    assert os.environ.get(VARIABLE) == threads
    assert {row["about"]["devices"][0] for row in store.rows()} == {"cpu(0)"}


def test_no_workers_are_none():
    with pytest.raises(ValueError, match="workers is 0: .* 1 or more"):
        LocalPool(0)


@pytest.fixture
def cluster(tmp_path):
    """A scheduler on this machine and two workers: its address, and the workers."""
    pytest.importorskip("distributed", reason="the extra dist is not installed")
    path, log = tmp_path / "scheduler.json", open(tmp_path / "log.txt", "wb")
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
    options = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
    started = [
        subprocess.Popen(
            [*command, *options, "--scheduler-file", str(path)], stdout=log, stderr=log
        )
    ]
    for _ in range(2):
        command = [sys.executable, "-m", "distributed.cli.dask_worker"]
        options = ["--scheduler-file", str(path), "--nthreads", "1", "--no-dashboard"]
        started.append(subprocess.Popen([*command, *options], stdout=log, stderr=log))
    try:
        deadline = time.monotonic() + 60
        while not path.exists():
            assert time.monotonic() < deadline, (tmp_path / "log.txt").read_text()
            time.sleep(0.1)
        import json

        yield json.loads(path.read_text())["address"], started[1:]
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(30)
        log.close()


def test_a_cluster_loses_a_worker_and_no_design(store, study, cluster):
    address, workers = cluster
    # the nanny's child is what trains; killed, it is replaced
    thread, killed = killer(
        lambda: [n for w in workers for n in trainers_of(w.pid)], after=0.2
    )
    with Cluster(address) as pool:
        assert run_study(store, study, pool) == "finished"
    thread.join(1)
    assert killed, "no worker was killed"
    assert_whole(store)


def test_a_scheduler_that_is_not_there_is_one_line():
    pytest.importorskip("distributed", reason="the extra dist is not installed")
    with pytest.raises(Unreachable, match="no scheduler answers at tcp://127.0.0.1:9"):
        with Cluster("tcp://127.0.0.1:9", timeout=1):
            pass
