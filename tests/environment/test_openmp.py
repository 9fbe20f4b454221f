from __future__ import annotations

import os
import subprocess
import sys

import pytest

from gluon_nets.environment.openmp import SETTINGS, keep_one_team


@pytest.fixture
def no_mxnet(monkeypatch):
    monkeypatch.delitem(sys.modules, "mxnet", raising=False)


def test_sets_what_is_not_set(no_mxnet):
    environ = {}
    assert keep_one_team(environ) == environ == SETTINGS


@pytest.mark.parametrize("name", SETTINGS)
def test_what_the_user_set_stays(no_mxnet, name):
    environ = {name: "5"}
    assert keep_one_team(environ) == environ == {**SETTINGS, name: "5"}


def test_a_policy_of_the_users_is_not_overridden(no_mxnet):
    environ = {"OMP_WAIT_POLICY": "PASSIVE"}
    assert "GOMP_SPINCOUNT" not in keep_one_team(environ)


def test_too_late_for_an_imported_mxnet(monkeypatch):
    monkeypatch.setitem(sys.modules, "mxnet", object())
    environ = {}
    assert keep_one_team(environ) == environ == {}


EPOCH = """
import os
import gluon_nets as gn

data = gn.FashionMNIST(500, 28, subset="sample")
net = gn.get_net("vgg11_quarter_28")
gn.Trainer(1, progress=False).fit(net, data)
print(len(os.listdir("/proc/self/task")))
"""


def threads_after_an_epoch(openmp_threads: int) -> int:
    environ = {k: v for k, v in os.environ.items() if k not in SETTINGS}
    environ["OMP_NUM_THREADS"] = str(openmp_threads)
    command = [sys.executable, "-c", EPOCH]
    done = subprocess.run(
        command, env=environ, check=True, stdout=subprocess.PIPE, text=True
    )
    return int(done.stdout)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts by /proc")
def test_training_makes_a_single_team():
    two, five = threads_after_an_epoch(2), threads_after_an_epoch(5)
    assert five - two == 3, f"{(five - two) / 3:g} teams of OpenMP threads"
