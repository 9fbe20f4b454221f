"""nbgrader's gradebook, open; errors of its database are a line that names the file."""

from __future__ import annotations

import contextlib
from typing import Iterator

from course.classroom.folder import Folder
from course.classroom.grader import quiet_nbgrader
from gluon_nets.messages import line_of

LOCKED = "another program writes into it: wait for it, or stop it"
BROKEN = (
    "put a backup in its place, or move it away, and release and grade again: points "
    "that a human gave are only in it"
)


class GradebookError(RuntimeError):
    """The gradebook cannot be used; the message names the file and a way out."""

    exit_code = 1


@contextlib.contextmanager
def open_gradebook(folder: Folder) -> Iterator:
    """An ``nbgrader.api.Gradebook`` of a course folder.

    Raises
    ------
    GradebookError
        Where its database is damaged, locked or cannot be opened.
    """
    with quiet_nbgrader():
        from nbgrader.api import Gradebook
        from sqlalchemy.exc import SQLAlchemyError

        try:
            with Gradebook(folder.gradebook) as gradebook:
                yield gradebook
        except SQLAlchemyError as error:
            said = line_of(getattr(error, "orig", None) or error)
            way_out = LOCKED if "is locked" in said else BROKEN
            path = folder.root / "gradebook.db"
            raise GradebookError(f"{path}: {said}: {way_out}") from None
