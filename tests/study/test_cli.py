"""The study's commands, as one types them."""

from __future__ import annotations

import csv
import io
import json
import sys
import time

import pytest
from click.testing import CliRunner
from tqdm import tqdm

import gluon_nets as gn
from gluon_nets.cli import main
from gluon_nets.study import pools
from gluon_nets.study.designs import COLUMNS
from gluon_nets.study.named import NAMES, get_space
from gluon_nets.study.sampling import sample
from tests.study.conftest import SOURCE, Pool


def run(*arguments, code=0):
    result = CliRunner().invoke(main, ["study", *map(str, arguments)])
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result.output


@pytest.mark.parametrize("name", NAMES)
def test_samples_are_the_spaces(name):
    rows = json.loads(run("sample", "--space", name, "--n", 50, "--seed", 1, "--json"))
    archs = [gn.Arch.from_json(json.dumps(row["arch"])) for row in rows]
    space = get_space(name)
    drawn = sample(space, 50, 1)
    assert archs == [drawn.arch(row) for row in range(50)]
    for row, arch in zip(rows, archs):
        cost = gn.complexity(arch, 28, 1, 10)
        assert (row["params"], row["flops"], row["acts"]) == (
            cost.params,
            cost.flops,
            cost.acts,
        )
        assert 3.6e6 <= row["flops"] <= 4.4e6
    assert len(run("sample", "--space", name, "--n", 3).splitlines()) == 4


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "small.toml"
    path.write_text(SOURCE)
    return path


class FakePool(Pool):
    workers = None

    def __init__(self, workers=None):
        super().__init__()
        type(self).workers = workers

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


def test_a_space_of_the_papers_scale_is_drawn_and_not_trained(file, tmp_path):
    file.write_text('designs = 2\n[space]\nbase = "AnyNetX_B"\nscale = "paper"\n')
    assert len(run("sample", "--space", file, "--n", 2).splitlines()) == 3
    for command in (["run", "--out", tmp_path / "x.sqlite"], ["tune"]):
        (line,) = run(command[0], file, *command[1:], code=2).splitlines()
        assert "can be drawn, but not trained: in_channels is 3" in line
    assert not (tmp_path / "x.sqlite").exists()


def test_the_bar_counts_what_is_trained(file, tmp_path, monkeypatch):
    """Repeats too, and at the beginning what was done before."""
    study = sys.modules["gluon_nets.cli.study"]  # not the command of that name
    bars = []

    def bar(*args, **options):
        bars.append(tqdm(*args, **{**options, "disable": False, "file": io.StringIO()}))
        return bars[-1]

    monkeypatch.setattr(pools, "LocalPool", FakePool)
    monkeypatch.setattr(study, "tqdm", bar)
    for repeats, begun in ((0, 0), (4, 6), (4, 10)):
        file.write_text(SOURCE.replace("seed = 3", f"seed = 3\nrepeats = {repeats}"))
        run("run", file, "--out", tmp_path / "x.sqlite")
        assert (bars[-1].initial, bars[-1].total) == (begun, 6 + repeats)
        assert bars[-1].n == bars[-1].total


def test_drawing_is_within_the_time_budget(file, tmp_path, monkeypatch):
    from gluon_nets.study import running

    budgets, now, fill = [], [0.0], running.fill

    def slow(*args):
        fill(*args)
        now[0] += 70

    def run_study(*_, budget, **__):
        budgets.append(budget)
        return "out of time"

    monkeypatch.setattr(pools, "LocalPool", FakePool)
    monkeypatch.setattr(running, "fill", slow)
    monkeypatch.setattr(running, "run_study", run_study)
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    run("run", file, "--out", tmp_path / "x.sqlite", "--time-budget", "2m")
    assert budgets == [50]


def test_from_a_file_to_a_table(file, tmp_path, monkeypatch):
    monkeypatch.setattr(pools, "LocalPool", FakePool)
    out = tmp_path / "small.sqlite"
    text = run("run", file, "--out", out, "--workers", 3)
    assert "small: finished: 6 done" in text and FakePool.workers == 3
    found = json.loads(run("run", file, "--out", out, "--json", "-q"))
    assert found == {"name": "small", "end": "finished", "pending": 0, "done": 6}
    assert "small: 6 of 6 done, 0 diverged, 0 failed; error" in run("status", out)
    (row,) = json.loads(run("status", out, "--json"))
    assert row["done"] == row["designs"] == 6
    assert "6 networks" in run("export", out, "--out", tmp_path / "small.csv")
    with open(tmp_path / "small.csv") as table:
        rows = list(csv.DictReader(table))
    for row in rows:
        arch = gn.Arch.from_json(row["arch"])
        for index, stage in enumerate(arch.stages, 1):
            for name in COLUMNS:
                assert float(row[f"{name}_{index}"]) == getattr(stage, name)
    assert "6 new results" in run("merge", out, "--out", tmp_path / "all.sqlite")
    assert "small: 6 of 6 done" in run("status", tmp_path / "all.sqlite")


def test_tables_as_parquet(file, tmp_path, monkeypatch):
    parquet = pytest.importorskip("pyarrow.parquet", reason="the extra dist is missing")
    monkeypatch.setattr(pools, "LocalPool", FakePool)
    out = tmp_path / "small.sqlite"
    run("run", file, "--out", out)
    run("export", out, "--out", tmp_path / "small.parquet")
    run("export", out, "--out", tmp_path / "small.csv")
    table = parquet.read_table(tmp_path / "small.parquet").to_pylist()
    with open(tmp_path / "small.csv") as text:
        for row, expected in zip(table, csv.DictReader(text)):
            assert {key: str(value) for key, value in row.items()} == expected


def test_a_template_runs(tmp_path, monkeypatch):
    monkeypatch.setattr(pools, "LocalPool", FakePool)
    path = tmp_path / "regnet.toml"
    path.write_text(run("new", "RegNetX").replace("designs = 100", "designs = 3"))
    run("run", path, "--out", tmp_path / "regnet.sqlite")
    found = run("sample", "--space", path, "--n", 3, "--seed", 1)
    assert len(found.splitlines()) == 4


WRONG = [
    (["sample", "--space", "AnyNetX_Z"], 2, "space is 'AnyNetX_Z': what fits is"),
    (["sample", "--space", "AnyNetX_A", "--n", 0], 2, "count is 0"),
    (["sample", "--space", "AnyNetX_A", "--scale", "x"], 2, "scale is 'x'"),
    (["sample", "--space", "none.toml"], 2, "none.toml cannot be read"),
    (["new", "AnyNetX_Z"], 2, "space is 'AnyNetX_Z'"),
    (["run", "none.toml", "--out", "x.sqlite"], 2, "none.toml cannot be read"),
    (["status", "none.sqlite"], 1, "none.sqlite is not there"),
    (["export", "none.sqlite", "--out", "x.csv"], 1, "none.sqlite is not there"),
    (["compare", "none.sqlite"], 1, "none.sqlite is not there"),
    (["merge", "none.sqlite", "--out", "x.sqlite"], 1, "none.sqlite is not there"),
]


@pytest.mark.parametrize("arguments, code, message", WRONG)
def test_errors_are_one_line(arguments, code, message):
    lines = run(*arguments, code=code).splitlines()
    assert len(lines) == 1 and message in lines[0]


@pytest.mark.parametrize(
    "options, message",
    [
        (["--time-budget", "soon"], "'soon': a number and s, m or h fits, as 30m"),
        (["--resource", "GPU"], "NAME=NUMBER fits, as GPU=1"),
        (["--resource", "GPU=0"], "NAME=NUMBER fits, as GPU=1"),
        (["--resource", "GPU=1"], "--resource belongs to --scheduler"),
        (["--workers", 2, "--scheduler", "tcp://x:1"], "exclude each other"),
    ],
)
def test_options_that_do_not_fit(file, options, message):
    text = run("run", file, "--out", "x.sqlite", *options, code=2)
    assert message in " ".join(text.split())


def test_an_impossible_band_is_one_line(file, monkeypatch, tmp_path):
    from gluon_nets.study import sampling

    monkeypatch.setattr(sampling, "PATIENCE", 2)
    file.write_text(SOURCE + "[space.bands]\nflops = [1, 2]\n")
    (line,) = run("run", file, "--out", tmp_path / "x.sqlite", code=2).splitlines()
    assert "0 different designs with flops from 1 to 2" in line
    assert "draws have flops from" in line


def test_another_studys_file_is_one_line(file, tmp_path, monkeypatch):
    monkeypatch.setattr(pools, "LocalPool", FakePool)
    out = tmp_path / "small.sqlite"
    run("run", file, "--out", out)
    file.write_text(SOURCE.replace("epochs = 2", "epochs = 3"))
    (line,) = run("run", file, "--out", out, code=1).splitlines()
    assert "holds another study, whose training differs in epochs" in line


def test_tuning_on_the_command_line(file, monkeypatch):
    monkeypatch.setattr(pools, "LocalPool", FakePool)
    options = ["--lr", "0.1,0.2", "--weight-decay", "0"]
    lines = run("tune", file, *options).splitlines()
    assert len(lines) == 3 and "lr 0.1 " in lines[1] + lines[2]
    found = json.loads(run("tune", file, *options, "--number", 2, "--json"))
    arch = gn.Arch.from_json(json.dumps(found["arch"]))
    assert arch == sample(get_space("AnyNetX_E"), 3, 3).arch(2)
    assert {trial["lr"] for trial in found["trials"]} == {0.1, 0.2}
    assert "'x': numbers with commas fit" in run("tune", file, "--lr", "x", code=2)


def test_missing_images_are_one_line(file, tmp_path):
    file.write_text(SOURCE.replace("images = 400", "images = 9000"))
    (line,) = run("run", file, "--out", tmp_path / "x.sqlite", code=2).splitlines()
    assert "images is 9000: sample has 5800 training images beside the 200" in line
    assert not (tmp_path / "x.sqlite").exists()
