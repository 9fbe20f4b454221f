"""Checkpoints: bit by bit, or refused by name; and the one before survives."""

from __future__ import annotations

import hashlib
import io
import json
import os
import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import gluon_nets as gn
from gluon_nets import files
from gluon_nets.train import CheckpointError, load_checkpoint
from gluon_nets.train.checkpoint import MAGIC, Store, pack, read_checkpoint, unpack

keys = st.text("abcdefghijklmnopqrstuvwxyz0123456789_.", min_size=1, max_size=12)
values = st.sampled_from(["float32", "float64", "int32", "uint8", "float16"]).flatmap(
    lambda dtype: hnp.arrays(
        dtype, hnp.array_shapes(min_dims=0, min_side=0, max_side=4)
    )
)
arrays = st.dictionaries(keys.map("params/{}".format), values, max_size=4)
plain_data = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
    ),
    max_leaves=8,
)
metas = st.dictionaries(st.text(), plain_data, max_size=4)

RAW = pack({"epoch": 3}, {"params/head.weight": np.arange(12, dtype="float32")})
HEAD = RAW.index(b"\n") + 1


def refused(raw: bytes) -> str:
    """The message with which bytes are refused."""
    with pytest.raises(CheckpointError) as caught:
        unpack(raw, "runs/a/last.ckpt")
    assert str(caught.value).startswith("runs/a/last.ckpt ")
    assert "\n" not in str(caught.value)
    return str(caught.value)


def sealed(content: bytes) -> bytes:
    """Any content below a first line that fits it."""
    digest = hashlib.sha256(content).hexdigest()
    return MAGIC + f" {digest} {len(content)}\n".encode() + content


def npz(**contents) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **contents)
    return buffer.getvalue()


@given(metas, arrays)
def test_round_trip_is_bit_by_bit(meta, contents):
    found, back = unpack(pack(meta, contents), "x")
    assert found == meta
    assert sorted(back) == sorted(contents)
    for key, value in contents.items():
        assert (back[key].dtype, back[key].shape) == (value.dtype, value.shape), key
        assert back[key].tobytes() == value.tobytes(), key


@given(st.integers(0, len(RAW) - 1))
def test_any_truncation_is_refused(length):
    refused(RAW[:length])


@given(st.integers(1, 1000))
def test_a_truncated_content_is_called_cut_off(missing):
    whole = len(RAW) - HEAD
    missing = min(missing, whole)
    assert f"is cut off: {whole - missing:,} of {whole:,}" in refused(RAW[:-missing])


@given(st.binary(min_size=1))
def test_more_bytes_are_refused(rest):
    refused(RAW + rest)


@given(st.integers(HEAD, len(RAW) - 1), st.integers(1, 255))
def test_any_flipped_byte_of_the_content_is_refused(place, mask):
    raw = bytearray(RAW)
    raw[place] ^= mask
    assert "is altered" in refused(bytes(raw))


@pytest.mark.parametrize("mask", [1, 2, 4, 8, 16, 32, 64, 128])
def test_any_flipped_bit_of_the_first_line_is_refused(mask):
    missed = []
    for place in range(HEAD):
        raw = bytearray(RAW)
        raw[place] ^= mask
        try:
            unpack(bytes(raw), "x")
            missed.append(bytes(raw[:HEAD]))
        except CheckpointError:
            pass
    assert not missed, "altered first lines that were taken"


FOREIGN = {
    "png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    "empty": b"",
    "npz": npz(a=np.zeros(3)),
    "pickle": pickle.dumps({"epoch": 3}),
    "text": b"epoch 3\n",
    "newer": RAW.replace(b"checkpoint 1", b"checkpoint 2"),
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_foreign_files_are_refused_by_name(kind, tmp_path):
    path = tmp_path / f"{kind}.ckpt"
    path.write_bytes(FOREIGN[kind])
    for read in (read_checkpoint, load_checkpoint):
        with pytest.raises(CheckpointError, match=str(path)):
            read(path)
    assert path.read_bytes() == FOREIGN[kind], "what the user put there stays"


@given(st.binary())
def test_random_bytes_are_refused(raw):
    refused(raw)


@given(st.binary())
def test_random_bytes_with_a_right_first_line_are_refused(content):
    refused(sealed(content))


def _npy() -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.zeros(3))
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content",
    [b"", _npy(), npz(a=np.zeros(3)), npz(__meta__=np.array("{")), pickle.dumps(1)],
    ids=["empty", "npy", "no meta", "no json", "pickle"],
)
def test_other_contents_with_a_right_first_line_are_refused(content):
    refused(sealed(content))


@pytest.mark.parametrize("meta", [{}, {"net": {}}, [], {"net": {"name": "resnet18"}}])
def test_a_checkpoint_that_lacks_what_a_network_needs_is_refused(meta, tmp_path):
    path = tmp_path / "last.ckpt"
    path.write_bytes(pack(meta, {}))
    with pytest.raises(CheckpointError, match=str(path)):
        load_checkpoint(path)


class Bomb:
    """Creates a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


@pytest.mark.parametrize("place", ["__meta__", "params/head.weight"])
def test_nothing_in_a_file_is_executed(place, tmp_path):
    mark = tmp_path / "executed"
    bomb = np.array([Bomb(mark)], dtype=object)
    content = npz(**{"__meta__": np.array("{}"), place: bomb})
    refused(sealed(content))
    assert not mark.exists(), "reading a checkpoint ran code from it"
    with np.load(io.BytesIO(content), allow_pickle=True) as archive:
        dict(archive)
    assert mark.exists(), "the bomb of this test is a dud"


@pytest.mark.parametrize("kind", ["missing", "folder"])
def test_what_cannot_be_read_is_named(kind, tmp_path):
    path = tmp_path / kind
    if kind == "folder":
        path.mkdir()
    with pytest.raises(CheckpointError, match=f"{path} cannot be read"):
        read_checkpoint(path)


def state(number: int):
    return {"epoch": number}, {"meter": np.full((2, 3), number, "float32")}


def epoch_of(path) -> int:
    meta, contents = read_checkpoint(path)
    assert (contents["meter"] == meta["epoch"]).all(), "arrays of another checkpoint"
    return meta["epoch"]


@pytest.fixture
def store(tmp_path):
    """A store with checkpoints 1 and 2 in it."""
    store = Store(tmp_path / "deep" / "run")
    for number in (1, 2):
        assert store.save(*state(number)) == store.last
    return store


def test_the_last_two_are_kept(store):
    assert (epoch_of(store.previous), epoch_of(store.last)) == (1, 2)
    store.save(*state(3))
    assert (epoch_of(store.previous), epoch_of(store.last)) == (2, 3)
    names = sorted(path.name for path in store.folder.iterdir())
    assert names == ["last.ckpt", "previous.ckpt"]


def test_an_empty_folder_has_none(tmp_path):
    store = Store(tmp_path)
    assert store.newest() is None
    with pytest.raises(CheckpointError, match="holds no checkpoint"):
        store.load()
    with pytest.raises(CheckpointError, match=f"{tmp_path} holds no checkpoint"):
        load_checkpoint(tmp_path)


def test_a_damaged_last_one_is_refused_and_the_way_out_told(store):
    store.last.write_bytes(store.last.read_bytes()[:-1])
    with pytest.raises(CheckpointError) as caught:
        store.load()
    message = str(caught.value)
    assert message.startswith(f"{store.last} is cut off")
    assert f"{store.previous}, is whole: move last.ckpt away" in message
    os.rename(store.last, store.folder / "away")
    assert store.load()[0] == {"epoch": 1}, "the way that was told is none"


@pytest.mark.parametrize("other", ["damaged", "missing"])
def test_no_way_out_is_told_where_there_is_none(store, other):
    store.last.write_bytes(b"")
    if other == "damaged":
        store.previous.write_bytes(b"x")
    else:
        store.previous.unlink()
    with pytest.raises(CheckpointError) as caught:
        store.load()
    assert str(store.last) in str(caught.value)
    assert "whole" not in str(caught.value)


class Crash(Exception):
    pass


class Breaking:
    """Counts calls of what a save does, and breaks off at the `at`-th."""

    def __init__(self, monkeypatch, at: int):
        self.calls, self.at = 0, at
        for name in ("replace", "fsync"):
            monkeypatch.setattr(os, name, self.guarded(getattr(os, name)))
        monkeypatch.setattr(files, "open", self.guarded(self.open), raising=False)

    def tick(self):
        self.calls += 1
        if self.calls == self.at:
            raise Crash

    def guarded(self, function):
        def call(*arguments):
            self.tick()
            return function(*arguments)

        return call

    def open(self, path, mode):
        return HalfWritten(path, mode, self.tick)


class HalfWritten(io.FileIO):
    """A file whose second half is written after another tick."""

    def __init__(self, path, mode, tick):
        super().__init__(path, mode)
        self.tick = tick

    def write(self, content):
        half = len(content) // 2
        super().write(content[:half])
        self.tick()
        return half + super().write(content[half:])


POINTS = 6  # open, the second half of the content, fsync, three renames


@pytest.mark.parametrize("at", range(1, POINTS + 1))
def test_a_crash_while_saving_leaves_the_one_before(monkeypatch, store, at):
    with monkeypatch.context() as patch, pytest.raises(Crash):
        Breaking(patch, at)
        store.save(*state(3))
    assert store.load()[0]["epoch"] == 2, "the newest whole checkpoint is not found"
    hidden = [path.name for path in store.folder.iterdir() if path.name[0] == "."]
    assert not hidden, "a temporary file was left"
    store.save(*state(4))
    assert epoch_of(store.last) == 4, "a crash spoilt the next save"


def test_there_are_no_more_points_to_crash_at(monkeypatch, store):
    with monkeypatch.context() as patch:
        breaking = Breaking(patch, at=POINTS + 1)
        store.save(*state(3))
    assert breaking.calls == POINTS
    assert epoch_of(store.last) == 3


@pytest.fixture(scope="module")
def run(tmp_path_factory, few):
    """A finished run of a registered network."""
    folder = tmp_path_factory.mktemp("run")
    net, data = gn.get_net("regnetx32", seed=3), few(images=32)
    history = gn.Trainer(1, lr=0.01, out=folder, progress=False).fit(net, data)
    return folder, net, history


@pytest.mark.parametrize("name", ["", "last.ckpt"])
def test_a_network_is_loaded_with_its_parameters_and_history(run, bits, name):
    folder, net, history = run
    loaded = load_checkpoint(folder / name)
    assert bits(loaded.net) == bits(net)
    assert loaded.history == history
    assert loaded.net.spec == net.spec
    assert loaded.meta["recipe"]["lr"] == 0.01
    assert loaded.meta["data"]["batch_size"] == 16


def repacked(run, path, change):
    """A run's checkpoint with some change, whole and with a right hash."""
    meta, contents = read_checkpoint(run[0] / "last.ckpt")
    change(meta, contents)
    path.write_bytes(pack(meta, contents))
    return path


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda m, a: a.pop("params/head.bias"), "of another network.*'head.bias'"),
        (lambda m, a: a.update({"params/x.bias": np.ones(3)}), "another .*'x.bias'"),
        (
            lambda m, a: a.update({"params/head.bias": np.ones(11, "float32")}),
            r"head.bias is \(11,\) in it, and \(10,\) here",
        ),
        (lambda m, a: m.update(net=None, net_name="Mine"), "your own .Mine.: only"),
        (lambda m, a: m["net"].update(name="regnetx33"), "regnetx33"),
    ],
)
def test_a_checkpoint_of_another_network_is_refused(run, tmp_path, change, words):
    path = repacked(run, tmp_path / "x.ckpt", change)
    with pytest.raises(CheckpointError, match=words) as caught:
        load_checkpoint(path)
    assert str(path) in str(caught.value)


@given(st.data())
@settings(max_examples=30)
def test_a_real_checkpoint_with_any_flipped_byte_is_refused(run, data):
    raw = bytearray((run[0] / "last.ckpt").read_bytes())
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= 0xFF
    refused(bytes(raw))


def test_meta_is_json(run):
    meta, _ = read_checkpoint(run[0] / "last.ckpt")
    assert json.loads(json.dumps(meta)) == meta
