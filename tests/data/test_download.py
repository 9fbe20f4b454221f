from __future__ import annotations

import gzip
import os
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from gluon_nets.data import DataError, FashionMNIST, download, fetch, sources

NAME = "train-images-idx3-ubyte"


@pytest.fixture
def get(small, tmp_path):
    """Fetch the small set into a folder from the mirrors given."""

    def get(*mirrors, folder=None, **options):
        folder = folder or tmp_path / "got"
        return fetch(folder, mirrors, pins=small.pins, progress=False, **options)

    return get


@pytest.fixture
def part(small, tmp_path):
    """Write the .part of an interrupted download; returns its path."""

    def part(content):
        folder = tmp_path / "got"
        folder.mkdir(exist_ok=True)
        path = folder / f"{NAME}.gz.part"
        path.write_bytes(content)
        return path

    return part


def _whole(small, folder):
    """The folder holds the four files as they were served, and nothing half-done."""
    assert {path.name for path in folder.iterdir()} - {".lock"} == {
        f"{name}.gz" for name in small.packed
    }
    for name, data in small.packed.items():
        assert (folder / f"{name}.gz").read_bytes() == data
    return True


@pytest.mark.parametrize(
    "mode", ["ranges", "no ranges", "breaks off", "wrong range", "encoding"]
)
@pytest.mark.parametrize("there", [0, 1, 1_000, "all"])
def test_download_and_resume(serve, get, small, part, mode, there, monkeypatch):
    monkeypatch.setattr(download, "ATTEMPTS", 20)  # halves: 'breaks off' needs many
    part(small.packed[NAME][: None if there == "all" else there])
    url, _ = serve(mode)
    assert _whole(small, get(url))


def test_a_resumed_download_asks_for_the_rest_alone(serve, get, small, part):
    part(small.packed[NAME][:1_000])
    url, log = serve()
    get(url)
    assert log[0] == (f"/{NAME}.gz", "bytes=1000-")
    assert [asked for _, asked in log[1:]] == [None] * 3


def test_a_complete_part_needs_no_network(serve, get, small, part):
    part(small.packed[NAME])
    url, log = serve()
    get(url)
    assert f"/{NAME}.gz" not in [path for path, _ in log]


def test_a_part_longer_than_the_file_is_replaced(serve, get, small, part):
    part(b"x" * (len(small.packed[NAME]) + 5))  # the server answers 416
    assert _whole(small, get(serve()[0]))


def test_a_part_with_other_content_is_replaced(serve, get, small, part):
    part(b"x" * 1_000)
    assert _whole(small, get(serve()[0]))


@pytest.mark.parametrize("mode", ["missing", "garbage", "breaks off"])
def test_the_second_mirror_serves_when_the_first_does_not(serve, get, small, mode):
    first, second = serve(mode), serve()
    assert _whole(small, get(first[0], second[0]))
    assert first[1] and second[1]


def test_garbage_is_removed_and_named(serve, get, tmp_path):
    with pytest.raises(DataError, match="127.0.0.1: .*not a valid gzip"):
        get(serve("garbage")[0])
    assert [path.name for path in (tmp_path / "got").iterdir()] == [".lock"]


def test_a_failing_server_costs_no_progress(serve, get, small, part):
    path = part(small.packed[NAME][:1_000])
    with pytest.raises(DataError, match="HTTP 404"):
        get(serve("missing")[0])
    assert path.read_bytes() == small.packed[NAME][:1_000]


def test_what_came_before_the_break_is_kept(serve, get, small, tmp_path):
    with pytest.raises(DataError, match="broke off"):
        get(serve("breaks off")[0])
    path = tmp_path / "got" / f"{NAME}.gz.part"
    assert small.packed[NAME].startswith(path.read_bytes())
    assert path.stat().st_size > len(small.packed[NAME]) // 2


def _dead_url():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/"


def test_offline_names_the_three_remedies(get):
    with pytest.raises(DataError) as caught:
        get(_dead_url(), _dead_url())
    message = str(caught.value)
    assert message.count("no connection") == 2
    for remedy in (
        "apt install dataset-fashion-mnist",
        "GLUON_NETS_DATA or --root",
        "subset='sample', `--data sample`",
    ):
        assert remedy in message
    assert "\n" not in message


def test_a_file_of_the_users_is_neither_replaced_nor_removed(serve, get, tmp_path):
    folder = tmp_path / "got"
    folder.mkdir()
    mine = folder / f"{NAME}.gz"
    mine.write_bytes(gzip.compress(b"mine"))
    (folder / "notes.txt").write_text("mine too")
    before = {path: path.read_bytes() for path in folder.iterdir()}
    url, log = serve()
    with pytest.raises(DataError, match=f"{NAME}.gz: magic"):
        get(url)
    assert all(path.read_bytes() == content for path, content in before.items())
    assert not log


def test_only_missing_files_are_downloaded(serve, get, small, tmp_path):
    small.write(tmp_path / "got", list(small.packed)[1:])
    (tmp_path / "got" / NAME).write_bytes(gzip.decompress(small.packed[NAME]))
    url, log = serve()
    get(url)
    assert not log


def test_two_at_a_time_download_once(serve, get, small):
    url, log = serve()
    with ThreadPoolExecutor(2) as pool:
        folders = list(pool.map(lambda _: get(url), range(2)))
    assert _whole(small, folders[0])
    assert len(log) == 4


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_named(get, tmp_path):
    folder = tmp_path / "fixed"
    folder.mkdir(mode=0o500)
    with pytest.raises(DataError, match="fixed: cannot store"):
        get(_dead_url(), folder=folder)


def test_a_file_in_place_of_the_folder_is_named(get, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="file: cannot store the download: File exists"):
        get(_dead_url(), folder=tmp_path / "file")


def test_progress_goes_to_stderr(serve, small, tmp_path, capsys):
    fetch(tmp_path / "got", [serve()[0]], pins=small.pins)
    out, err = capsys.readouterr()
    assert out == ""
    assert f"{NAME}.gz: 100%" in err


def test_fashion_mnist_downloads_what_is_nowhere(monkeypatch, cache, small):
    def fetched():
        return small.write(cache)

    monkeypatch.setattr("gluon_nets.data.fashion_mnist.fetch", fetched)
    monkeypatch.setattr(sources, "SHA256", small.pins)
    assert len(FashionMNIST(10).train) == 20
    for path in cache.iterdir():
        path.unlink()
    with pytest.raises(DataError, match="not on this machine; either `apt install"):
        FashionMNIST(10, download=False)
