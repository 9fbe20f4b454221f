from __future__ import annotations

import dataclasses
import gzip
import subprocess
import sys

import numpy as np
import pytest

from gluon_nets.data import DataError, sources, status
from gluon_nets.data.idx import write_idx


def test_nothing_is_found_in_an_empty_home():
    assert sources.find() is None


def test_places_are_looked_at_in_order(small, tmp_path, cache, monkeypatch):
    def found():
        return next(iter(sources.find().values())).parent

    assert small.write(sources.DEBIAN) == found()
    assert small.write(cache) == found()
    named = small.write(tmp_path / "named")
    monkeypatch.setenv(sources.VARIABLE, str(named))
    assert named == found()
    root = small.write(tmp_path / "root")
    assert next(iter(sources.find(root).values())).parent == root


def test_an_incomplete_cache_is_passed_over(small, cache):
    small.write(cache, list(small.packed)[:3])
    small.write(sources.DEBIAN)
    assert all(path.parent == sources.DEBIAN for path in sources.find().values())


def test_a_named_folder_that_lacks_files_is_an_error(small, tmp_path, monkeypatch):
    small.write(sources.DEBIAN)
    folder = small.write(tmp_path / "mine", ["train-images-idx3-ubyte"])
    message = (
        f"{folder} \\(root\\) lacks train-labels-idx1-ubyte, t10k-images-idx3-ubyte"
    )
    with pytest.raises(DataError, match=message):
        sources.find(folder)
    monkeypatch.setenv(sources.VARIABLE, str(folder))
    with pytest.raises(DataError, match=r"\(\$GLUON_NETS_DATA\) lacks train-labels"):
        sources.find()
    with pytest.raises(DataError, match=r"nowhere \(root\) is not a folder"):
        sources.find(tmp_path / "nowhere")


def test_an_empty_variable_names_nothing(monkeypatch):
    monkeypatch.setenv(sources.VARIABLE, "")
    assert sources.find() is None


def test_plain_and_packed_files_are_the_same(small, tmp_path):
    packed, plain = small.write(tmp_path / "packed"), tmp_path / "plain"
    plain.mkdir()
    for name, data in small.packed.items():
        (plain / name).write_bytes(gzip.decompress(data))
    for part in sources.PARTS:
        one = sources.load(sources.find(packed), part, small.pins)
        two = sources.load(sources.find(plain), part, small.pins)
        for a, b in zip(one, two):
            np.testing.assert_array_equal(a, b)
            assert a.dtype == b.dtype


def test_load_says_when_counts_do_not_match(small, tmp_path):
    files = sources.find(small.write(tmp_path / "mixed"))
    files["train-labels-idx1-ubyte"] = files["t10k-labels-idx1-ubyte"]
    message = "train-images.* holds 20 images, but .*t10k-labels.* 10 labels"
    with pytest.raises(DataError, match=message):
        sources.load(files, "train", small.pins)


def test_load_says_when_images_have_another_size(small, tmp_path):
    files = sources.find(small.write(tmp_path / "large"))
    write_idx(files["train-images-idx3-ubyte"], np.zeros((20, 32, 30), np.uint8))
    with pytest.raises(DataError, match="32x30 pixels, expected 28x28"):
        sources.load(files, "train", small.pins)


def test_load_checks_the_hash(small, tmp_path):
    files = sources.find(small.write(tmp_path / "other"))
    with pytest.raises(DataError, match="SHA-256"):
        sources.load(files, "train")  # Zalando's pins


def test_full_set_is_zalandos(full_root):
    images, labels = sources.load(sources.find(full_root), "train")
    assert images.shape == (60_000, 28, 28) and images.nbytes + 16 == 47_040_016
    assert np.bincount(labels).tolist() == [6_000] * 10
    images, labels = sources.load(sources.find(full_root), "test")
    assert images.shape == (10_000, 28, 28)
    assert np.bincount(labels).tolist() == [1_000] * 10


def test_status_tells_each_place(small, tmp_path, cache, monkeypatch):
    small.write(cache, list(small.packed)[:3])
    states = {place.label: place.state for place in status()}
    assert states == {
        "$GLUON_NETS_DATA": "not set",
        "user cache": "missing: t10k-labels-idx1-ubyte",
        "Debian package": "absent",
        "embedded sample": "complete",
    }
    monkeypatch.setenv(sources.VARIABLE, str(small.write(tmp_path / "mine")))
    assert status()[0].path == tmp_path / "mine"
    assert status()[0].state == "complete"
    with pytest.raises(dataclasses.FrozenInstanceError):
        status()[0].state = "fine"


def test_status_verifies_when_asked(small):
    small.write(sources.DEBIAN)
    states = {place.label: place.state for place in status(verify=True)}
    assert states["Debian package"].startswith("damaged: ")
    assert states["embedded sample"] == "complete"


def test_mxnet_is_not_imported():
    code = """if True:
        import sys, gluon_nets.data as data
        data.status()
        data.FashionMNIST(subset="sample")
        heavy = {"mxnet", "matplotlib", "requests"} & set(sys.modules)
        assert not heavy, heavy"""
    subprocess.run([sys.executable, "-c", code], check=True)
