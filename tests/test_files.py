"""A file is the old one or the new one, whatever fails."""

from __future__ import annotations

import io
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gluon_nets import files
from gluon_nets.files import write_atomically


class Full(OSError):
    """No space left on the device."""


class HalfWritten(io.FileIO):
    """A file on a disk that is full after half of the content."""

    def write(self, content):
        super().write(content[: len(content) // 2])
        raise Full


def fail(*_, **__):
    raise Full


def interrupt(*_):
    raise KeyboardInterrupt


# what fails -> (module, name, what takes its place, the error that comes through)
FAILURES = {
    "opening": (files, "open", fail, Full),
    "writing": (files, "open", HalfWritten, Full),
    "fsync": (os, "fsync", fail, Full),
    "rename": (os, "replace", fail, Full),
    "Ctrl-C": (os, "fsync", interrupt, KeyboardInterrupt),
}


@pytest.mark.parametrize("old", [None, b"", b"the old content"])
@pytest.mark.parametrize("failure", FAILURES)
def test_a_failure_leaves_the_old_content_and_nothing_else(
    monkeypatch, tmp_path, failure, old
):
    path = tmp_path / "some.file"
    if old is not None:
        path.write_bytes(old)
    module, name, broken, error = FAILURES[failure]
    with monkeypatch.context() as patch, pytest.raises(error):
        patch.setattr(module, name, broken, raising=False)
        write_atomically(path, b"the new content")
    there = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    assert there == ({} if old is None else {"some.file": old})


@given(st.binary(), st.binary())
@settings(max_examples=20)
def test_the_new_content_takes_the_place_of_the_old(tmp_path_factory, old, new):
    folder = tmp_path_factory.mktemp("files")
    path = folder / "some.file"
    for content in (old, new):
        write_atomically(str(path), content)
        assert path.read_bytes() == content
    assert os.listdir(folder) == ["some.file"], "a temporary file was left"


def test_the_content_is_on_the_disk_before_it_has_the_name(monkeypatch, tmp_path):
    order, path = [], tmp_path / "some.file"
    for name in ("fsync", "replace"):
        function = getattr(os, name)

        def noted(*arguments, name=name, function=function):
            order.append((name, path.exists()))
            return function(*arguments)

        monkeypatch.setattr(os, name, noted)
    write_atomically(path, b"content")
    assert order == [("fsync", False), ("replace", False)]


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_atomically(tmp_path / "no" / "some.file", b"content")


def test_nothing_but_the_temporary_file_is_written_before_the_rename(
    monkeypatch, tmp_path
):
    """Whoever reads the old file meanwhile reads all of it."""
    path, seen = tmp_path / "some.file", []
    path.write_bytes(b"old")
    sync = os.fsync
    monkeypatch.setattr(
        os, "fsync", lambda number: (seen.append(path.read_bytes()), sync(number))
    )
    write_atomically(path, b"new")
    assert seen == [b"old"]
