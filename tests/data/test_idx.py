from __future__ import annotations

import gzip
import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from gluon_nets.data.idx import DataError, idx_bytes, read_idx, write_idx

arrays = hnp.arrays(np.uint8, hnp.array_shapes(max_dims=3, max_side=6))
suffixes = st.sampled_from(["", ".gz"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("idx")


@given(array=arrays, suffix=suffixes)
def test_what_is_written_is_read(folder, array, suffix):
    path = folder / f"images{suffix}"
    write_idx(path, array)
    digest = hashlib.sha256(idx_bytes(array)).hexdigest()
    read = read_idx(path, array.ndim, digest)
    assert read.dtype == np.uint8
    np.testing.assert_array_equal(read, array)


@given(array=arrays)
def test_gzip_is_the_same_on_every_run(folder, array):
    one, two = folder / "one.gz", folder / "two.gz"
    write_idx(one, array)
    write_idx(two, array)
    assert one.read_bytes() == two.read_bytes()


@given(array=arrays, suffix=suffixes, data=st.data())
def test_every_truncation_is_a_data_error(folder, array, suffix, data):
    path = folder / f"short{suffix}"
    write_idx(path, array)
    content = path.read_bytes()
    path.write_bytes(content[: data.draw(st.integers(0, len(content) - 1))])
    with pytest.raises(DataError, match="short"):
        read_idx(path, array.ndim)


@given(array=arrays, data=st.data())
def test_every_flipped_bit_of_the_header_is_a_data_error(folder, array, data):
    path = folder / "flipped"
    content = bytearray(idx_bytes(array))
    bit = data.draw(st.integers(0, 32 * (1 + array.ndim) - 1))
    content[bit // 8] ^= 1 << bit % 8
    path.write_bytes(bytes(content))
    with pytest.raises(DataError, match="flipped"):
        read_idx(path, array.ndim)


@given(array=arrays, data=st.data())
def test_a_flipped_bit_of_a_gzip_is_no_other_array(folder, array, data):
    path = folder / "flipped.gz"
    write_idx(path, array)
    content = bytearray(path.read_bytes())
    bit = data.draw(st.integers(0, 8 * len(content) - 1))
    content[bit // 8] ^= 1 << bit % 8
    path.write_bytes(bytes(content))
    try:  # some bits of a gzip header mean nothing
        np.testing.assert_array_equal(read_idx(path, array.ndim), array)
    except DataError as error:
        assert "flipped.gz" in str(error)


@given(content=st.binary(max_size=60), suffix=suffixes, ndim=st.sampled_from([1, 3]))
def test_any_other_file_is_a_data_error(folder, content, suffix, ndim):
    path = folder / f"noise{suffix}"
    path.write_bytes(content)
    with pytest.raises(DataError, match="noise"):
        read_idx(path, ndim)


def _zeros(*shape):
    return idx_bytes(np.zeros(shape, np.uint8))


@pytest.mark.parametrize(
    "name, content, message",
    [
        ("a", _zeros(5), "magic 0x00000801, expected 0x00000803"),
        ("b", _zeros(2, 3, 4)[:-1], "truncated: 39 bytes, its header promises 40"),
        ("c", _zeros(2, 3, 4) + b"x", "trailing bytes: 41 bytes, its header promis"),
        ("d", _zeros(2, 3, 4)[:9], "truncated: 9 bytes, the header alone has 16"),
        ("e", _zeros(0, 3, 4), r"holds nothing: its dimensions are \(0, 3, 4\)"),
        ("f.gz", _zeros(2, 3, 4), "not a valid gzip file"),
        ("g.gz", gzip.compress(_zeros(2, 3, 4))[:-9], "truncated: its gzip stream"),
    ],
)
def test_the_message_says_what_is_wrong(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(DataError, match=message) as caught:
        read_idx(path, 3)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_another_hash_is_named(tmp_path):
    path = tmp_path / "labels"
    write_idx(path, np.zeros(3, np.uint8))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    with pytest.raises(DataError, match=f"{digest}, not 0123"):
        read_idx(path, 1, "0123")


@pytest.mark.parametrize("name", ["absent", "absent.gz", "."])
def test_what_cannot_be_read_is_named(tmp_path, name):
    with pytest.raises(DataError, match="cannot be read: (No such|Is a dir)"):
        read_idx(tmp_path / name, 1)


def test_only_bytes_are_written():
    with pytest.raises(ValueError, match="float64"):
        idx_bytes(np.zeros(3))
