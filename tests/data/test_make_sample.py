from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

from gluon_nets.data import sources
from gluon_nets.data.idx import read_idx

SCRIPT = Path(__file__).parents[2] / "tools" / "make_sample.py"


@pytest.fixture(scope="module")
def tool():
    if not SCRIPT.exists():
        pytest.skip("tools/ is not part of an installed package")
    spec = importlib.util.spec_from_file_location("make_sample", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_embedded_sample_can_be_made_again(tool, full_root, tmp_path):
    manifest = tool.make_sample(tmp_path / "sample", full_root)
    kept = json.loads((sources.SAMPLE / "manifest.json").read_text(encoding="utf-8"))
    assert manifest == kept
    for name in sources.SHA256:
        ndim = 3 if "idx3" in name else 1
        np.testing.assert_array_equal(
            read_idx(tmp_path / "sample" / f"{name}.gz", ndim),
            read_idx(sources.SAMPLE / f"{name}.gz", ndim),
        )


def test_the_choice_is_balanced_and_without_replacement(tool):
    labels = np.repeat(np.arange(3), [50, 60, 70])
    chosen = tool.choose(labels, 40, np.random.default_rng(0))
    assert (np.diff(chosen) > 0).all()
    assert np.bincount(labels[chosen]).tolist() == [40] * 3


def test_without_the_full_set_it_says_what_to_do(tool, tmp_path, capsys):
    assert tool.main(["--out", str(tmp_path / "sample")]) == 1
    assert "apt install dataset-fashion-mnist" in capsys.readouterr().err
    assert not (tmp_path / "sample").exists()
