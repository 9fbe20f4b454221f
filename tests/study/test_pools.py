"""Workers that are real: they are killed, and the study is whole."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import types
from pathlib import Path

import pytest

from gluon_nets.environment.threads import VARIABLE
from gluon_nets.study.pools import Cluster, LocalPool, Unreachable
from gluon_nets.study.running import run_study
from gluon_nets.study.store import Store
from gluon_nets.study.task import Unfit
from tests.study.conftest import SOURCE
from tests.study.jobs import LOG, counted, noted, slow

ROOT = Path(__file__).resolve().parents[2]


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
    return [n for n in children(process) if is_worker(n)]


def is_worker(number: int) -> bool:
    return "spawn_main" in _read(number, "cmdline")


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


GUARDLESS = """
import sys
from gluon_nets.study.pools import LocalPool
from gluon_nets.study.reader import parse_study
from gluon_nets.study.running import run_study
from gluon_nets.study.store import Store
study = parse_study(open(sys.argv[1]).read())
with Store(sys.argv[2], study) as store, LocalPool(2) as pool:
    run_study(store, study, pool)
"""


@pytest.mark.slow
def test_a_script_whose_workers_cannot_start_spoils_no_design(store, tmp_path):
    """Without `if __name__ == "__main__"` each worker runs the script, and ends."""
    script, source = tmp_path / "script.py", tmp_path / "study.toml"
    script.write_text(GUARDLESS)
    source.write_text(SOURCE)
    command = [sys.executable, str(script), str(source), str(store.path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 1
    assert "Unfit: 3 designs in a row lost their workers" in done.stderr, done.stderr
    assert store.counts() == {"pending": 6}


# the program itself, but for its workers, who write down what they train
PROGRAM = """
import sys
from gluon_nets.cli import main
from gluon_nets.study.pools import LocalPool
from tests.study.jobs import counted
LocalPool.job = staticmethod(counted)
main(sys.argv[1:])
"""


def waited_for(what, seconds: float):
    """What a function gives as soon as it is true."""
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)
    return found


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="reads /proc")
@pytest.mark.parametrize("number, lost", [(signal.SIGKILL, 2), (signal.SIGINT, 0)])
def test_a_run_that_was_ended_goes_on_by_the_same_command(tmp_path, number, lost):
    """Killed, the designs in flight are lost and no others; after Ctrl-C not these."""
    source, out, log = (tmp_path / n for n in ("s.toml", "s.sqlite", "log.txt"))
    source.write_text(SOURCE)
    arguments = ["study", "run", source, "--out", out, "--workers", 2, "--json", "-q"]
    command = [sys.executable, "-c", PROGRAM, *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), LOG: str(log)}

    def rows():
        with Store(out) as store:
            return store.rows()

    pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
    first = subprocess.Popen(command, env=environment, **pipes)
    try:
        waited_for(lambda: noted(log)["end"], 120)
        waited_for(rows, 30)
        workers = workers_of(first.pid)
        assert len(workers) == 2
        first.send_signal(number)
        _, said = first.communicate(timeout=120)
    finally:
        first.kill()
        first.wait()
    before = rows()
    assert 1 <= len(before) < 6, "it was ended too late"
    if number == signal.SIGINT:
        left = f"stopped: {6 - len(before)} designs are left; the same command goes on"
        assert first.returncode == 1 and left in said, said
    waited_for(lambda: not any(map(is_worker, workers)), 60)  # none is left

    second = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert second.returncode == 0, second.stderr
    assert json.loads(second.stdout) == {
        "name": "small",
        "end": "finished",
        "pending": 0,
        "done": 6,
    }
    after = rows()
    assert [row for row in after if row in before] == before, "an outcome was changed"
    begun = noted(log)["begin"]
    for row in before:
        assert begun.count(row["arch"].to_json()) == 1, "trained again"
    assert len(begun) <= 6 + lost, "more than what was in flight was trained again"
    assert set(begun) == {row["arch"].to_json() for row in after}


@pytest.fixture
def cluster(tmp_path):
    """A scheduler on this machine and two workers: its address, and the processes."""
    pytest.importorskip("distributed", reason="the extra dist is not installed")
    path, log = tmp_path / "scheduler.json", open(tmp_path / "log.txt", "wb")
    jobs = {LOG: str(tmp_path / "trained.txt"), "PYTHONPATH": str(ROOT)}
    environment = {**os.environ, **jobs}
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
    options = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
    started = [
        subprocess.Popen(
            [*command, *options, "--scheduler-file", str(path)],
            stdout=log,
            stderr=log,
            env=environment,
        )
    ]
    for _ in range(2):
        command = [sys.executable, "-m", "distributed.cli.dask_worker"]
        options = ["--scheduler-file", str(path), "--nthreads", "1", "--no-dashboard"]
        started.append(
            subprocess.Popen(
                [*command, *options], stdout=log, stderr=log, env=environment
            )
        )
    try:
        deadline = time.monotonic() + 60
        while not path.exists():
            assert time.monotonic() < deadline, (tmp_path / "log.txt").read_text()
            time.sleep(0.1)
        yield json.loads(path.read_text())["address"], started
    finally:
        for process in started:
            process.terminate()
        for process in started:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:  # it waits for a scheduler, or a design
                process.kill()
                process.wait()
        log.close()


def test_a_cluster_loses_a_worker_and_no_design(store, study, cluster, tmp_path):
    """Each design is trained to its end once: more would be hidden in the file."""
    address, (_, *workers) = cluster
    # the nanny's child is what trains; killed, it is replaced
    thread, killed = killer(
        lambda: [n for w in workers for n in trainers_of(w.pid)], after=0.2
    )
    with Cluster(address) as pool:
        pool.job = counted
        assert run_study(store, study, pool) == "finished"
    thread.join(1)
    assert killed, "no worker was killed"
    assert_whole(store)
    trained = noted(tmp_path / "trained.txt")
    assert sorted(trained["end"]) == sorted(r["arch"].to_json() for r in store.rows())
    assert len(trained["begin"]) <= 6 + 1, "more than what the killed one had"


def test_a_scheduler_that_is_lost_is_one_line_and_spoils_no_design(
    store, study, cluster
):
    address, (scheduler, *_) = cluster

    def kill_when_busy():
        waited_for(lambda: pool.busy, 60)
        time.sleep(1)
        scheduler.kill()

    with pytest.raises(Unreachable, match=f"scheduler at {address} was lost") as caught:
        with Cluster(address) as pool:
            pool.job, pool.busy = slow, False
            submit = pool.submit

            def noting(task):
                future = submit(task)
                pool.busy = True
                return future

            pool.submit = noting
            threading.Thread(target=kill_when_busy, daemon=True).start()
            run_study(store, study, pool)
    assert "\n" not in str(caught.value)
    assert store.counts() == {"pending": 6}


def test_a_cluster_that_cannot_take_designs_is_one_line(store, study, cluster):
    """Without what a design needs, without a module, and without any worker."""
    address, (_, *workers) = cluster
    with Cluster(address, {"GPU": 1}, patience=0.2) as pool:
        with pytest.raises(Unreachable, match="has no worker with GPU=1: start one"):
            run_study(store, study, pool)
    module = types.ModuleType("only_here")
    exec("def job(task): return task", module.__dict__)
    sys.modules["only_here"] = module
    try:
        with Cluster(address) as pool:
            waited_for(lambda: pool.slots() == 2, 30)  # one for each thread
            pool.job = module.job
            with pytest.raises(Unfit, match="a worker cannot train any design: "):
                run_study(store, study, pool)
    finally:
        del sys.modules["only_here"]
    for worker in workers:
        worker.terminate()
    with Cluster(address, patience=0.2) as pool:
        waited_for(lambda: not pool._client.nthreads(), 30)
        with pytest.raises(Unreachable, match="has no worker: start one"):
            run_study(store, study, pool)
    assert store.counts() == {"pending": 6}


def test_a_scheduler_that_is_not_there_is_one_line():
    pytest.importorskip("distributed", reason="the extra dist is not installed")
    with pytest.raises(Unreachable, match="no scheduler answers at tcp://127.0.0.1:9"):
        with Cluster("tcp://127.0.0.1:9", timeout=1):
            pass
