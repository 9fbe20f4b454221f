"""What the sandbox shows."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from course.grading.sandbox import view


@pytest.fixture
def shown():
    return view.view()


def test_it_shows_this_interpreter_and_the_project(shown):
    def is_shown(path):
        above = {str(path), *map(str, Path(path).parents)}
        return above & set(shown.shown)

    assert is_shown(sys.prefix)
    assert is_shown(sys.base_prefix)
    assert is_shown(view.PROJECT / "gluon_nets")
    assert is_shown(view.PROJECT / "course")
    assert is_shown("/usr/lib")


def test_it_does_not_show_all(shown):
    clone = str(view.PROJECT)
    assert not {"/", "/etc", "/home", "/root", "/tmp", "/var", clone} & set(shown.shown)


def test_it_hides_the_solutions(shown):
    exercises = view.COURSE / "exercises"
    assert exercises.is_dir() is (str(exercises) in shown.hidden)


def test_an_installed_copy_of_the_solutions_is_hidden_too(tmp_path, monkeypatch):
    (tmp_path / "course" / "exercises").mkdir(parents=True)
    (tmp_path / "course" / "notebooks").mkdir()
    monkeypatch.setattr(view, "_installed", lambda: [str(tmp_path)])
    hidden = view.view().hidden
    assert str(tmp_path / "course" / "exercises") in hidden
    assert str(tmp_path / "course" / "notebooks") in hidden


def test_what_is_within_another_one_is_not_shown_twice(shown):
    for path in shown.shown:
        assert not set(map(str, Path(path).parents)) & set(shown.shown)


def test_the_folders_above_come_from_above(shown):
    known = {"/"}
    for path in shown.parents:
        assert str(Path(path).parent) in known
        known.add(path)


@pytest.mark.parametrize("installed", [False, True])
def test_an_installed_project_needs_no_path(monkeypatch, installed):
    folders = [str(view.PROJECT)] if installed else ["/elsewhere"]
    monkeypatch.setattr(view, "_installed", lambda: folders)
    assert view.needs_path() is not installed
