"""A submission put into the assignment's shape, before nbgrader sees it.

The assignment's own cells are the release's again, what a student has written stays, in
their order. nbgrader's sanitizing changes nothing more, so that a submission has the
same code, and the same place in the cache, whichever way it comes.
"""

from __future__ import annotations

import copy
import dataclasses
import re

import nbformat
from nbformat import NotebookNode

from course.classroom.reading import Cell, Unreadable, read_cells

OURS = "gluon_course"  # the key of our metadata
LOST = "*This answer was missing in the submission.*\n\n"
CHECKS = re.compile(r"\bcheck\s*\(")
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


@dataclasses.dataclass(frozen=True)
class Note:
    """What `prepare` leaves in a notebook's metadata.

    Attributes
    ----------
    unreadable : str
        Why there is nothing to execute; '' where there is.
    remarks : tuple of str
        What was odd.
    checks : tuple of str
        The student's cells that check, those of the assignment last: variables may
        have other names there.
    lost : tuple of str
        Essays that were not in the submission.
    """

    unreadable: str = ""
    remarks: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()


def note_of(notebook: NotebookNode) -> Note:
    """What `prepare` noted of a notebook."""
    data = notebook.metadata.get(OURS, {}).get("note", {})
    texts = {key: tuple(data.get(key, ())) for key in ("remarks", "checks", "lost")}
    return Note(unreadable=data.get("unreadable", ""), **texts)


def prepare(content: bytes, release: NotebookNode, remarks=()) -> NotebookNode:
    """A submission's bytes as a notebook; the empty release where they are none."""
    try:
        cells = read_cells(content)
    except Unreadable as error:
        return unread(str(error), release, remarks)
    return _prepared(cells, release, tuple(remarks))


def unread(reason: str, release: NotebookNode, remarks=()) -> NotebookNode:
    """The release, with the reason why there is nothing else."""
    cells = [copy.deepcopy(cell) for cell in release.cells]
    return _notebook(cells, Note(reason, tuple(remarks)))


def _prepared(cells: list[Cell], release: NotebookNode, remarks: tuple) -> NotebookNode:
    assigned = {_grade_id(cell): cell for cell in release.cells if _grade_id(cell)}
    places = _places(cells, release)
    result, checks, others = [], [], []
    for index, cell in enumerate(cells):
        name = places.get(index)
        is_test = name is not None and _is_locked(assigned[name])
        if cell.kind == "code" and CHECKS.search(cell.source):
            (checks if is_test else others).append(cell.source)
        if name is None:
            result.append(_plain(cell))
            continue
        original = copy.deepcopy(assigned[name])
        if not is_test:
            original.source = cell.source
            if cell.attachments and original.cell_type == "markdown":
                original.attachments = cell.attachments
        result.append(original)
    missing = [name for name in assigned if name not in set(places.values())]
    lost = _add_missing(result, missing, release)
    return _notebook(result, Note("", remarks, (*others, *checks), lost))


def _places(cells: list[Cell], release: NotebookNode) -> dict[int, str]:
    """Which of the cells is which of the assignment's: by nbgrader's name, or by id.

    Of copies, that counts in which something was written, and the last of those.
    """
    ids = {cell.get("id"): _grade_id(cell) for cell in release.cells}
    assigned = {_grade_id(cell): cell for cell in release.cells if _grade_id(cell)}
    candidates: dict[str, list[int]] = {}
    for index, cell in enumerate(cells):
        name = cell.grade_id or ids.get(cell.id)
        if name in assigned:
            candidates.setdefault(name, []).append(index)
    places = {}
    for name, found in candidates.items():
        source = assigned[name].source
        written = [index for index in found if cells[index].source != source]
        places[(written or found)[-1]] = name
    return places


def _add_missing(result: list, missing: list[str], release: NotebookNode) -> tuple:
    """Put the test cells and essays that are missing where they belong.

    A missing solution cell is not put back: its stub would overwrite what the student
    has written elsewhere.
    """
    lost = []
    before = ""
    for cell in release.cells:
        name = _grade_id(cell)
        if not name:
            continue
        if name in missing:
            if not cell.metadata["nbgrader"]["grade"]:
                continue
            added = copy.deepcopy(cell)
            if not _is_locked(cell):
                added.source = LOST + added.source
                lost.append(name)
            here = [_grade_id(item) for item in result]
            result.insert(here.index(before) + 1 if before else 0, added)
        before = name
    return tuple(lost)


def _notebook(cells: list, note: Note) -> NotebookNode:
    for index, cell in enumerate(cells):
        cell["id"] = f"cell-{index}"
        if cell.cell_type == "code":
            cell.update(outputs=[], execution_count=None)
    metadata = {"kernelspec": dict(KERNEL), OURS: {"note": dataclasses.asdict(note)}}
    return nbformat.from_dict(
        {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells}
    )


def _plain(cell: Cell) -> NotebookNode:
    data = {"cell_type": cell.kind, "metadata": {}, "source": cell.source}
    if cell.attachments:
        data["attachments"] = cell.attachments
    return nbformat.from_dict(data)


def _grade_id(cell: NotebookNode) -> str:
    return cell.metadata.get("nbgrader", {}).get("grade_id", "")


def _is_locked(cell: NotebookNode) -> bool:
    data = cell.metadata.get("nbgrader", {})
    return bool(data.get("locked")) and not data.get("solution")
