"""Runs that are really killed, and then go on as if they had not been.

This file is also the program that is killed: CASE FOLDER MINUTES WHAT NUMBER.
"""

from __future__ import annotations

import io
import os
import re
import runpy
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import gluon_nets as gn
from gluon_nets import files
from gluon_nets.cli import main
from gluon_nets.train.checkpoint import Store, read_checkpoint
from gluon_nets.train.run import Run

ROOT = Path(__file__).parents[2]

# name -> (network, options of the data, options of the trainer); 6 updates an epoch
MOMENTUM = {"lr": 0.1, "momentum": 0.9, "schedule": "cosine", "warmup_epochs": 1}
ADAM = {"lr": 0.01, "optimizer": "adam", "weight_decay": 0.01}
CASES = {
    "momentum": ("anynet", {}, MOMENTUM),
    "adam and dropout": ("dropout", {}, {**ADAM, "seed": 3}),
    "augmentation": ("anynet", {"augment": ["flip", "shift"], "validation": 100}, ADAM),
    "two devices": ("anynet", {"last": "pad"}, {**MOMENTUM, "device": "cpu:0,1"}),
    "two devices, dropout": ("dropout", {}, {**ADAM, "device": "cpu:0,1"}),
    "shapes to come": ("deferred", {}, {"lr": 0.1, "device": "cpu:0,1"}),
}


def train(case: str, out=None, minutes=0.0, helpers=None):
    """Train a case for two epochs; the network and the history."""
    helpers = helpers or runpy.run_path(str(Path(__file__).with_name("conftest.py")))
    name, data, options = CASES[case]
    net = helpers[name]()
    options = {"device": "cpu", **options, "out": out, "resume": out is not None}
    trainer = gn.Trainer(2, progress=False, checkpoint_minutes=minutes, **options)
    return net, trainer.fit(net, helpers["few"](**data))


# ---- the program that is killed


def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)


class HalfWritten(io.FileIO):
    """A file in whose middle the process dies."""

    def write(self, content):
        super().write(content[: len(content) // 2])
        die()


def kill_after(owner, name: str, number: int) -> None:
    """Have the process die when a function has returned for the number-th time."""
    function, calls = getattr(owner, name), iter(range(1, number + 1))

    def counted(*arguments):
        result = function(*arguments)
        if next(calls) == number:
            die()
        return result

    setattr(owner, name, counted)


def kill_in_write(number: int) -> None:
    calls = iter(range(1, number + 1))
    files.open = lambda path, mode: (
        HalfWritten(path, mode) if next(calls) == number else open(path, mode)
    )


def program(case: str, out: str, minutes: str, what: str, number: str) -> None:
    gn.History.plot = lambda self, path=None: None  # takes longer than all the rest
    if what == "write":
        kill_in_write(int(number))
    else:
        owner = {"update": (Run, "train_step"), "rename": (os, "replace")}[what]
        kill_after(*owner, int(number))
    train(case, out, float(minutes))


# ---- what is tested


def environment() -> dict:
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def killed(case: str, out: Path, kill: str) -> None:
    """Train in a process of its own that is killed; `kill`: WHAT NUMBER [MINUTES]."""
    what, number, minutes = [*kill.split(), "0"][:3]
    command = [sys.executable, __file__, case, str(out), minutes, what, number]
    done = subprocess.run(
        command, env=environment(), capture_output=True, text=True, timeout=300
    )
    assert done.returncode == -signal.SIGKILL, f"it was not killed: {done.stderr}"
    assert done.stderr == "", "a run that is killed has nothing to say"


@pytest.fixture(scope="module")
def whole(bits, figures):
    """What a case gives where nobody kills it, by its name."""
    known = {}

    def get(case: str):
        if case not in known:
            net, history = train(case)
            known[case] = bits(net), figures(history)
        return known[case]

    return get


def differing(ours: dict, theirs: dict) -> list:
    return [key for key in theirs if ours.get(key) != theirs[key]]


def check_resumed(case, out, whole, bits, figures) -> None:
    """Go on with a killed run, and compare it with one that was not."""
    net, history = train(case, out, minutes=5.0)
    parameters, wanted = whole(case)
    assert not differing(bits(net), parameters), "parameters differ in their bits"
    assert figures(history)["epochs"] == wanted["epochs"]
    assert figures(history) == wanted
    assert gn.History.from_json(out / "history.json") == history


# A save writes next.ckpt under a temporary name and renames it; then last.ckpt becomes
# previous.ckpt, where there is one, and next.ckpt becomes last.ckpt. So the second save
# has the renames 3, 4 and 5. At the end of an epoch that of history.json follows.
@pytest.mark.parametrize(
    "kill, steps",
    [
        ("update 1", None),  # before anything was saved
        ("update 4", 3),  # in the first epoch
        ("update 9 5", 6),  # nothing saved since the end of the epoch
        ("update 12", 11),  # before the last evaluation
        ("write 3", 2),
        ("rename 4", 1),
        ("rename 10 5", 12),  # all is saved but the last history.json
        pytest.param("write 1", None, marks=pytest.mark.slow),
        pytest.param("rename 1", None, marks=pytest.mark.slow),
        pytest.param("rename 2", 1, marks=pytest.mark.slow),
        pytest.param("rename 3", 1, marks=pytest.mark.slow),
        pytest.param("rename 5", 2, marks=pytest.mark.slow),
        pytest.param("rename 6 5", 12, marks=pytest.mark.slow),
        pytest.param("rename 7 5", 12, marks=pytest.mark.slow),
    ],
)
@pytest.mark.usefixtures("no_figures")
def test_killed_at_any_moment(tmp_path, whole, bits, figures, kill, steps):
    killed("momentum", tmp_path, kill)
    newest = Store(tmp_path).newest()
    assert (newest is None) == (steps is None)
    if newest is not None:
        meta, _ = read_checkpoint(newest)
        assert meta["epoch"] * 6 + meta["step"] == steps, "not the newest that can be"
    check_resumed("momentum", tmp_path, whole, bits, figures)


@pytest.mark.parametrize("case", [name for name in CASES if name != "momentum"])
@pytest.mark.usefixtures("no_figures")
def test_whatever_is_trained(tmp_path, whole, bits, figures, case):
    killed(case, tmp_path, "update 9")
    check_resumed(case, tmp_path, whole, bits, figures)


@pytest.mark.usefixtures("no_figures")
def test_killed_again_and_again(tmp_path, whole, bits, figures):
    for kill in ("update 3", "rename 9"):
        killed("adam and dropout", tmp_path, kill)
    check_resumed("adam and dropout", tmp_path, whole, bits, figures)


@pytest.mark.usefixtures("no_figures")
def test_from_the_one_before_a_damaged_checkpoint(tmp_path, whole, bits, figures):
    killed("momentum", tmp_path, "update 9")
    last = tmp_path / "last.ckpt"
    last.write_bytes(last.read_bytes()[:-100])
    with pytest.raises(ValueError, match="cut off.*previous.ckpt, is whole: move last"):
        train("momentum", tmp_path)
    last.rename(tmp_path / "damaged")
    check_resumed("momentum", tmp_path, whole, bits, figures)


# ---- Ctrl-C and SIGTERM, by the command line

COMMAND = "train regnetx32 --resize 8 --epochs 3 --validation 0.8 --momentum 0.9"
COMMAND = [*COMMAND.split(), "--schedule", "cosine", "--device", "cpu"]


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    """The folder of a run by the command line."""
    folder = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gn.History, "plot", lambda self, path=None: None)
        done = CliRunner().invoke(main, [*COMMAND, "--out", str(folder)])
    assert done.exit_code == 0, done.output
    return folder


def signalled(number: int, out: Path) -> tuple:
    """Send a signal in the second epoch; exit code, stdout, stderr after the epoch."""
    process = subprocess.Popen(
        [sys.executable, "-m", "gluon_nets_cli", *COMMAND, "--out", str(out)],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        seen = []
        for line in process.stderr:
            seen.append(line)
            if line.startswith("epoch 1/3"):
                break
        else:
            pytest.fail("no epoch came to its end: " + "".join(seen))
        process.send_signal(number)
        stdout, stderr = process.communicate(timeout=300)
    return process.returncode, stdout, stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.usefixtures("no_figures")
def test_a_signal_saves_says_how_to_resume_and_it_resumes(
    number, tmp_path, uninterrupted, figures
):
    code, stdout, stderr = signalled(number, tmp_path)
    assert (code, stdout) == (1, "")
    lines = [line for line in stderr.splitlines() if not line.startswith("epoch")]
    assert len(lines) == 1, stderr
    assert re.match("gluon-nets: stopped after [12] of 3 epochs", lines[0])
    assert str(tmp_path / "last.ckpt") in lines[0]
    assert "--resume" in lines[0]
    done = CliRunner().invoke(main, [*COMMAND, "--out", str(tmp_path), "--resume"])
    assert done.exit_code == 0, done.output
    assert_same(tmp_path / "last.ckpt", uninterrupted / "last.ckpt", figures)


def assert_same(path: Path, other: Path, figures) -> None:
    """The checkpoints hold the same network and history."""
    (meta, ours), (wanted, theirs) = read_checkpoint(path), read_checkpoint(other)
    assert sorted(ours) == sorted(theirs)
    assert all(np.array_equal(ours[key], theirs[key]) for key in theirs)
    histories = [gn.History.from_dict(m["history"]) for m in (meta, wanted)]
    assert figures(histories[0]) == figures(histories[1])


if __name__ == "__main__":
    program(*sys.argv[1:])
