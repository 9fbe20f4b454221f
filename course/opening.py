"""Notebooks for a student: copied to a folder, JupyterLab started in it."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from course.places import notebooks


def copy_notebooks(folder: Path) -> tuple[list[str], list[str]]:
    """Copy the notebooks that are not there yet: whose work is there stays.

    Returns
    -------
    copied, kept : lists of str
        Names, relative to the folder; kept are those that differ from the course's.
    """
    copied, kept = [], []
    origin = notebooks()
    for path in sorted(origin.rglob("*.ipynb")):
        if ".ipynb_checkpoints" in path.parts or "solutions" in path.parts:
            continue
        name = path.relative_to(origin)
        target = folder / name
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
            copied.append(str(name))
        elif target.read_bytes() != path.read_bytes():
            kept.append(str(name))
    return copied, kept


def lab_command(folder: Path, arguments=()) -> list[str]:
    """What starts JupyterLab in a folder, with this Python."""
    return [sys.executable, "-m", "jupyterlab", f"--notebook-dir={folder}", *arguments]
