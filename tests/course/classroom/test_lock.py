"""One command at a time writes into a course folder."""

from __future__ import annotations

import subprocess
import sys

import pytest
from click.testing import CliRunner

from course import cli
from course.classroom.folder import Folder
from course.classroom.lock import InUse, held

HOLD = """
import sys, time
from pathlib import Path
from course.classroom.folder import Folder
from course.classroom.lock import held
with held(Folder(Path(sys.argv[1]))):
    print("held", flush=True)
    time.sleep(600)
"""


def test_a_folder_is_one_processes_until_it_dies(tmp_path):
    folder = Folder(tmp_path)
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(InUse, match="another grading works in .*: wait for it"):
            with held(folder):
                pass
        other.kill()
    with held(folder):
        pass


def test_the_commands_say_so_in_a_line(folder):
    said = f"gluon-course: another grading works in {folder.root}: wait for it, or"
    with held(folder):
        for command in ("release", "grade", "summary"):
            done = CliRunner().invoke(cli.main, [command, str(folder.root)])
            assert done.exit_code == 1
            assert done.output == f"{said} stop it\n"
