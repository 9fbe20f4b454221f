"""Notebooks for a student: copied to a folder, JupyterLab started in it."""

from __future__ import annotations

import json
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
        with_outputs = path.read_bytes()
        cleared = without_outputs(with_outputs)
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(cleared)
            copied.append(str(name))
        elif target.read_bytes() not in (cleared, with_outputs):
            kept.append(str(name))
    return copied, kept


def without_outputs(notebook: bytes) -> bytes:
    """A notebook as a student begins with it: results come after predictions.

    In the form that nbformat writes, which copying alone does not need.
    """
    data = json.loads(notebook)
    ran = [cell for cell in data["cells"] if cell.get("outputs")]
    if not ran:
        return notebook
    for cell in data["cells"]:
        if cell["cell_type"] == "code":
            cell.update(outputs=[], execution_count=None)
    text = json.dumps(data, indent=1, sort_keys=True, ensure_ascii=False)
    return f"{text}\n".encode()


def lab_command(folder: Path, arguments=()) -> list[str]:
    """What starts JupyterLab in a folder, with this Python."""
    return [sys.executable, "-m", "jupyterlab", f"--notebook-dir={folder}", *arguments]
