"""The suite's command line: one line where something does not fit."""

from __future__ import annotations

import importlib
import json
import re

import pytest
from click.testing import CliRunner

from benchmarks import tables
from benchmarks.__main__ import main
from benchmarks.suite import Results
from benchmarks.works import CHECK, WORKS

COSTS = {"first": 0.7, "memory": 1.5e9}
ROW = {
    "limit": 0.5,
    "missing": {"chapters": "none"},
    "sides": {
        "ours": {**COSTS, "median": 1.0, "about": {"mxnet": "1.9.1"}},
        "pytorch eager": {**COSTS, "median": 2.0, "about": {"torch": "2"}},
    },
    "speedups": {
        "ours": {
            "pytorch": {"side": "pytorch eager", "speedup": 2, "low": 1.9, "high": 2.1}
        }
    },
}
CONTENT = {
    "cpu": "a CPU",
    "threads": 2,
    "peaks": {"flops": 7e10, "bytes": 4e10},
    "rows": {"train regnetx32 128x1x96²": ROW},
}


def invoke(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_every_work_is_listed():
    assert invoke("list").output.splitlines() == [work.name for work in WORKS]


@pytest.mark.parametrize("command", ["list", "run"])
def test_a_pattern_that_finds_nothing_is_one_line(command):
    result = invoke(command, "alexnet")
    assert result.exit_code == 2
    assert len(result.output.splitlines()) == 1 and "'alexnet'" in result.output


def test_a_file_of_another_kind_is_one_line(tmp_path):
    path = tmp_path / "other.json"
    path.write_text("{}")
    result = invoke("run", "regnetx32", "--out", path)
    assert result.exit_code == 2 and "choose another" in result.output
    assert path.read_text() == "{}"


def test_a_check_measures_its_works_and_writes_nothing(monkeypatch):
    cli = importlib.import_module("benchmarks.__main__")
    asked = []
    monkeypatch.setattr(cli, "peaks", lambda threads: CONTENT["peaks"])
    monkeypatch.setattr(cli, "measure", lambda work, *_: asked.append(work.name) or ROW)
    monkeypatch.setattr(Results, "add", lambda *_: pytest.fail("wrote a row"))
    result = invoke("check")
    assert result.exit_code == 0, result.output
    assert asked == list(CHECK)
    assert result.output.count("2.00x (1.90 to 2.10)") == len(CHECK)


def test_the_table_has_each_ratio_and_its_interval(tmp_path):
    path = tmp_path / "suite.json"
    path.write_text(json.dumps(CONTENT))
    text = invoke("table", path).output
    assert re.search(
        r"`regnetx32` 128x1x96².*1\.00 s.*50%.*\*\*2\.00\*\* \(1\.90 to 2\.10\)", text
    )
    assert re.search(r"0\.7 s \| +0\.7 s.*1\.50 GB \| +1\.50 GB", text)
    assert "Geometric means: over pytorch 2.00 (1 rows)" in text


def test_a_row_without_ratios_says_why():
    row = {**ROW, "speedups": {}}
    assert "not measured (chapters: none)" in tables.line("train x", row)


def test_waits_are_compared_with_the_last_side():
    startup = {
        "rounds": 3,
        "seconds": {"import x": {"median": 0.081, "min": 0.07, "max": 0.09}},
    }
    epochs = [{"seconds": 40.0, "accuracy": 0.8}, {"seconds": 100.0, "accuracy": 0.91}]
    theirs = [{"seconds": 250.0, "accuracy": 0.902}]
    accuracy = {"goal": 0.9, "sides": {"ours": epochs, "theirs": theirs}}
    text = tables.markdown_of_waits(startup, accuracy)
    cells = [[c.strip() for c in row.split("|")[1:-1]] for row in text.splitlines()]
    assert ["ours", "100 s", "2", "91.00%", "2.5"] in cells
    assert ["theirs", "250 s", "1", "90.20%", "1"] in cells
    assert ["`import x`", "0.08 s", "0.07 s", "0.09 s"] in cells
