"""Notebooks from sources: executed, with outputs; a second build changes nothing."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Callable

import nbformat

from course.execute import execute
from course.notebook import as_text, is_ignored, read_source, source_of
from gluon_nets.files import write_atomically


@dataclasses.dataclass(frozen=True)
class Built:
    """What became of a notebook.

    Attributes
    ----------
    path : Path
    changed : tuple of str
        What differs from the notebook that was there, a line for each cell; 'new' where
        there was none.
    """

    path: Path
    changed: tuple[str, ...]


def is_stale(source: Path, path: Path, read: Callable = read_source) -> bool:
    """Whether a notebook is missing, or was built of another source."""
    if not path.exists():
        return True
    old, new = nbformat.read(path, 4), read(source)
    return source_of(old) != source_of(new) or _cells(old) != _cells(new)


def _cells(notebook) -> list[tuple]:
    """What is written in each cell: a notebook may have been edited by hand."""
    return [(c.id, c.cell_type, c.source, c.metadata) for c in notebook.cells]


def build(
    source: Path,
    path: Path,
    told: Callable[[int], object] = lambda cell: None,
    write: bool = True,
    read: Callable = read_source,
    run: bool = True,
) -> Built:
    """Execute a source and write the notebook, if anything differs.

    Outputs that are tagged to differ from run to run stay as they were, as long as the
    source is the same.

    Parameters
    ----------
    source, path : Path
        The script, and the notebook to be made of it.
    told : function
        See `execute`.
    write : bool
        Or else only tell what differs.
    read : function
        From the source to a notebook without outputs.
    run : bool
        Or else the notebook is stored without outputs.

    Raises
    ------
    LessonError
        Where a cell fails; the notebook stays as it was.
    """
    new = read(source)
    if run:
        execute(new, path.stem, told)
    if not path.exists():
        changed: tuple[str, ...] = ("new",)
    else:
        old = nbformat.read(path, 4)
        if source_of(old) == source_of(new):
            _keep_ignored(old, new)
        changed = differences(old, new)
    if write and changed:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, as_text(new).encode())
    return Built(path, changed)


def _keep_ignored(old, new) -> None:
    outputs = {cell.id: cell.get("outputs") for cell in old.cells}
    for cell in new.cells:
        if is_ignored(cell) and outputs.get(cell.id):
            cell.outputs = outputs[cell.id]


def differences(old, new) -> tuple[str, ...]:
    """In which cells two notebooks differ."""
    found = []
    if len(old.cells) != len(new.cells):
        found.append(f"{len(old.cells)} cells became {len(new.cells)}")
    for index, (before, after) in enumerate(zip(old.cells, new.cells)):
        if before.source != after.source or before.cell_type != after.cell_type:
            found.append(f"cell {index}: source")
        elif before.get("outputs") != after.get("outputs"):
            first = after.source.strip().splitlines()[:1]
            found.append(f"cell {index}: output of {''.join(first)!r}")
        elif before.metadata != after.metadata:
            found.append(f"cell {index}: metadata")
    if not found and old.metadata != new.metadata:
        found.append("metadata")
    return tuple(found)
