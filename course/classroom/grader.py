"""nbgrader's own steps, called from Python: quiet, and with the folder's settings."""

from __future__ import annotations

import contextlib
import glob
import io
import logging
import os
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

from course.classroom.folder import Folder
from gluon_nets.messages import line_of


class GradingError(RuntimeError):
    """A step of nbgrader failed; the message is the last line of its log."""

    exit_code = 1


@contextlib.contextmanager
def quiet_nbgrader() -> Iterator[io.StringIO]:
    """Meanwhile nbgrader finds its programs, and logs to the text that is given."""
    path = os.environ.get("PATH", "")
    # nbgrader calls `alembic` by name: the environment need not be activated
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), path])
    log = logging.getLogger("traitlets")
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    before = (log.propagate, log.level, log.handlers[:])
    log.propagate, log.handlers = False, [handler]
    log.setLevel(logging.WARNING)
    try:
        with warnings.catch_warnings():
            # of SQLAlchemy 2 and nbformat at nbgrader's ways
            warnings.simplefilter("ignore")
            yield text
    finally:
        log.propagate, log.handlers = before[0], before[2]
        log.setLevel(before[1])
        os.environ["PATH"] = path


def load_config(folder: Folder):
    """The settings in the folder's ``nbgrader_config.py``.

    Raises
    ------
    ValueError
        Where there is an error in it, or in the instructor's own.
    """
    from traitlets.config import PyFileConfigLoader

    try:
        return PyFileConfigLoader("nbgrader_config.py", str(folder.root)).load_config()
    except SystemExit as error:
        raise ValueError(str(error)) from None


def run_step(
    folder: Folder, step: str, assignment: str, student="", config=None, force=True
) -> None:
    """Run a converter of nbgrader.

    Parameters
    ----------
    folder : Folder
    step : str
        Its class in ``nbgrader.converters``: 'GenerateAssignment', 'Autograde' or
        'GenerateFeedback'.
    assignment, student : str
        Their names, as they are: nothing is a pattern but '*', which is all students.
    config : traitlets.config.Config, optional
        More settings, on top of the folder's.
    force : bool
        Or else what is there already stays.

    Raises
    ------
    GradingError
        With what nbgrader's log says.
    """
    with quiet_nbgrader() as log:
        from nbgrader import converters
        from nbgrader.coursedir import CourseDirectory

        settings = load_config(folder)
        settings.merge(config or {})
        course = CourseDirectory(config=settings)
        course.assignment_id = assignment
        course.student_id = student if student == "*" else glob.escape(student)
        converter = getattr(converters, step)(coursedir=course, config=settings)
        converter.force = force
        try:
            converter.start()
        except Exception as error:  # nbgrader raises what its parts raise
            raise GradingError(_reason(log.getvalue(), error)) from error


def _reason(log: str, error: Exception) -> str:
    """The line that tells: a traceback's last one, in the log or of the error."""
    named = line_of(error) or type(error).__name__  # some errors have no words
    lines = [line for line in log.splitlines() if line.strip()]
    for place, line in enumerate(lines):
        if line.startswith("Traceback"):
            told = (text for text in lines[place + 1 :] if text[:1] not in " \t")
            return next(told, named)
    return lines[-1] if lines else named
