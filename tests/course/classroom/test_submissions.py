"""What lies below submitted/ and is no submission."""

from __future__ import annotations

import os

from course.classroom.folder import Folder
from course.classroom.submissions import ignored

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
