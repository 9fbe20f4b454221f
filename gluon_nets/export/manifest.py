"""What stands beside an exported network: how to feed it, and what comes out."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import math
import numbers
import re
import reprlib
from pathlib import Path
from typing import Any, Iterator, Mapping

from gluon_nets.checks import check_choice, check_fields
from gluon_nets.files import write_atomically
from gluon_nets.messages import line_of

NAME = "export.json"
PARAMS, SYMBOL, MODEL = "parameters.params", "symbol.json", "model.onnx"
FILES = {
    "symbol": (PARAMS, SYMBOL),
    "onnx": (MODEL,),
    "fused": (PARAMS, SYMBOL),
    "int8": (PARAMS, SYMBOL),
}
FORMATS = tuple(FILES)
LINE = 240  # characters of a library's message: some list all they know
LARGEST_IMAGE = 2**24  # numbers: a batch of 32 such images takes 2 GB


class ExportError(ValueError):
    """An exported network that cannot be used; the message names file and reason."""

    exit_code = 1


@contextlib.contextmanager
def names_file(path: Path) -> Iterator[None]:
    """What a library raises over a file becomes an ExportError that names the file."""
    try:
        yield
    except (ExportError, MemoryError):
        raise
    except Exception as error:  # each library has kinds of its own
        line = line_of(error, repr(error))
        raise ExportError(f"{path} cannot be used: {line[:LINE]}") from None


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
        File name -> SHA-256; those that belong to the format.
    accuracy : mapping
        What was measured at the export, and on what, by name; may be empty.
    versions : mapping
        Of the libraries that made it.

    Raises
    ------
    ValueError
        Names the field that does not fit, and what does.
    """

    format: str
    net: str
    input_shape: tuple[int, int, int]
    class_names: tuple[str, ...]
    preprocessing: Mapping[str, Any]
    files: Mapping[str, str]
    accuracy: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    versions: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        check_choice("format", self.format, FORMATS)
        _check("net", self.net, isinstance(self.net, str), "a string")
        image_shape(self.input_shape)
        texts = isinstance(self.class_names, tuple) and _all_text(self.class_names)
        _check("class_names", self.class_names, texts, "a list of strings")
        known = isinstance(self.preprocessing, Mapping)
        _check("preprocessing", self.preprocessing, known, "a JSON object")
        check_figures(self.accuracy)
        texts = isinstance(self.versions, Mapping) and _all_text(self.versions.values())
        _check("versions", self.versions, texts, "strings by name")
        self._check_files()

    def _check_files(self) -> None:
        names = FILES[self.format]
        fits = isinstance(self.files, Mapping) and set(self.files) == set(names)
        hashes = fits and all(map(_is_sha256, self.files.values()))
        what = f"the SHA-256 of {' and '.join(names)} in the format {self.format!r}"
        _check("files", self.files, hashes, what)

    def write(self, folder: Path) -> None:
        """Write it into a folder; last of all files, so that it vouches for them."""
        # float: for NumPy's numbers, which JSON does not know
        form = {"indent": 2, "allow_nan": False, "default": float}
        text = json.dumps(dataclasses.asdict(self), **form) + "\n"
        write_atomically(folder / NAME, text.encode())

    def noted(self, folder: str | Path, **accuracy: float | str) -> Manifest:
        """The manifest with more measured figures, written."""
        figures = {**self.accuracy, **accuracy}
        new = dataclasses.replace(self, accuracy=figures)
        new.write(Path(folder))
        return new

    @classmethod
    def parse(cls, folder: str | Path) -> Manifest:
        """Read a folder's manifest, without a look at the files that it names.

        Raises
        ------
        ExportError
            Where there is none, or a field of it does not fit.
        """
        path = Path(folder) / NAME
        if not path.is_file():  # a pipe would never end
            raise ExportError(f"{folder} holds no exported network: no {NAME} in it")
        try:
            data = json.loads(path.read_text("utf-8"), parse_constant=_no_number)
            data = check_fields(data, cls, "an export")
            lists = {k: tuple(v) for k, v in data.items() if isinstance(v, list)}
            return cls(**{**data, **lists})
        except OSError as error:
            raise ExportError(f"{path} cannot be read: {error.strerror}") from None
        except (ValueError, RecursionError) as error:
            raise ExportError(f"{path} cannot be used: {error}") from None

    @classmethod
    def read(cls, folder: str | Path) -> Manifest:
        """Read a folder's manifest, and check that its files are whole.

        Raises
        ------
        ExportError
            Where something is missing, altered or does not fit; names it.
        """
        it = cls.parse(folder)
        for name, digest in it.files.items():
            _check_file(Path(folder) / name, digest)
        return it


def image_shape(value) -> tuple[int, int, int]:
    """A shape (C, H, W) as a tuple.

    Raises
    ------
    ValueError
        Where it is none, or an image of it would not fit into memory.
    """
    try:
        sides = tuple(value)
    except TypeError:
        sides = ()
    fits = len(sides) == 3 and all(map(_is_count, sides))
    _check("input_shape", value, fits, "(C, H, W), whole numbers of 1 or more")
    sides = tuple(map(int, sides))
    small = math.prod(sides) <= LARGEST_IMAGE
    _check("input_shape", value, small, f"{LARGEST_IMAGE:,} numbers or fewer")
    return sides


def check_figures(accuracy) -> None:
    """Raise a ValueError unless measured figures are what JSON can hold."""
    known = isinstance(accuracy, Mapping) and all(map(_is_figure, accuracy.values()))
    _check("accuracy", accuracy, known, "finite numbers and strings by name")


def _check(name: str, value, fits: bool, what: str) -> None:
    if not fits:  # in short: a file may hold anything
        raise ValueError(f"{name} is {reprlib.repr(value)}: it must be {what}")


def _is_count(value) -> bool:
    whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    return whole and value >= 1


def _is_figure(value) -> bool:
    number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    return isinstance(value, str) or (number and math.isfinite(value))


def _is_sha256(value) -> bool:
    return isinstance(value, str) and bool(re.fullmatch("[0-9a-f]{64}", value))


def _all_text(values) -> bool:
    return all(isinstance(value, str) for value in values)


def _no_number(name: str):
    raise ValueError(f"{name} is no number in JSON")


def _check_file(path: Path, digest: str) -> None:
    if not path.is_file():
        raise ExportError(f"{path} is missing")
    if sha256(path) != digest:
        raise ExportError(f"{path} is altered: its SHA-256 does not match")


def sha256(path: Path) -> str:
    """A file's SHA-256 in hexadecimal digits."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for part in iter(lambda: file.read(2**20), b""):
            digest.update(part)
    return digest.hexdigest()
