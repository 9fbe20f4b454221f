"""Course folders and their settings."""

from __future__ import annotations

import stat

import pytest

from course.classroom.folder import SettingsError, open_folder, read_settings


def test_a_folder_has_what_nbgrader_needs(made):
    for name in ("source", "submitted", "gradebook.db", "nbgrader_config.py"):
        assert (made.root / name).exists()
    assert made.exercises() == made.own_exercises() == ["counting"]
    assert made.exercise("counting").folder == made.root / "exercises" / "counting"


def test_the_seed_is_secret_and_differs(made, tmp_path):
    from course.classroom.create import create

    mode = (made.root / "grading.toml").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600
    assert create(tmp_path / "other").settings.seed != made.settings.seed


@pytest.mark.parametrize("broken", ["c.x = (", "1 / 0", "import course.nothing"])
def test_broken_settings_stop_everything(folder, broken):
    """nbgrader would go on with its defaults: without a sandbox."""
    from course.classroom.grader import load_config

    assert load_config(folder).OverwriteCells.add_missing_cells
    (folder.root / "own_config.py").write_text("c = get_config()\nc.A.b = 3\n")
    assert load_config(folder).A.b == 3
    (folder.root / "own_config.py").write_text(broken)
    with pytest.raises(ValueError, match="nbgrader_config.py: [A-Z]"):
        load_config(folder)


def test_a_second_init_changes_nothing(folder):
    from course.classroom.create import create

    before = {path: path.read_bytes() for path in folder.root.glob("*.*")}
    create(folder.root)
    assert before == {path: path.read_bytes() for path in folder.root.glob("*.*")}


def test_another_courses_settings_are_not_overwritten(tmp_path):
    from course.classroom.create import create

    (tmp_path / "nbgrader_config.py").write_text("c = get_config()")
    with pytest.raises(ValueError, match="of another course"):
        create(tmp_path)


def test_what_is_no_course_folder_is_said(tmp_path):
    with pytest.raises(ValueError, match="is no course folder: gluon-course init"):
        open_folder(tmp_path)


@pytest.mark.parametrize(
    "text, said",
    [
        ("seed = ", "grading.toml"),
        ("", "seed is None"),
        ("seed = -1", "seed is -1: it must be 0 or more"),
        ("seed = 1\nsalt = 2", r"\['salt'\]: seed, limits.cell_seconds"),
        ("seed = 1\n[limits]\nmemory = 5", "memory is 5: 268435456 or more fits"),
        ("seed = 1\n[limits]\nwall_seconds = 'x'", "wall_seconds is 'x'"),
        ("seed = true", "seed is True"),
        ("seed = 1\n[limits]\nwall_seconds = true", "wall_seconds is True: 1 or more"),
        ("seed = 1\nlimits = 3", r"limits is 3: a table \[limits\] fits"),
        ("seed = 1 # \xe4".encode("latin-1"), "grading.toml: 'utf-8' codec"),
    ],
)
def test_settings_that_do_not_fit_are_named(tmp_path, text, said):
    path = tmp_path / "grading.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(SettingsError, match=said) as found:
        read_settings(path)
    assert str(path) in str(found.value) and "\n" not in str(found.value)


def test_settings_are_read_once(folder):
    before = folder.settings
    (folder.root / "grading.toml").write_text("seed = ")
    assert folder.settings is before


def test_limits_are_read(tmp_path):
    path = tmp_path / "grading.toml"
    path.write_text("seed = 3\n[limits]\nwall_seconds = 5\n")
    settings = read_settings(path)
    assert settings.seed == 3
    assert settings.limits == {"cell_seconds": 180, "wall_seconds": 5}
