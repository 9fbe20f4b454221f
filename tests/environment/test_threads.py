from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gluon_nets.environment import threads
from gluon_nets.environment.threads import Processors, choose, processors

pytestmark = pytest.mark.skipif(
    sys.platform == "darwin", reason="counts of /sys, which macOS has not"
)


@pytest.fixture
def machine(tmp_path):
    """Make a tree like that of /: ``machine(['0-1', '0-1'], cgroup='…', files={})``."""

    def make(siblings, cgroup="0::/", files=()):
        for cpu, text in enumerate(siblings):
            topology = tmp_path / f"sys/devices/system/cpu/cpu{cpu}/topology"
            topology.mkdir(parents=True)
            (topology / "thread_siblings_list").write_text(text + "\n")
        files = dict(files, **{"proc/self/cgroup": cgroup + "\n"})
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text + "\n")
        return str(tmp_path)

    return make


def test_two_threads_to_a_core(machine):
    root = machine(["0,4", "1,5", "2,6", "3,7"] * 2)
    assert processors(root, range(8)) == Processors(logical=8, physical=4)


def test_one_thread_to_a_core(machine):
    assert processors(machine(["0", "1"]), range(2)) == Processors(2, 2)


def test_only_those_that_the_process_may_use(machine):
    root = machine(["0-1", "0-1", "2-3", "2-3"])
    assert processors(root, [0, 1]).threads == 1
    assert processors(root, [1, 2]).threads == 2


def test_without_topology_every_processor_is_a_core(tmp_path):
    assert processors(str(tmp_path), range(3)).threads == 3


@pytest.mark.parametrize(
    "cgroup, files, quota",
    [
        ("0::/", {"sys/fs/cgroup/cpu.max": "200000 100000"}, 2.0),
        ("0::/", {"sys/fs/cgroup/cpu.max": "max 100000"}, None),
        ("0::/a/b", {"sys/fs/cgroup/a/cpu.max": "150000 100000"}, 1.5),
        (
            "0::/a/b",
            {
                "sys/fs/cgroup/a/cpu.max": "300000 100000",
                "sys/fs/cgroup/a/b/cpu.max": "100000 100000",
            },
            1.0,
        ),
        (
            "4:cpu,cpuacct:/docker/x",
            {
                "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "50000",
                "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000",
            },
            0.5,
        ),
        (
            "4:cpu,cpuacct:/",
            {
                "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1",
                "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000",
            },
            None,
        ),
    ],
)
def test_quota_of_the_control_groups(machine, cgroup, files, quota):
    root = machine(["0", "1", "2", "3"], cgroup, files)
    assert processors(root, range(4)).quota == quota


@given(
    st.integers(1, 64), st.integers(1, 64), st.none() | st.floats(0.01, 100.0)
)  # fmt: skip
def test_threads_never_exceed_the_cores_nor_the_quota(logical, physical, quota):
    physical = min(logical, physical)
    count = Processors(logical, physical, quota).threads
    assert 1 <= count <= physical
    if quota is not None:
        assert count < quota + 1
        assert count == physical or count >= quota  # and use what is granted


@pytest.fixture
def nothing_chosen(monkeypatch):
    monkeypatch.setattr(threads, "_chosen", None)
    monkeypatch.delitem(sys.modules, "mxnet", raising=False)


def test_the_users_number_stays(nothing_chosen):
    environ = {"OMP_NUM_THREADS": "7"}
    assert choose(environ).number == "7"
    assert environ == {"OMP_NUM_THREADS": "7"}
    assert choose(environ).source == "OMP_NUM_THREADS was set"


def test_ours_is_remembered_as_ours(nothing_chosen):
    environ = {}
    first = choose(environ)
    assert environ["OMP_NUM_THREADS"] == first.number == str(processors().threads)
    assert choose(environ) is first


def test_too_late_for_an_imported_mxnet(nothing_chosen, monkeypatch):
    monkeypatch.setitem(sys.modules, "mxnet", object())
    environ = {}
    assert choose(environ).number is None
    assert environ == {}
