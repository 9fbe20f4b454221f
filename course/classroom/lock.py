"""Who writes into a course folder does so alone: nbgrader's database allows no two."""

from __future__ import annotations

import contextlib
from typing import Iterator

from course.classroom.folder import Folder
from gluon_nets.locks import alone


class InUse(RuntimeError):
    """Another process works in the course folder; the message names it."""

    exit_code = 1


@contextlib.contextmanager
def held(folder: Folder) -> Iterator[None]:
    """Keep other commands from writing into a course folder meanwhile.

    Raises
    ------
    InUse
        Where one does just now.
    """
    folder.cache.mkdir(exist_ok=True)
    said = f"another grading works in {folder.root}: wait for it, or stop it"
    with alone(folder.cache / "lock", InUse(said)):
        yield
