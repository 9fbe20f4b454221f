"""Seconds to an accuracy, with programs that only say so."""

from __future__ import annotations

import json
import sys

import pytest
from click.testing import CliRunner

from benchmarks import to_accuracy

SAYS = """
import time
for epoch, accuracy in enumerate([80.5, 91.25, 99.0], 1):
    print(f"epoch {epoch}/3  loss 0.4  test accuracy {accuracy}%", flush=True)
    time.sleep(0.2)
"""


@pytest.fixture(autouse=True)
def programs(monkeypatch):
    sides = {name: [sys.executable, "-c", SAYS] for name in ("ours", "theirs")}
    monkeypatch.setattr(to_accuracy, "SIDES", sides)


def test_it_ends_with_the_first_epoch_that_reaches_the_goal():
    epochs = to_accuracy.run("ours", 0.9, 1)
    assert [epoch["accuracy"] for epoch in epochs] == pytest.approx([0.805, 0.9125])
    assert 0 <= epochs[0]["seconds"] <= epochs[1]["seconds"]


def test_a_goal_that_is_never_reached_gives_all_epochs():
    assert len(to_accuracy.run("ours", 1.0, 1)) == 3


def test_what_the_trainer_and_the_peer_print_is_understood():
    """The lines of `gluon-nets train`, and of `benchmarks.sides.d2l_run`."""
    trainer = (
        "epoch 1/3  loss 0.6  test loss 0.5  test accuracy 85.94%  lr 0.1  9 images/s"
    )
    for line in (trainer, "epoch 1 test accuracy 85.94%"):
        assert to_accuracy._EPOCH.search(line).group(1) == "85.94"


def test_a_file_keeps_the_sides_that_are_not_measured_again(tmp_path):
    path = tmp_path / "seconds.json"
    old = {"goal": 0.9, "sides": {"theirs": [{"seconds": 1, "accuracy": 0.95}]}}
    path.write_text(json.dumps(old))
    command = to_accuracy.main
    result = CliRunner().invoke(command, ["ours", "--out", str(path)])
    assert result.exit_code == 0, result.output
    found = json.loads(path.read_text())["sides"]
    assert found["theirs"] == old["sides"]["theirs"]
    assert len(found["ours"]) == 2
