"""A submission's notebook, whatever its version and form, as one that can be run."""

from __future__ import annotations

import json
from typing import Any

_KINDS = ("code", "markdown", "raw")


class NoNotebook(ValueError):
    """The text is not that of a notebook; the message says why."""


def read(text: str) -> dict[str, Any]:
    """The notebook in version 4 of the format, its code cells without outputs.

    Raises
    ------
    NoNotebook
    """
    try:
        notebook = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NoNotebook(f"it is not JSON: {error}") from None
    if not isinstance(notebook, dict) or not isinstance(notebook.get("nbformat"), int):
        raise NoNotebook("it is JSON, but no notebook: it has no 'nbformat'")
    if notebook["nbformat"] != 4:
        notebook = _newer(notebook)
    if not isinstance(notebook.get("cells"), list):
        raise NoNotebook("it has no list of cells")
    minor = notebook.get("nbformat_minor")
    minor = min(minor, 5) if type(minor) is int and minor >= 0 else 0
    cells = [_cell(cell, index, minor) for index, cell in enumerate(notebook["cells"])]
    return {
        "cells": cells,
        "metadata": _mapping(notebook.get("metadata")),
        "nbformat": 4,
        "nbformat_minor": minor,
    }


def _newer(notebook: dict[str, Any]) -> dict[str, Any]:
    import nbformat

    try:
        return nbformat.convert(nbformat.from_dict(notebook), 4)
    except Exception as error:
        version = notebook["nbformat"]
        raise NoNotebook(f"version {version} of the format: {error}") from None


def _cell(cell: Any, index: int, minor: int) -> dict[str, Any]:
    cell = _mapping(cell)
    kind = cell.get("cell_type")
    clean = {
        "cell_type": kind if kind in _KINDS else "raw",
        "metadata": _mapping(cell.get("metadata")),
        "source": _text(cell.get("source")),
    }
    if minor == 5:
        name = cell.get("id")
        clean["id"] = name if isinstance(name, str) and name else f"cell-{index}"
    if clean["cell_type"] == "code":
        clean.update(execution_count=None, outputs=[])
    elif isinstance(cell.get("attachments"), dict):
        clean["attachments"] = cell["attachments"]
    return clean


def _text(value: Any) -> str:
    if isinstance(value, list):
        return "".join(map(str, value))
    return value if isinstance(value, str) else ""


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
