"""A run's folder belongs to one process at a time."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import Iterator

from gluon_nets.locks import alone
from gluon_nets.train.checkpoint import CheckpointError


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """Make a folder, try whether it can be written to, and hold its lock.

    The lock ends with the process, however that ends.

    Raises
    ------
    CheckpointError
        Where the folder cannot be written to, or another run holds it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass  # better now than after an epoch
    except OSError as error:
        raise CheckpointError(
            f"{folder} cannot be written to ({error.strerror}): choose another folder"
        ) from None
    said = f"another run trains in {folder} just now: choose another folder"
    with alone(folder, CheckpointError(said)):
        yield


def check_unused(folder: Path) -> None:
    """Raise unless a folder has nothing that a new run would write over.

    Raises
    ------
    CheckpointError
        Names the file.
    """
    for name in ("history.json", "curves.png"):
        if (folder / name).exists():
            raise CheckpointError(
                f"{folder} holds a {name} but no checkpoint to go with it: choose "
                "another folder, or move it away"
            )
