from __future__ import annotations

import subprocess
import sys
import time

import pytest

import gluon_nets as gn
from gluon_nets.train.checkpoint import CheckpointError
from gluon_nets.train.folder import check_unused, held

HOLD = """
import sys, time
from pathlib import Path
from gluon_nets.train.folder import held
with held(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no locks of folders")
def test_a_folder_is_one_processes_until_it_dies(tmp_path):
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(CheckpointError, match="another run trains in"):
            with held(tmp_path):
                pass
        other.kill()
    for _ in range(100):  # the kernel frees it a moment later
        try:
            with held(tmp_path):
                return
        except CheckpointError:
            time.sleep(0.1)
    pytest.fail("still locked after the process is dead")


def test_leaves_nothing_and_can_be_held_again(tmp_path):
    folder = tmp_path / "a" / "b"
    for _ in range(2):
        with held(folder):
            assert list(folder.iterdir()) == []
    assert list(folder.iterdir()) == []


def test_a_folder_that_cannot_be_written_to(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CheckpointError, match="file/run cannot be written to"):
        with held(tmp_path / "file" / "run"):
            pass


@pytest.mark.parametrize("name", ["history.json", "curves.png"])
def test_what_a_new_run_would_write_over(name, tmp_path):
    check_unused(tmp_path)
    (tmp_path / name).write_text("my notes")
    with pytest.raises(CheckpointError, match=f"holds a {name} but no checkpoint"):
        check_unused(tmp_path)


def test_the_trainer_asks_first(tmp_path):
    (tmp_path / "history.json").write_text("my notes")
    data = gn.FashionMNIST(500, 28, subset="sample")
    trainer = gn.Trainer(1, out=tmp_path, progress=False)
    with pytest.raises(CheckpointError, match="history.json"):
        trainer.fit(gn.get_net("mlp"), data)
    assert (tmp_path / "history.json").read_text() == "my notes"
    with held(tmp_path), pytest.raises(CheckpointError, match="another run"):
        trainer.fit(gn.get_net("mlp"), data)
