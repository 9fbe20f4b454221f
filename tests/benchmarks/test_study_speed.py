"""A study's workers and a plain loop train the same networks."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from benchmarks import study_speed
from gluon_nets.study.reader import parse_study
from gluon_nets.study.sampling import sample

SOURCE = """
designs = 2
seed = 3
[space]
base = "AnyNetX_E"
[training]
data = "sample"
images = 200
held_out = 100
epochs = 1
batch_size = 50
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "little.toml"
    path.write_text(SOURCE, "utf-8")
    return path


@pytest.mark.slow  # four processes that import MXNet
def test_both_are_timed_in_turns(file, tmp_path):
    out = tmp_path / "speed.json"
    arguments = [str(file), "--rounds", "2", "--networks", "1", "--out", str(out)]
    told = CliRunner().invoke(study_speed.main, arguments)
    assert told.exit_code == 0, told.output
    found = json.loads(out.read_text("utf-8"))
    assert found["study"] == "little" and found["training"]["images"] == 200
    assert set(found["networks an hour"]) == {"study", "loop"}
    assert all(rate > 0 for rate in found["networks an hour"].values())
    speed = found["study over loop"]
    assert 0 < speed["low"] <= speed["speedup"] <= speed["high"], speed


def test_building_takes_time_in_each_part(file):
    study = parse_study(SOURCE, "little")
    archs = [sample(study.space, 1, study.seed).arch(0)]
    parts = study_speed.building(study, archs)
    assert set(parts) == {"blocks", "parameters", "graphs"}
    assert all(part["median"] > 0 for part in parts.values()), parts
