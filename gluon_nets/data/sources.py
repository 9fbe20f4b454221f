"""Where the four files of Fashion-MNIST are, and what they must hold."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Mapping

import numpy as np

from gluon_nets.data.idx import DataError, check_hash, read_idx

# part of the data set -> (images, labels)
PARTS = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}

# SHA-256 of the *decompressed* files, computed from Debian's dataset-fashion-mnist
# 0.0~git20200523.55506a9-1. Zalando publish the MD5 of their gzip files, which fit no
# other compression; projects that checked those MD5s first pin these same numbers.
SHA256 = {
    "train-images-idx3-ubyte": (
        "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"
    ),
    "train-labels-idx1-ubyte": (
        "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"
    ),
    "t10k-images-idx3-ubyte": (
        "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"
    ),
    "t10k-labels-idx1-ubyte": (
        "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"
    ),
}

VARIABLE = "GLUON_NETS_DATA"
DEBIAN = Path("/usr/share/datasets/fashion-mnist")
SAMPLE = Path(__file__).parent / "sample"
REMEDIES = (
    "either `apt install dataset-fashion-mnist`; or put its four files (plain or .gz)"
    f" into a folder and name it by {VARIABLE} or --root; or use the embedded sample:"
    " subset='sample', `--data sample`"
)


@dataclass(frozen=True)
class Place:
    """A place where the files may be.

    `state` is 'complete', 'absent', 'not set', or says what is missing or damaged.
    """

    label: str
    path: Path | None
    state: str


def cache_folder() -> Path:
    """Return the folder in the user's cache that downloads go to."""
    from platformdirs import user_cache_dir

    return Path(user_cache_dir("gluon-nets")) / "fashion-mnist"


def present(folder: Path) -> dict[str, Path]:
    """Return those of the four files that a folder holds, plain ones preferred."""
    found = {}
    for name in SHA256:
        for path in (folder / name, folder / f"{name}.gz"):
            if name not in found and path.is_file():
                found[name] = path
    return found


def find(root: str | os.PathLike | None = None) -> dict[str, Path] | None:
    """Find the four files of the full set.

    Looks in `root`, else in ``$GLUON_NETS_DATA``, else in the user's cache and in the
    folder of Debian's package ``dataset-fashion-mnist``.

    Returns
    -------
    dict or None
        File name without ``.gz`` to path; None where no place has all four.

    Raises
    ------
    DataError
        A folder that the user named, by `root` or the variable, lacks a file: to look
        elsewhere would train on other data than the user asked for.
    """
    named = named_folder(root)
    if named is not None:
        return _all_four(*named)
    for folder in (cache_folder(), DEBIAN):
        files = present(folder)
        if len(files) == len(SHA256):
            return files
    return None


def named_folder(root: str | os.PathLike | None) -> tuple[str, Path] | None:
    """Return the folder that the user named and by what, or None."""
    if root is not None:
        return "root", Path(root).expanduser()
    value = os.environ.get(VARIABLE)
    return (f"${VARIABLE}", Path(value).expanduser()) if value else None


def _all_four(label: str, folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        raise DataError(f"{folder} ({label}) is not a folder")
    files = present(folder)
    missing = [name for name in SHA256 if name not in files]
    if missing:
        names = ", ".join(missing)
        raise DataError(f"{folder} ({label}) lacks {names} (plain or .gz)")
    return files


def load(
    files: Mapping[str, Path], part: str, pins: Mapping[str, str] | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Read and verify the images and labels of one part, ``'train'`` or ``'test'``.

    Returns
    -------
    images : numpy.ndarray
        uint8, (N, 28, 28).
    labels : numpy.ndarray
        int32, (N,).

    Raises
    ------
    DataError
        A file is damaged, the counts do not match, or a hash differs from `pins`
        (file name to SHA-256 of the decompressed content; None: Zalando's).
    """
    names = PARTS[part]
    images_path, labels_path = (files[name] for name in names)
    images, labels = read_idx(images_path, 3), read_idx(labels_path, 1)
    # before the hashes, because these say more about what happened
    if len(images) != len(labels):
        raise DataError(
            f"{images_path} holds {len(images):,} images, "
            f"but {labels_path} {len(labels):,} labels"
        )
    if images.shape[1:] != (28, 28):
        size = "x".join(map(str, images.shape[1:]))
        raise DataError(f"{images_path}: images of {size} pixels, expected 28x28")
    for name, array in zip(names, (images, labels)):
        check_hash(array, files[name], (SHA256 if pins is None else pins)[name])
    return images, labels.astype(np.int32)


def sample() -> tuple[dict[str, Path], dict[str, str]]:
    """Return the files of the embedded sample and the hashes they must have."""
    manifest = json.loads((SAMPLE / "manifest.json").read_text(encoding="utf-8"))
    return _all_four("embedded sample", SAMPLE), manifest["sha256"]


def status(verify: bool = False) -> list[Place]:
    """List the places where Fashion-MNIST may be, in the order they are looked at.

    Parameters
    ----------
    verify : bool
        Read the files and check their hashes too (about a second for each place).
    """
    value = os.environ.get(VARIABLE)
    folders = [
        (f"${VARIABLE}", Path(value).expanduser() if value else None),
        ("user cache", cache_folder()),
        ("Debian package", DEBIAN),
        ("embedded sample", SAMPLE),
    ]
    return [Place(label, path, _state(path, verify)) for label, path in folders]


def _state(folder: Path | None, verify: bool) -> str:
    """Say in a few words whether a folder has all four files."""
    if folder is None:
        return "not set"
    files = present(folder)
    missing = [name for name in SHA256 if name not in files]
    if missing:
        return f"missing: {', '.join(missing)}" if files else "absent"
    try:
        for part in PARTS if verify else ():
            load(files, part, sample()[1] if folder == SAMPLE else None)
    except DataError as error:
        return f"damaged: {error}"
    return "complete"
