"""Studies as TOML files.

name = "rising widths"
designs = 60
seed = 1

[space]
base = "AnyNetX_C"         # one of the chapter's; what follows replaces its own
scale = "fashion"          # or "paper": to be drawn, not to be trained here
rising = ["width"]
depth = { law = "log_uniform", low = 1, high = 6 }
bottleneck = [1, 2]        # a list: each with the same probability

[space.frame]
strides = [1, 2, 2, 2]
image_size = 28

[space.bands]
flops = [3.6e6, 4.4e6]

[training]
images = 15000
epochs = 3
"""

from __future__ import annotations

import contextlib
import dataclasses
import sys
from pathlib import Path
from typing import Any, Iterator

from gluon_nets.study.definition import Study, Training
from gluon_nets.study.designs import Frame
from gluon_nets.study.laws import read_law
from gluon_nets.study.named import get_space
from gluon_nets.study.space import AnyNetSpace, Bands

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

LARGEST_FILE = 1_000_000  # bytes


class StudyError(ValueError):
    """A study's file that cannot be used; the message names it and the reason."""

    exit_code = 2


def read_study(path: str | Path) -> Study:
    """The study that a TOML file describes.

    Raises
    ------
    StudyError
        Names the file and what is wrong in it.
    """
    path = Path(path)
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise ValueError(f"it has more than {LARGEST_FILE} bytes")
        return parse_study(path.read_bytes().decode("utf-8"), path.stem)
    except OSError as error:
        raise StudyError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise StudyError(f"{path} is no study: it is not UTF-8 text") from None
    except RecursionError:
        raise StudyError(f"{path} is no study: it is nested too deeply") from None
    except ValueError as error:
        raise StudyError(f"{path} is no study: {error}") from None


def parse_study(text: str, name: str = "study") -> Study:
    """The study that TOML text describes, called so where it has no name of its own.

    Raises
    ------
    ValueError
        Names the entry that does not fit, and what does.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"no TOML: {error}") from None
    fields = _take(data, "the file", Study)
    space = read_space(fields.pop("space", {}))
    training = _made(Training, fields.pop("training", {}), "training")
    fields.setdefault("name", name)
    return Study(space=space, training=training, **fields)


def read_space(data: Any):
    """The space of a file's table, or of its name alone.

    Raises
    ------
    ValueError
        Names the entry that does not fit, and what does.
    """
    if isinstance(data, str):
        return get_space(data)
    entries = dict(_table(data, "space"))
    base = get_space(entries.pop("base", "AnyNetX_A"), entries.pop("scale", "fashion"))
    with _within("space"):
        changes: dict[str, Any] = {
            "frame": _changed(base.frame, entries.pop("frame", {}), "frame"),
            "bands": _made(Bands, entries.pop("bands"), "bands")
            if "bands" in entries
            else base.bands,
            "name": entries.pop("name", base.name),
            "laws": {
                name: read_law(name, entries.pop(name)) if name in entries else law
                for name, law in base.laws.items()
            },
        }
        changes["widen"] = entries.pop("widen", base.widen)
        if isinstance(base, AnyNetSpace):
            for name in ("shared", "rising"):
                if name in entries:
                    changes[name] = _names(name, entries.pop(name))
        for name in entries:
            known = ["base", "scale", *changes["laws"], *changes]
            known = ", ".join(k for k in known if k != "laws")
            raise ValueError(f"{name!r} is no entry: what fits is {known}")
        return dataclasses.replace(base, **changes)


def _names(name: str, value) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise ValueError(f"{name} is {value!r}: it must be a list of names")
    return tuple(value)


def _changed(frame: Frame, data: Any, what: str) -> Frame:
    with _within(what):
        return dataclasses.replace(frame, **_take(data, what, Frame))


def _made(cls, data: Any, what: str):
    """A dataclass of a table's entries; errors begin with the table's name."""
    with _within(what):
        return cls(**_take(data, what, cls))


def _take(data: Any, what: str, cls) -> dict[str, Any]:
    known = [field.name for field in dataclasses.fields(cls)]
    for name in _table(data, what):
        if name not in known:
            fits = ", ".join(known)
            raise ValueError(f"{name!r} is no entry of {what}: what fits is {fits}")
    return dict(data)


def _table(data: Any, what: str) -> dict:
    if not isinstance(data, dict):
        raise ValueError(f"{what} is {data!r}: it must be a table")
    return data


@contextlib.contextmanager
def _within(what: str) -> Iterator[None]:
    """Errors begin with the table they are in."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{what}: {error}") from None


def template(space: str) -> str:
    """A study of a space of the chapter, as TOML with every entry that may be changed.

    Raises
    ------
    ValueError
        Where there is no such space.
    """
    get_space(space)
    training = Training()
    lines = [
        f'name = "{space}"',
        "designs = 100          # networks",
        "seed = 1               # of the draws",
        "",
        "[space]",
        f'base = "{space}"       # what follows replaces its own',
        'scale = "fashion"      # or "paper", of 224 pixels: to be drawn only',
        '# width = { law = "log_uniform", low = 8, high = 256, step = 8 }',
        "# bottleneck = [1, 2]",
        '# shared = ["bottleneck", "group_width"]',
        '# rising = ["width", "depth"]',
        "",
        "[space.bands]          # of params, flops and acts",
        "flops = [3.6e6, 4.4e6]",
        "",
        "[training]             # the same for all networks",
    ]
    for field in dataclasses.fields(training):
        value = getattr(training, field.name)
        text = f'"{value}"' if isinstance(value, str) else value
        lines.append(f"{field.name} = {text}")
    return "\n".join(lines) + "\n"
