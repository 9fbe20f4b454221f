"""What stands beside an exported network: how to feed it, and what comes out."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import Path
from typing import Any, Mapping

from gluon_nets.checks import check_choice, check_fields
from gluon_nets.files import write_atomically

NAME = "export.json"
FORMATS = ("symbol", "onnx", "fused", "int8")


class ExportError(ValueError):
    """An exported network that cannot be used; the message names file and reason."""

    exit_code = 1


@dataclasses.dataclass(frozen=True)
class Manifest:
    """How an exported network is to be used.

    Attributes
    ----------
    format : str
        'symbol', 'onnx', 'fused' or 'int8'.
    net : str
        Its registered name, or its class.
    input_shape : (C, H, W)
        Of one image; batches are of any size.
    class_names : tuple of str
        What the outputs stand for, in their order.
    preprocessing : mapping
        How an image file becomes an input.
    files : mapping
        File name -> SHA-256.
    accuracy : mapping
        What was measured at the export, by name; may be empty.
    versions : mapping
        Of the libraries that made it.
    """

    format: str
    net: str
    input_shape: tuple[int, int, int]
    class_names: tuple[str, ...]
    preprocessing: Mapping[str, Any]
    files: Mapping[str, str]
    accuracy: Mapping[str, float] = dataclasses.field(default_factory=dict)
    versions: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def write(self, folder: Path) -> None:
        """Write it into a folder; last of all files, so that it vouches for them."""
        text = json.dumps(dataclasses.asdict(self), indent=2) + "\n"
        write_atomically(folder / NAME, text.encode())

    def noted(self, folder: str | Path, **accuracy: float) -> Manifest:
        """The manifest with more measured figures, written."""
        figures = {**self.accuracy, **accuracy}
        new = dataclasses.replace(self, accuracy=figures)
        new.write(Path(folder))
        return new

    @classmethod
    def read(cls, folder: str | Path) -> Manifest:
        """Read a folder's manifest, and check that its files are whole.

        Raises
        ------
        ExportError
            Where something is missing or altered; names it.
        """
        folder = Path(folder)
        path = folder / NAME
        try:
            data = check_fields(json.loads(path.read_text("utf-8")), cls, "an export")
        except OSError as error:
            raise ExportError(
                f"{folder} holds no exported network: {NAME} {error.strerror}"
            ) from None
        except ValueError as error:
            raise ExportError(f"{path} cannot be used: {error}") from None
        try:
            shape, names = tuple(data["input_shape"]), tuple(data["class_names"])
            it = cls(**{**data, "input_shape": shape, "class_names": names})
            check_choice("format", it.format, FORMATS)
            files = dict(it.files)
        except (TypeError, ValueError) as error:
            raise ExportError(f"{path} cannot be used: {error}") from None
        for name, digest in files.items():
            _check_file(folder / name, digest)
        return it


def _check_file(path: Path, digest: str) -> None:
    if not path.is_file():
        raise ExportError(f"{path} is missing")
    if sha256(path) != digest:
        raise ExportError(f"{path} is altered: its SHA-256 does not match")


def sha256(path: Path) -> str:
    """A file's SHA-256 in hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def grey_images(size: int) -> dict[str, Any]:
    """How a grey image becomes an input of a network trained on Fashion-MNIST."""
    return {
        "color": "grey",
        "resize": f"to {size}×{size}, bilinear with half-pixel centres; averaged over "
        "what becomes a pixel where the image is larger",
        "scale": "pixel / 255, float32 from 0 to 1",
        "layout": "NCHW",
        "background": "black: an image on white is to be inverted first",
    }
