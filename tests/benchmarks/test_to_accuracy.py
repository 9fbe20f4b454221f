"""Seconds to an accuracy, with programs that only say so."""

from __future__ import annotations

import json
import sys

import pytest
from click.testing import CliRunner

from benchmarks import to_accuracy

THEIRS = "the chapter's recipe in PyTorch"
SAYS = """
import time
for epoch, accuracy in enumerate([80.5, 91.25, 99.0], 1):
    print(f"epoch {epoch}/3  loss 0.4  test accuracy {accuracy}%", flush=True)
    time.sleep(0.2)
"""


@pytest.fixture(autouse=True)
def programs(monkeypatch):
    sides = {name: [sys.executable, "-c", SAYS] for name in ("ours", THEIRS)}
    monkeypatch.setattr(to_accuracy, "SIDES", sides)


def measure(side, path, *options):
    command = [side, "--out", str(path), *options]
    return CliRunner().invoke(to_accuracy.main, command)


def test_it_ends_with_the_first_epoch_that_reaches_the_goal():
    *_, epochs = to_accuracy.run("ours", 0.9, 1)
    assert [epoch["accuracy"] for epoch in epochs] == pytest.approx([0.805, 0.9125])
    assert 0 <= epochs[0]["seconds"] <= epochs[1]["seconds"]


def test_a_goal_that_is_never_reached_gives_all_epochs():
    assert len(list(to_accuracy.run("ours", 1.0, 1))) == 3


def test_what_the_trainer_and_the_peer_print_is_understood():
    """The lines of `gluon-nets train`, and of `benchmarks.sides.d2l_run`."""
    trainer = (
        "epoch 1/3  loss 0.6  test loss 0.5  test accuracy 85.94%  lr 0.1  9 images/s"
    )
    for line in (trainer, "epoch 1 test accuracy 85.94%"):
        assert to_accuracy._EPOCH.search(line).group(1) == "85.94"


def test_a_file_keeps_the_sides_that_are_not_measured_again(tmp_path):
    path = tmp_path / "seconds.json"
    measure(THEIRS, path)
    old = json.loads(path.read_text())["sides"][THEIRS]
    old[-1]["seconds"] = 123.0
    content = {**json.loads(path.read_text()), "sides": {THEIRS: old}}
    path.write_text(json.dumps(content))
    result = measure("ours", path)
    assert result.exit_code == 0, result.output
    found = json.loads(path.read_text())["sides"]
    assert found[THEIRS] == old
    assert len(found["ours"]) == 2


def test_a_file_holds_one_goal(tmp_path):
    path = tmp_path / "seconds.json"
    measure(THEIRS, path)
    before = path.read_bytes()
    result = measure("ours", path, "--goal", "0.5")
    assert result.exit_code == 2
    assert "goal 0.9, this run has 0.5" in " ".join(result.output.split())
    assert path.read_bytes() == before


def test_a_run_that_is_broken_off_leaves_what_it_had(tmp_path, monkeypatch):
    path = tmp_path / "seconds.json"
    write, count = to_accuracy.records.write, []

    def killed(*arguments):
        write(*arguments)
        count.append(1)
        if len(count) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(to_accuracy.records, "write", killed)
    measure(THEIRS, path, "--goal", "1.0")
    assert len(json.loads(path.read_text())["sides"][THEIRS]) == 2
