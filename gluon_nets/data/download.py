"""Fetching the full set from Zalando: resumable, verified, never in the user's way."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from gluon_nets.data.idx import DataError, read_idx
from gluon_nets.data.sources import REMEDIES, SHA256, cache_folder, present
from gluon_nets.data.transfer import BrokenOff, describe, network_errors, transfer

# the two places that the README of zalandoresearch/fashion-mnist names
MIRRORS = (
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
)
ATTEMPTS = 4  # for each mirror; a broken connection is resumed where it broke off


def fetch(
    folder: str | os.PathLike | None = None,
    mirrors: Sequence[str] = MIRRORS,
    *,
    pins: Mapping[str, str] = SHA256,
    progress: bool = True,
) -> Path:
    """Download those of the four files that a folder lacks, and verify all four.

    A file comes in as ``NAME.gz.part`` and gets its name when the SHA-256 of its
    content is right. An interrupted download goes on where it stopped. A file that
    is there already is read, never written.

    Parameters
    ----------
    folder : path-like, optional
        Default: the one in the user's cache directory.
    mirrors : sequence of str
        URLs of folders that hold ``NAME.gz``, tried in this order.
    pins : mapping
        File name to SHA-256 of the decompressed content.
    progress : bool
        Show a progress bar on stderr.

    Returns
    -------
    pathlib.Path
        The folder.

    Raises
    ------
    DataError
        No mirror could be reached or had the right content (names what else to do),
        the folder cannot be written, or a file that was there has other content.
    """
    folder = cache_folder() if folder is None else Path(folder).expanduser()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder):
            for name, sha256 in pins.items():
                _fetch_one(folder, name, sha256, mirrors, progress)
    except OSError as error:
        reason = error.strerror or error
        raise DataError(f"{folder}: cannot store the download: {reason}") from None
    return folder


def _fetch_one(
    folder: Path, name: str, sha256: str, mirrors: Sequence[str], progress: bool
) -> None:
    """Get one file from the first mirror that has it."""
    there = present(folder).get(name)
    if there is not None:
        _verify(there, name, sha256)
        return
    final, part = folder / f"{name}.gz", folder / f"{name}.gz.part"
    reasons = []
    for mirror in mirrors:
        try:
            _from_mirror(f"{mirror.rstrip('/')}/{name}.gz", part, sha256, progress)
            os.replace(part, final)
            return
        except (DataError, BrokenOff, *network_errors()) as error:
            reasons.append(f"{urlsplit(mirror).hostname}: {describe(error)}")
    why = "; ".join(reasons)
    raise DataError(f"{name}.gz could not be downloaded ({why}); {REMEDIES}")


def _from_mirror(url: str, part: Path, sha256: str, progress: bool) -> None:
    """Bring `part` to the verified whole, or raise and leave what can be resumed."""
    name = part.name[: -len(".gz.part")]
    if _is_whole(part, name, sha256):  # killed between the last byte and the renaming
        return
    for attempt in range(ATTEMPTS):
        resumed = _size(part) > 0
        try:
            transfer(url, part, progress)
        except BrokenOff:
            if attempt == ATTEMPTS - 1:
                raise
            continue
        try:
            return _verify(part, name, sha256)
        except DataError:
            part.unlink()
            # the bad bytes may be those that an earlier mirror left: once more, from 0
            if not resumed:
                raise
    raise DataError(f"{url}: not the right content in {ATTEMPTS} attempts")


def _verify(path: Path, name: str, sha256: str) -> None:
    """Raise DataError unless the file, gzipped or not, has the right content."""
    read_idx(path, 3 if "idx3" in name else 1, sha256)


def _is_whole(part: Path, name: str, sha256: str) -> bool:
    try:
        _verify(part, name, sha256)
    except DataError:
        return False
    return True


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder's lock: of several processes one downloads, the others wait."""
    try:
        import fcntl
    except ImportError:  # Windows: the hash still keeps a garbled file out
        yield
        return
    with open(folder / ".lock", "w") as lock:
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
