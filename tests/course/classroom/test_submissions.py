"""What lies below submitted/ and is no submission."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from course.classroom.folder import Folder
from course.classroom.submissions import STAMP, _stamp, ignored, notebooks, submissions

BELONGS = "STUDENT/NAME/NAME.ipynb is where a submission belongs"
UNKNOWN = "no exercise of this name was released"


def made(root, *paths) -> Folder:
    """A course folder in which 'vgg_costs' was released."""
    for path in ("release/vgg_costs/vgg_costs.ipynb", *paths):
        path = os.path.join(os.fsencode(root), os.fsencode(path))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        open(path, "wb").close()
    return Folder(root)


def test_what_belongs_there_is_not_named(tmp_path):
    assert ignored(made(tmp_path)) == []  # there is no submitted/ at all
    folder = made(
        tmp_path,
        "submitted/ada/vgg_costs/vgg_costs.ipynb",
        "submitted/ada/vgg_costs/deeper/vgg_costs.ipynb",
        "submitted/.gitkeep",
        "submitted/ada/.DS_Store",
        "submitted/__MACOSX/ada/x",
        "submitted/ada/.ipynb_checkpoints/x.ipynb",
    )
    assert ignored(folder) == []


def test_what_lies_in_a_wrong_place_is_named_with_the_reason(tmp_path):
    folder = made(
        tmp_path,
        "submitted/typo/vgg_cots/vgg_costs.ipynb",
        "submitted/loose.ipynb",
        "submitted/ada/vgg_costs.ipynb",
    )
    assert ignored(folder) == [
        f"ignored: ada/vgg_costs.ipynb: {BELONGS}",
        f"ignored: loose.ipynb: {BELONGS}",
        f"ignored: typo/vgg_cots: {UNKNOWN}",
    ]


def test_a_name_is_one_line_of_text(tmp_path):
    folder = made(tmp_path, b"submitted/a\n\x1b\xff.ipynb")
    (line,) = ignored(folder)
    assert line == f"ignored: a  \N{REPLACEMENT CHARACTER}.ipynb: {BELONGS}"
    assert line.isprintable()


def test_a_folder_that_must_not_be_looked_into_is_named(tmp_path, monkeypatch):
    """And the others are found all the same."""
    names = ("ada", "bob", "cyd")
    paths = [f"submitted/{name}/vgg_costs/vgg_costs.ipynb" for name in names]
    folder = made(tmp_path, *paths)
    is_dir, access = Path.is_dir, os.access

    def closed(path, *arguments):
        if "bob" in Path(path).parent.parts:
            raise PermissionError(13, "Permission denied")
        return is_dir(path)

    monkeypatch.setattr(Path, "is_dir", closed)
    monkeypatch.setattr(
        os, "access", lambda path, mode: Path(path).name != "bob" and access(path, mode)
    )
    found = submissions(folder, ["vgg_costs"])
    assert [one.student for one in found] == ["ada", "cyd"]
    (line,) = ignored(folder)
    assert line.startswith("ignored: bob: you may not look into this folder")


def test_an_exercises_folder_that_must_not_be_read_is_not_empty(tmp_path, monkeypatch):
    folder = made(tmp_path, "submitted/ada/vgg_costs/vgg_costs.ipynb")

    def closed(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", closed)
    with pytest.raises(PermissionError):
        notebooks(folder.submitted / "ada" / "vgg_costs")


@pytest.mark.parametrize(
    "other",
    [
        "vgg_costs/.ipynb_checkpoints/a-checkpoint.ipynb",
        "vgg_costs/.hidden.ipynb",
        "vgg_costs/__MACOSX/x.ipynb",
    ],
)
def test_what_a_program_left_does_not_hide_the_work_below_it(tmp_path, other):
    work = "submitted/ada/vgg_costs/unpacked/folder/vgg_costs.ipynb"
    folder = made(tmp_path, work, f"submitted/ada/{other}")
    found = notebooks(folder.submitted / "ada" / "vgg_costs")
    assert found == [tmp_path / work]


@pytest.mark.parametrize(
    "text, fits",
    [
        ("2020-01-01 10:00:00 UTC", True),
        ("99999999999999999999993102020h", False),  # an error of the decimal numbers
        ("soon", False),
        ("", False),
        ("1e9 1e9", False),
    ],
)
def test_a_time_that_cannot_be_read_is_none(tmp_path, text, fits):
    pytest.importorskip("nbgrader")
    path = tmp_path / STAMP
    path.write_text(text)
    assert _stamp(path) == (text if fits else "")
