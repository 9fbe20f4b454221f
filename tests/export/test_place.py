"""Where exports go: they replace an older export, and never anything else."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

import pytest

from gluon_nets.export.manifest import NAME, ExportError, Manifest, sha256
from gluon_nets.export.place import check_free, replacing

OTHER = "holds something else than an export"


def write(folder, text, format="symbol"):
    """An export's files, as `export_net` writes them."""
    names = ["model.onnx"] if format == "onnx" else ["symbol.json", "parameters.params"]
    for name in names:
        (folder / name).write_text(text)
    Manifest(
        format=format,
        net="mlp",
        input_shape=(1, 8, 8),
        class_names=("a", "b"),
        preprocessing={},
        files={name: sha256(folder / name) for name in names},
    ).write(folder)


def export(folder, text="new", format="symbol"):
    with replacing(folder) as new:
        write(new, text, format)


def contents(folder):
    return {path.name: path.read_text() for path in folder.iterdir()}


@pytest.fixture
def older(tmp_path):
    """An export that is there already."""
    export(tmp_path / "net", "old")
    return tmp_path / "net"


@pytest.mark.parametrize("format", ["symbol", "onnx"])
def test_an_older_export_is_replaced_by_one_of_any_format(older, format):
    export(older, format=format)
    manifest = Manifest.read(older)
    assert set(contents(older)) == {NAME, *manifest.files}
    assert all((older / name).read_text() == "new" for name in manifest.files)
    assert list(older.parent.iterdir()) == [older], "something was left behind"


@pytest.mark.parametrize("made", [False, True])
def test_a_folder_that_is_missing_or_empty_will_do(tmp_path, made):
    if made:
        (tmp_path / "a" / "b").mkdir(parents=True)
    export(tmp_path / "a" / "b")
    assert Manifest.read(tmp_path / "a" / "b").net == "mlp"


def test_another_file_beside_an_export_keeps_it_all(older):
    (older / "thesis.txt").write_text("mine")
    before = contents(older)
    with pytest.raises(ValueError, match=f"{OTHER}: thesis.txt is no part of one"):
        export(older)
    assert contents(older) == before


@pytest.mark.parametrize("text", ["{}", '{"name": "my-app", "version": "1.0"}', "["])
def test_an_export_json_of_somebody_else_is_none_of_ours(tmp_path, text):
    project = tmp_path / "project"
    (project / "src").mkdir(parents=True)
    (project / NAME).write_text(text)
    (project / "src" / "main.js").write_text("mine")
    with pytest.raises(ValueError, match=f"{OTHER}: .*{NAME} cannot be used") as raised:
        export(project)
    assert "\n" not in str(raised.value)
    assert (project / NAME).read_text() == text
    assert (project / "src" / "main.js").read_text() == "mine"


def test_an_export_json_that_names_other_files_is_none_of_ours(older):
    manifest = json.loads((older / NAME).read_text())
    manifest["files"]["thesis.txt"] = "0" * 64
    (older / NAME).write_text(json.dumps(manifest))
    (older / "thesis.txt").write_text("mine")
    with pytest.raises(ValueError, match=OTHER):
        export(older)
    assert (older / "thesis.txt").read_text() == "mine"


def test_an_export_that_lacks_a_file_is_not_replaced(older):
    (older / "symbol.json").unlink()
    with pytest.raises(ValueError, match="symbol.json is missing"):
        export(older)
    assert set(contents(older)) == {NAME, "parameters.params"}


def test_links_and_files_are_left_alone(older, tmp_path):
    link, dangling, file = tmp_path / "link", tmp_path / "dangling", tmp_path / "file"
    link.symlink_to(older)
    dangling.symlink_to(tmp_path / "nowhere")
    file.write_text("mine")
    for path, why in ((link, "a link"), (dangling, "a link"), (file, "a file")):
        with pytest.raises(ValueError, match=f"{OTHER}: it is {why}"):
            export(path)
    assert contents(older)["symbol.json"] == "old"


@pytest.mark.parametrize("empty", [False, True])
def test_the_folder_that_one_is_in(older, monkeypatch, tmp_path, empty):
    folder = tmp_path / "empty" if empty else older
    folder.mkdir(exist_ok=True)
    monkeypatch.chdir(folder)
    export(".")
    assert Path(os.getcwd()) == folder, "it was taken away from under us"
    assert Manifest.read(".").files == Manifest.read(folder).files
    assert contents(folder)["symbol.json"] == "new"


@pytest.mark.parametrize("name", ["symbol.json", NAME])
@pytest.mark.parametrize("format", ["symbol", "onnx"])
def test_where_the_new_one_cannot_move_in_the_old_one_stays(
    older, monkeypatch, name, format
):
    before, rename = contents(older), Path.rename
    if format == "onnx" and name == "symbol.json":
        name = "model.onnx"

    def fails(self, target):
        if self.name == name and self.parent.name == "new":
            raise OSError(28, "No space left on device", str(self))
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fails)
    with pytest.raises(OSError, match="No space left"):
        export(older, format=format)
    assert contents(older) == before
    assert list(older.parent.iterdir()) == [older]


def test_a_failure_while_it_is_written_leaves_nothing(older, tmp_path):
    for folder in (older, tmp_path / "fresh"):
        with pytest.raises(ValueError, match="no"):
            with replacing(folder) as new:
                write(new, "half")
                raise ValueError("no")
    assert list(tmp_path.iterdir()) == [older]
    assert contents(older)["symbol.json"] == "old"


def test_where_nothing_can_be_written_the_folder_is_named(tmp_path, monkeypatch):
    def refuses(*args, **options):
        raise PermissionError(13, "Permission denied", "/x/tmp1234")

    monkeypatch.setattr(tempfile, "mkdtemp", refuses)
    with pytest.raises(PermissionError) as raised:
        export(tmp_path / "net")
    assert str(raised.value) == f"[Errno 13] Permission denied: '{tmp_path / 'net'}'"


def test_a_file_that_is_no_folder_for_it_is_named(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(OSError, match=f"exists: '{tmp_path / 'file'}'"):
        export(tmp_path / "file" / "net")


def test_what_is_in_the_way_is_named_by_its_error(tmp_path):
    (tmp_path / NAME).mkdir()
    with pytest.raises(ValueError, match=f"no {NAME} in it"):
        check_free(tmp_path)
    with pytest.raises(ExportError):
        Manifest.parse(tmp_path)
