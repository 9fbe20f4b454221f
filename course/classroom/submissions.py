"""What was submitted: which file counts, made ready for nbgrader."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from course.classroom.folder import Folder
from course.classroom.outputs import printable
from course.classroom.prepare import OURS, prepare, unread
from course.classroom.reading import Unreadable, read_file, shown_name
from course.classroom.release import read_release
from course.classroom.store import digest
from course.grading.messages import FILES
from gluon_nets.files import write_atomically

SKIPPED = ("__MACOSX", ".ipynb_checkpoints")
MISPLACED = "STUDENT/NAME/NAME.ipynb is where a submission belongs"
CLOSED = "you may not look into this folder: its permissions do not allow it"
UNKNOWN = "no exercise of this name was released"
STAMP = "timestamp.txt"  # nbgrader's: when it was submitted


@dataclasses.dataclass(frozen=True)
class Submission:
    """One student's folder for one exercise."""

    student: str
    exercise: str
    path: Path


def submissions(folder: Folder, names, students=()) -> list[Submission]:
    """All that students have submitted to some exercises, in a fixed order.

    Parameters
    ----------
    folder : Folder
    names : list of str
        Exercises.
    students : collection of str
        Only these.

    Raises
    ------
    ValueError
        Where one of the students has submitted nothing.
    """
    found = []
    for student in sorted(folder.submitted.glob("*/")):
        if student.name.startswith(".") or not _is_folder(student):
            continue
        for name in names:
            if _is_folder(student / name):
                found.append(Submission(student.name, name, student / name))
    for student in students:
        if student not in {one.student for one in found}:
            which = ", ".join(names)
            raise ValueError(f"{student} has submitted nothing to {which}")
    return [one for one in found if not students or one.student in students]


def _is_folder(path: Path) -> bool:
    """Whether there is a folder that can be looked at; others are told by `ignored`."""
    try:
        return path.is_dir()
    except OSError:
        return False


def ignored(folder: Folder) -> list[str]:
    """What lies in a wrong place below ``submitted/``: a line for each, and why."""
    released, lines = set(folder.exercises()), []
    for student in _visible(folder.submitted):
        if not _is_folder(student):
            lines.append(f"{_shown(student, 1)}: {MISPLACED}")
            continue
        if not os.access(student, os.R_OK | os.X_OK):
            lines.append(f"{_shown(student, 1)}: {CLOSED}")
            continue
        for path in _visible(student):
            if not _is_folder(path):
                lines.append(f"{_shown(path, 2)}: {MISPLACED}")
            elif path.name not in released:
                lines.append(f"{_shown(path, 2)}: {UNKNOWN}")
    return [f"ignored: {line}" for line in lines]


def _visible(path: Path) -> list[Path]:
    found = sorted(path.glob("*"))
    return [one for one in found if one.name[0] != "." and one.name not in SKIPPED]


def _shown(path: Path, parts: int) -> str:
    """The end of a path on one line; names of files may hold anything."""
    name = os.fsencode("/".join(path.parts[-parts:])).decode("utf-8", "replace")
    return printable(name)


def notebooks(path: Path) -> list[Path]:
    """The notebooks of a submission: in its folder, or else below it.

    Not what links lead to: that is somebody else's, as the solution is.

    Raises
    ------
    OSError
        Where the folder must not be read: it is not empty then.
    """
    if path.is_symlink() or path.parent.is_symlink():
        return []
    os.scandir(path).close()  # `glob` finds nothing where it may not look
    for pattern in ("*.ipynb", "*/*.ipynb", "*/*/*.ipynb"):
        found = [one for one in sorted(path.glob(pattern)) if _counts(one, path)]
        if found:
            return found
    return []


def _counts(found: Path, path: Path) -> bool:
    """Whether a notebook is the student's, and not a program's or behind a link."""
    parts = found.relative_to(path).parts
    if any(part in SKIPPED or part.startswith(".") for part in parts):
        return False
    above = [parent for parent in found.parents if path in parent.parents]
    return not any(parent.is_symlink() for parent in above)


def chosen(submission: Submission) -> tuple[Path | None, tuple[str, ...]]:
    """The file that counts, and what has to be said about that."""
    found = notebooks(submission.path)
    if not found:
        return None, ()
    expected = f"{submission.exercise}.ipynb"
    named = [path for path in found if path.name == expected]
    path = named[0] if named else max(found, key=_changed)
    name = shown_name(path)
    remarks = []
    if len(found) > 1:
        remarks.append(FILES["several"].format(found=len(found), name=name))
    elif not named:
        remarks.append(FILES["other_name"].format(name=name, fits=expected))
    return path, tuple(remarks)


def _changed(path: Path) -> tuple[float, str]:
    return os.lstat(path).st_mtime, path.name


def stage(folder: Folder, submission: Submission) -> NotebookNode:
    """Prepare a submission, and put it where nbgrader is to find it.

    Of its files only the notebook is taken along: a link among them could lead
    anywhere, and nbgrader would hand what it leads to back with the feedback.
    """
    name = submission.exercise
    release = read_release(folder.root, name)
    path, remarks = chosen(submission)
    try:
        if path is None:
            raise Unreadable("nothing")
        notebook = prepare(read_file(path), release, remarks)
    except Unreadable as error:
        notebook = unread(str(error), release, remarks)
    stamp = _stamp(submission.path / STAMP)
    notebook.metadata[OURS]["submission"] = digest(notebook, stamp)
    target = folder.staged / submission.student / name
    target.mkdir(parents=True, exist_ok=True)
    (target / STAMP).unlink(missing_ok=True)
    if stamp:
        (target / STAMP).write_text(stamp)
    write_atomically(target / f"{name}.ipynb", nbformat.writes(notebook).encode())
    return notebook


def _stamp(path: Path) -> str:
    """nbgrader's time of submission, if it is one: it decides about being late."""
    from nbgrader.utils import parse_utc

    try:
        text = read_file(path)[:100].decode("ascii").strip()
        parse_utc(text)
    except Exception:  # of whatever a parser of dates raises for a student's text
        return ""
    return text
