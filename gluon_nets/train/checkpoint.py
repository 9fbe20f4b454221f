"""Checkpoints: whole, checked by a hash, and the one before is kept."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import os
import re
import zipfile
from pathlib import Path
from typing import Any, Dict

import mxnet as mx
import numpy as np

from gluon_nets.files import write_atomically
from gluon_nets.graph import agrees
from gluon_nets.train.history import History

MAGIC = b"gluon-nets checkpoint 1"
_HEAD = re.compile(MAGIC + rb" (?P<sha256>[0-9a-f]{64}) (?P<length>[1-9][0-9]*)\n")
Arrays = Dict[str, np.ndarray]


class CheckpointError(ValueError):
    """A checkpoint that cannot be used; the message names the file and the reason."""

    exit_code = 1


def pack(meta: dict[str, Any], arrays: Arrays) -> bytes:
    """A checkpoint's bytes: a line with hash and length, then an npz archive."""
    buffer = io.BytesIO()
    np.savez(buffer, __meta__=np.array(json.dumps(meta)), **arrays)
    content = buffer.getvalue()
    digest = hashlib.sha256(content).hexdigest()
    return MAGIC + f" {digest} {len(content)}\n".encode() + content


def unpack(raw: bytes, path: str | Path) -> tuple[dict[str, Any], Arrays]:
    """The inverse of `pack`; nothing in the file is executed.

    Raises
    ------
    CheckpointError
        Naming `path` and whether the file is foreign, truncated or altered.
    """
    match = _HEAD.match(raw)
    if match is None:
        if MAGIC.startswith(raw[: len(MAGIC)]) and len(raw) < len(MAGIC):
            raise CheckpointError(f"{path} is cut off: {len(raw)} bytes are left of it")
        if raw.startswith(MAGIC):
            raise CheckpointError(f"{path} is cut off or altered in its first line")
        raise CheckpointError(f"{path} is no checkpoint of this package")
    content, length = raw[match.end() :], int(match["length"])
    if len(content) < length:
        raise CheckpointError(
            f"{path} is cut off: {len(content):,} of {length:,} bytes are there"
        )
    digest = hashlib.sha256(content).hexdigest().encode()
    if len(content) > length or digest != match["sha256"]:
        raise CheckpointError(f"{path} is altered: its SHA-256 does not match")
    try:
        with zipfile.ZipFile(io.BytesIO(content)):
            pass  # a zip archive it is, and no pickle that np.load would refuse later
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            arrays = dict(archive)
        return json.loads(str(arrays.pop("__meta__"))), arrays
    except (ValueError, KeyError, zipfile.BadZipFile) as error:
        raise CheckpointError(f"{path} is no checkpoint: {error}") from None


def read_checkpoint(path: str | Path) -> tuple[dict[str, Any], Arrays]:
    """What a checkpoint file holds, checked.

    Raises
    ------
    CheckpointError
        Where the file is missing, foreign, truncated or altered.
    """
    try:
        raw = Path(path).read_bytes()
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror}") from None
    return unpack(raw, path)


class Store:
    """A run's folder: ``last.ckpt``, and ``previous.ckpt``, the one before it."""

    def __init__(self, folder: str | Path):
        self.folder = Path(folder)
        self.last = self.folder / "last.ckpt"
        self.previous = self.folder / "previous.ckpt"

    def save(self, meta: dict[str, Any], arrays: Arrays) -> Path:
        """Save; at every moment at least one whole checkpoint is in the folder."""
        self.folder.mkdir(parents=True, exist_ok=True)
        new = self.folder / "next.ckpt"
        write_atomically(new, pack(meta, arrays))  # a full disk is noticed here
        if self.last.exists():
            os.replace(self.last, self.previous)
        os.replace(new, self.last)
        return self.last

    def newest(self) -> Path | None:
        """The newest checkpoint's path; None in an empty folder."""
        return next((p for p in (self.last, self.previous) if p.exists()), None)

    def load(self) -> tuple[dict[str, Any], Arrays]:
        """Read the newest checkpoint.

        Raises
        ------
        CheckpointError
            Where it cannot be used; says so where the one before it can.
        """
        path = self.newest()
        if path is None:
            raise CheckpointError(f"{self.folder} holds no checkpoint")
        try:
            return read_checkpoint(path)
        except CheckpointError as error:
            raise CheckpointError(f"{error}{self._way_out(path)}") from None

    def _way_out(self, path: Path) -> str:
        if path == self.previous or not self.previous.exists():
            return ""
        try:
            read_checkpoint(self.previous)
        except CheckpointError:
            return ""
        return (
            f"; the one before it, {self.previous}, is whole: move {path.name} away "
            "and resume again to go on from there"
        )


@dataclasses.dataclass(frozen=True)
class Loaded:
    """A checkpoint made into a network again.

    Attributes
    ----------
    net : HybridBlock
    history : History
    meta : dict
        Data, recipe, devices, versions, epoch.
    """

    net: Any
    history: History
    meta: dict[str, Any]


def load_checkpoint(path: str | Path) -> Loaded:
    """Build the network of a checkpoint, with its parameters, on the CPU.

    Parameters
    ----------
    path : path
        A checkpoint, or a run's folder (its newest checkpoint).

    Raises
    ------
    CheckpointError
        Where it cannot be used, or the network was none of `list_nets()`.
    """
    from gluon_nets.nets import get_net

    path = Path(path)
    if path.is_dir():
        store = Store(path)
        (meta, arrays), path = store.load(), store.newest()
    else:
        meta, arrays = read_checkpoint(path)
    try:
        spec = meta["net"]
        if spec is None:
            raise CheckpointError(
                f"{path} holds a network of your own ({meta.get('net_name')}): only "
                "the code that built it can load it (Trainer(..., resume=True))"
            )
        history = History.from_dict(meta["history"])
        net = get_net(spec["name"], **spec["options"])
    except CheckpointError:
        raise
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{path} does not say what it is of: {error}") from None
    set_parameters(net, arrays, path)
    return Loaded(net, history, meta)


def set_parameters(net, arrays: Arrays, path: str | Path) -> None:
    """Copy a checkpoint's parameters into a network, on all of its devices."""
    there = {key[7:]: value for key, value in arrays.items() if key[:7] == "params/"}
    parameters = net._collect_params_with_prefix()
    odd = sorted(set(there) ^ set(parameters))
    if odd:
        raise CheckpointError(
            f"{path} is of another network: {len(odd)} parameters are in only one of "
            f"the two, {odd[0]!r} first"
        )
    for key, parameter in parameters.items():
        value = there[key]
        if not agrees(parameter.shape, value.shape):
            raise CheckpointError(
                f"{path} is of another network: {key} is {value.shape} in it, and "
                f"{parameter.shape} here"
            )
        parameter.set_data(mx.np.array(value, dtype=value.dtype))
        if parameter._deferred_init:  # the shape is known now: no need to wait
            parameter._finish_deferred_init()
