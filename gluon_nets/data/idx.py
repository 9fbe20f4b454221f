"""The IDX format: a magic number, the dimensions, the bytes; plain or gzipped.

The format is described on the pages of the MNIST database (LeCun, Cortes, Burges):
two zero bytes, a type code (8: unsigned byte), the number of dimensions, then each
dimension as a big-endian 32-bit integer, then the data in C order.
"""

from __future__ import annotations

import gzip
import hashlib
import math
import os
import struct
import zlib
from pathlib import Path

import numpy as np

_UINT8 = 0x08


class DataError(ValueError):
    """A data file is missing, unreadable or not what it should be; one line."""

    exit_code = 1


def read_idx(
    path: str | os.PathLike, ndim: int, sha256: str | None = None
) -> np.ndarray:
    """Read an IDX file of unsigned bytes.

    Parameters
    ----------
    path : path-like
        The file; one with ``.gz`` in its name is decompressed.
    ndim : int
        Number of dimensions that the file must have: 3 for images, 1 for labels.
    sha256 : str, optional
        Expected hash of the *decompressed* file, see `check_hash`.

    Returns
    -------
    numpy.ndarray
        uint8, read-only.

    Raises
    ------
    DataError
        Names the file and what is wrong: it cannot be read, is no valid gzip, has
        another magic number, is too short or too long, or has another hash.
    """
    array = _parse(_read_bytes(Path(path)), path, ndim)
    if sha256 is not None:
        check_hash(array, path, sha256)
    return array


def check_hash(array: np.ndarray, path: str | os.PathLike, sha256: str) -> None:
    """Raise DataError unless `array`, read from `path`, has the SHA-256 given.

    The hash is that of the decompressed file, so that one number fits the plain file
    and every gzip of it, whatever its compressor and header.
    """
    found = hashlib.sha256(idx_bytes(array)).hexdigest()
    if found != sha256:
        raise DataError(f"{path}: SHA-256 of the content is {found}, not {sha256}")


def idx_bytes(array: np.ndarray) -> bytes:
    """Return the IDX file, uncompressed, that holds a uint8 array."""
    if array.dtype != np.uint8:
        raise ValueError(f"this writer knows uint8 arrays only, not {array.dtype}")
    header = struct.pack(f">{1 + array.ndim}I", _magic(array.ndim), *array.shape)
    return header + array.tobytes()


def write_idx(path: str | os.PathLike, array: np.ndarray) -> None:
    """Write a uint8 array as IDX, gzipped where the name ends in ``.gz``."""
    with open(path, "wb") as file:
        if not str(path).endswith(".gz"):
            file.write(idx_bytes(array))
            return
        # no name and no time in the header: the same array gives the same bytes
        with gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
            packed.write(idx_bytes(array))


def _magic(ndim: int) -> int:
    return _UINT8 << 8 | ndim


def _read_bytes(path: Path) -> bytes:
    """Return the decompressed content of a file."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from None
    if ".gz" not in path.suffixes:  # NAME.gz.part, a download under way, has it too
        return content
    try:
        return gzip.decompress(content)
    except EOFError:
        raise DataError(
            f"{path}: truncated: its gzip stream breaks off at {len(content):,} bytes"
        ) from None
    except (OSError, zlib.error, struct.error) as error:
        raise DataError(f"{path}: not a valid gzip file: {error}") from None


def _parse(content: bytes, path: str | os.PathLike, ndim: int) -> np.ndarray:
    """Turn the decompressed content of an IDX file into an array."""
    start = 4 * (1 + ndim)
    magic = int.from_bytes(content[:4], "big")
    if len(content) >= 4 and magic != _magic(ndim):
        raise DataError(f"{path}: magic {magic:#010x}, expected {_magic(ndim):#010x}")
    if len(content) < start:
        raise DataError(
            f"{path}: truncated: {len(content)} bytes, the header alone has {start}"
        )
    shape = struct.unpack(f">{ndim}I", content[4:start])
    if 0 in shape:
        raise DataError(f"{path}: holds nothing: its dimensions are {shape}")
    expected = start + math.prod(shape)
    if len(content) != expected:
        wrong = "truncated" if len(content) < expected else "trailing bytes"
        raise DataError(
            f"{path}: {wrong}: {len(content):,} bytes, its header promises {expected:,}"
        )
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)
