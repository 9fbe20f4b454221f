"""From a source, a script in jupytext's percent format, to a notebook without outputs.

The same source always gives the same bytes: cells have ids that follow from where they
stand and what is in them.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import jupytext
import nbformat

IGNORED = "nbval-ignore-output"  # tag of cells whose outputs differ from run to run
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
LANGUAGE = {"name": "python", "file_extension": ".py"}  # and not Python's version


def digest(source: Path) -> str:
    """What tells one source from another."""
    return hashlib.sha256(source.read_bytes()).hexdigest()


def read_source(source: Path) -> nbformat.NotebookNode:
    """The notebook of a source, not executed."""
    notebook = jupytext.read(source, fmt="py:percent")
    for index, cell in enumerate(notebook.cells):
        text = f"{index} {cell.cell_type} {cell.source}"
        tags = cell.metadata.get("tags")
        cell.metadata = nbformat.from_dict({"tags": tags} if tags else {})
        cell["id"] = hashlib.sha256(text.encode()).hexdigest()[:12]
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": KERNEL,
            "language_info": LANGUAGE,
            "gluon_nets": {"source": source.name, "sha256": digest(source)},
        }
    )
    return notebook


def source_of(notebook: nbformat.NotebookNode) -> str:
    """The digest of the source that a notebook was built of; '' where it is unknown."""
    return notebook.metadata.get("gluon_nets", {}).get("sha256", "")


def is_ignored(cell) -> bool:
    """Whether a cell's outputs differ from run to run, as times do."""
    return IGNORED in cell.metadata.get("tags", [])


def as_text(notebook: nbformat.NotebookNode) -> str:
    """The bytes of a notebook's file."""
    return nbformat.writes(notebook, version=4) + "\n"
