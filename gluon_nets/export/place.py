"""Where an export goes: into a folder of its own, as a whole or not at all."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import Iterator

from gluon_nets.export.manifest import NAME, ExportError, Manifest


def check_free(folder: str | Path) -> Path:
    """The resolved path of a folder for an export: missing, empty, or an older export.

    Raises
    ------
    ValueError
        Where something else is there; names it.
    """
    folder = Path(folder)
    if folder.is_symlink():
        raise ValueError(f"{folder} holds something else than an export: it is a link")
    if folder.exists():
        odd = _odd(folder) if folder.is_dir() else "it is a file"
        if odd:
            raise ValueError(f"{folder} holds something else than an export: {odd}")
    return folder.resolve()


def _odd(folder: Path) -> str | None:
    """What tells a folder from an export of ours, which may be replaced."""
    there = {path.name for path in folder.iterdir()}
    if not there:
        return None
    try:
        ours = {NAME, *Manifest.parse(folder).files}
    except ExportError as error:
        return str(error)
    for name in sorted(there ^ ours):
        return f"{name} is {'no part of one' if name in there else 'missing'}"
    return None


@contextlib.contextmanager
def replacing(folder: str | Path) -> Iterator[Path]:
    """A new folder, whose files take the place of an older export in the end.

    It is beside the other, so that files need only be renamed. Where something fails,
    all is as before.

    Raises
    ------
    ValueError
        Where something else than an export is there; names it.
    OSError
        Names the folder where nothing can be written.
    """
    final = check_free(folder)
    final.parent.mkdir(parents=True, exist_ok=True)
    try:
        prefix = f".{final.name}-"
        with tempfile.TemporaryDirectory(prefix=prefix, dir=final.parent) as temporary:
            new, old = Path(temporary) / "new", Path(temporary) / "old"
            new.mkdir()
            yield new
            if check_free(folder).exists():
                old.mkdir()
                _exchange(new, final, old)
            else:
                new.rename(final)
    except OSError as error:
        if error.errno is None:
            raise
        # not the temporary name, which nobody has asked for
        raise OSError(error.errno, error.strerror, str(folder)) from error


def _exchange(new: Path, folder: Path, old: Path) -> None:
    """Move a folder's files to `old`, and those of `new` in; or leave all as it was.

    The folder itself stays: someone may be in it. The manifest goes first and comes
    last, for without it nobody takes the files for an export.
    """
    incoming = sorted((path.name for path in new.iterdir()), key=NAME.__eq__)
    outgoing = sorted((path.name for path in folder.iterdir()), key=NAME.__ne__)
    try:
        for name in outgoing:
            (folder / name).rename(old / name)
        for name in incoming:
            (new / name).rename(folder / name)
    except BaseException:
        for name in incoming:
            if not (new / name).exists() and (folder / name).exists():
                (folder / name).unlink()
        for name in reversed(outgoing):
            if (old / name).exists():
                (old / name).rename(folder / name)
        raise
