"""Files that are either whole or not there."""

from __future__ import annotations

import os
from pathlib import Path


def write_atomically(path: str | Path, content: bytes) -> None:
    """Write a file under a temporary name, then rename it.

    Whoever reads `path` sees the old content or the new, never a part of it, even where
    the process is killed or the machine loses power meanwhile.
    """
    path = Path(path)
    # always the same name: what a killed process left is overwritten by the next one
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        with open(temporary, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        if temporary.exists():  # only after an error
            temporary.unlink()
