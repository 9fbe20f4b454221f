from __future__ import annotations

from click.testing import CliRunner

from course.cli import exercises, lessons, main


def test_lists_what_is_there(tmp_path):
    for name in ("lessons/01_blocks.py", "lessons/_draft.py", "exercises/vgg/task.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "exercises" / "__pycache__").mkdir()
    assert lessons(tmp_path) == ["01_blocks"]
    assert exercises(tmp_path) == ["vgg"]


def test_nothing_there_is_no_error(tmp_path):
    assert lessons(tmp_path) == exercises(tmp_path) == []


def test_command():
    done = CliRunner().invoke(main, ["list"])
    assert done.exit_code == 0
    assert done.output.startswith("lessons: ")


def test_wrong_usage_is_exit_code_2():
    assert CliRunner().invoke(main, ["nonsense"]).exit_code == 2
