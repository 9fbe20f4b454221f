"""Seconds of commands: those that fail are left out."""

from __future__ import annotations

import sys

from benchmarks import startup


def test_commands_take_turns_and_those_that_fail_are_left_out(monkeypatch):
    commands = {
        "quick": [sys.executable, "-c", "pass"],
        "slow": [sys.executable, "-c", "import time; time.sleep(0.3)"],
        "fails": [sys.executable, "-c", "1 / 0"],
        "missing": ["/no/such/program"],
    }
    monkeypatch.setattr(startup, "COMMANDS", commands)
    found = startup.measure(rounds=2)
    assert list(found) == ["quick", "slow"]
    assert found["slow"]["min"] >= 0.3


def test_the_commands_that_are_measured_run():
    ours = [c for name, c in startup.COMMANDS.items() if name.startswith("gluon-nets")]
    assert ours and not any(startup._fails(command) for command in ours)
