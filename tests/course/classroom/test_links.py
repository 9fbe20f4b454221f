"""What links lead to is nobody's submission."""

from __future__ import annotations

import os

import pytest

from course.classroom.submissions import Submission, chosen, submissions
from tests.course.classroom.conftest import NAME, solved, submit


@pytest.mark.parametrize("place", ["student", "exercise", "below"])
def test_folders_that_are_links_are_not_followed(folder, place):
    submit(folder, "ada", solved(folder))
    other = folder.submitted / "ada" / NAME
    mine = folder.submitted / "bob"
    if place == "student":
        mine.symlink_to(other.parent)
    else:
        (mine / NAME if place == "below" else mine).mkdir(parents=True)
        (mine / NAME / "x" if place == "below" else mine / NAME).symlink_to(other)
    by = {found.student: found for found in submissions(folder, [NAME])}
    assert chosen(by["ada"])[0] == other / f"{NAME}.ipynb"
    assert chosen(by["bob"]) == (None, ())


def test_a_name_of_any_bytes_can_be_said(tmp_path):
    path = tmp_path / "ada" / NAME
    path.mkdir(parents=True)
    (path / os.fsdecode(b"\xff.ipynb")).write_text("{}")
    found, remarks = chosen(Submission("ada", NAME, path))
    assert found is not None
    assert " ".join(remarks).encode()
