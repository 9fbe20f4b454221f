"""A gradebook that cannot be used is named in a line."""

from __future__ import annotations

import contextlib
import sqlite3

import pytest
from click.testing import CliRunner

from course import cli
from tests.course.classroom.conftest import NAME, Here, solved, submit


def said_by(folder, command: str) -> str:
    options = ["-q", "--trust-submissions"] if command == "grade" else []
    done = CliRunner().invoke(cli.main, [command, str(folder.root), *options])
    assert done.exit_code == 1
    assert done.output.count("\n") == 1
    return done.output


@pytest.mark.parametrize("command", ["summary", "grade"])
@pytest.mark.parametrize("damage", [b"junk" * 1000, None])
def test_a_damaged_one(folder, command, damage):
    path = folder.root / "gradebook.db"
    path.write_bytes(damage or path.read_bytes()[:5000])
    said = said_by(folder, command)
    assert said.startswith(f"gluon-course: {path}: ")
    assert "put a backup in its place, or move it away" in said


@pytest.mark.parametrize("command", ["summary", "grade"])
def test_one_that_another_program_writes_into(folder, command):
    path = folder.root / "gradebook.db"
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        said = said_by(folder, command)
    assert said.startswith(f"gluon-course: {path}: database is locked: another program")


def test_one_that_was_moved_away_is_made_again(folder, no_sandbox):
    from course.classroom.grade import grade
    from course.classroom.release import release
    from course.classroom.summary import results

    submit(folder, "a", solved(folder))
    grade(folder, [NAME], Here())
    (folder.root / "gradebook.db").unlink()
    release(folder, NAME)
    grade(folder, [NAME], Here())
    assert [(one.student, one.score) for one in results(folder)] == [("a", 6)]
