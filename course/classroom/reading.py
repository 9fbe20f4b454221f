"""A submitted file, read: whatever it is, a list of cells comes out, or why not.

Nothing of it but the cells' kinds, texts and places in the assignment is kept: no
outputs, and no metadata that nbgrader, its pages or a kernel might believe.
"""

from __future__ import annotations

import dataclasses
import json
import os
import re
import stat
from pathlib import Path
from typing import Any

from course.grading.messages import FILES

BYTES = 64 << 20  # of a file: outputs count, and are often large
BRACKETS = 1 << 20  # of a file: a list or dict takes 50 times its two characters
CELLS = 5000
TEXT = 4 << 20  # characters of all cells
ATTACHED = 8 << 20
IMAGES = ("image/png", "image/jpeg", "image/gif")
BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")
KINDS = {"code": "code", "markdown": "markdown", "raw": "raw", "heading": "markdown"}
OTHERS = bytes(set(range(256)) - set(b'"[{'))


class Unreadable(ValueError):
    """A submission that is no notebook; the message is a sentence for the student.

    Parameters
    ----------
    code : str
        A key of `course.grading.messages.FILES`.
    **facts
        What the sentence names.
    """

    def __init__(self, code: str, **facts: Any):
        super().__init__(FILES[code].format(**facts))


@dataclasses.dataclass(frozen=True)
class Cell:
    """A cell of a submission.

    Attributes
    ----------
    kind : str
        'code', 'markdown' or 'raw'.
    source : str
    grade_id, id : str
        nbgrader's name of the cell and nbformat's; '' where it has none.
    attachments : dict
        Images, by name and kind.
    """

    kind: str
    source: str
    grade_id: str = ""
    id: str = ""
    attachments: dict[str, dict[str, str]] = dataclasses.field(default_factory=dict)


def read_file(path: Path) -> bytes:
    """The bytes of a submitted file.

    Raises
    ------
    Unreadable
        Where it is too large or no regular file: a link could lead anywhere, and a
        pipe would be waited for.
    """
    name = shown_name(path)
    try:
        # a pipe that nobody writes to must not be waited for
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        with open(os.open(path, flags), "rb") as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise Unreadable("no_file", name=name)
            if found.st_size > BYTES:
                sizes = {"found": found.st_size >> 20, "fits": BYTES >> 20}
                raise Unreadable("large_file", name=name, **sizes)
            return file.read(BYTES + 1)[:BYTES]
    except OSError as error:
        raise Unreadable("unreadable", name=name, reason=error.strerror) from None


def shown_name(path: Path) -> str:
    """A file's name, of whatever bytes it is."""
    return os.fsencode(path.name).decode("utf-8", "replace")


def read_cells(content: bytes) -> list[Cell]:
    """The cells of a notebook of any version.

    Raises
    ------
    Unreadable
        Where it is none, or too large.
    """
    if _brackets(content) > BRACKETS:
        raise Unreadable("lists")
    try:
        # with a byte order mark too, as some editors write it
        data = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError, MemoryError):
        empty = not content.strip()
        raise Unreadable("blank" if empty else "not_json") from None
    found = [_cell(item) for item in _items(data)]
    cells = [cell for cell in found if cell]
    if len(cells) > CELLS:
        raise Unreadable("cells", found=len(cells), fits=CELLS)
    size = sum(len(cell.source) for cell in cells)
    if size > TEXT:
        raise Unreadable("characters", found=size, fits=TEXT)
    return cells


def _brackets(content: bytes) -> int:
    """How many lists and dicts begin in JSON's text: those within strings do not."""
    kept = content.replace(b"\\\\", b"").replace(b'\\"', b"").translate(None, OTHERS)
    kept = kept.replace(b'""', b"")  # strings without any, and what adjoins
    quotes = kept.count(b'"')
    if quotes > 2 * BRACKETS + 2:  # between two strings there is one at least
        return quotes // 2
    return sum(map(len, kept.split(b'"')[::2]))


def _items(data: Any) -> list:
    if not isinstance(data, dict):
        raise Unreadable("no_cells")
    if isinstance(data.get("cells"), list):
        return data["cells"]
    sheets = data.get("worksheets")  # format 3, of before 2015
    if isinstance(sheets, list) and all(isinstance(sheet, dict) for sheet in sheets):
        lists = [sheet.get("cells") for sheet in sheets]
        return [item for items in lists if isinstance(items, list) for item in items]
    raise Unreadable("no_cells")


def _cell(item: Any) -> Cell | None:
    if not isinstance(item, dict) or not isinstance(item.get("cell_type"), str):
        return None
    kind = KINDS.get(item["cell_type"], "raw")
    source = text_of(item.get("source", item.get("input", "")))
    source = source.replace("\r\n", "\n").replace("\r", "\n")  # as Windows has them
    if item["cell_type"] == "heading":
        level = item.get("level")
        fits = type(level) is int and 1 <= level <= 6
        source = "#" * (level if fits else 1) + " " + source
    metadata = item.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    attachments = _attachments(item.get("attachments")) if kind == "markdown" else {}
    return Cell(kind, source, _name(grade_id), _name(item.get("id")), attachments)


def _name(value: Any) -> str:
    return value if isinstance(value, str) and len(value) < 200 else ""


def text_of(value: Any) -> str:
    """A text, or lines; without what cannot be written as UTF-8."""
    if isinstance(value, list):
        value = "".join(line for line in value if isinstance(line, str))
    if not isinstance(value, str):
        return ""
    return value.encode("utf-8", "replace").decode("utf-8")


def _attachments(value: Any) -> dict[str, dict[str, str]]:
    """Images pasted into an answer, if they are images and not too large."""
    kept: dict[str, dict[str, str]] = {}
    left = ATTACHED
    for name, kinds in value.items() if isinstance(value, dict) else ():
        for kind, text in kinds.items() if isinstance(kinds, dict) else ():
            fits = kind in IMAGES and isinstance(text, str) and len(text) <= left
            if fits and BASE64.fullmatch(text):
                kept[text_of(name)] = {kind: text}
                left -= len(text)
    return kept
