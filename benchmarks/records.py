"""Results as JSON files."""

from __future__ import annotations

import json
from pathlib import Path

from gluon_nets.files import write_atomically


def as_text(result: dict) -> str:
    """A result as the text of its file."""
    return json.dumps(result, indent=1, ensure_ascii=False) + "\n"


def write(path: str | Path, result: dict) -> None:
    """Write a file that is whole or not there."""
    write_atomically(path, as_text(result).encode())
