"""What an exercise asks for, as data: answers, rows with points, essays.

title = "De-ResNeXt"
minutes = 40                 # of a student's time

[answers.plain]              # the variable `plain`
kind = "network"
image = [1, 28, 28]

[[rows]]
name = "ungrouped"
part = "plain"               # shown in the cell check("de_resnext", plain=plain)
points = 2
about = "No convolution is grouped"
check = "ungrouped"          # a function of `course.grading.checks`
answer = "plain"             # what is left are the function's arguments
needs = ["nets.d"]           # perhaps: networks without which the row does not hold

[[essays]]
name = "why"
points = 3
about = "Which blocks are better at this budget, and why"
"""

from __future__ import annotations

import dataclasses
import hashlib
import inspect
import sys
from pathlib import Path
from typing import Any, Mapping

from course.places import COURSE

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

KINDS = ("network", "networks", "number", "text", "data")
COMMON = ("name", "part", "points", "about", "check", "needs")


class RubricError(ValueError):
    """A rubric that cannot be used: the file, the place, what fits."""


@dataclasses.dataclass(frozen=True)
class Answer:
    """What a student leaves behind in a variable.

    Attributes
    ----------
    name : str
        The variable's name.
    kind : str
        'network', 'networks' (a dict or a list of them), 'number', 'text', or 'data':
        numbers and texts in lists and dicts.
    image : tuple of int
        Shape of an image, of networks: (C, H, W), or (features,).
    calls : tuple
        Where the variable is a function: the arguments of each call, of whose results
        the answer consists, by their places '0', '1', ….
    """

    name: str
    kind: str
    image: tuple[int, ...] = ()
    calls: tuple[Any, ...] = ()


@dataclasses.dataclass(frozen=True)
class Row:
    """A line of the rubric: all of its points or none.

    Attributes
    ----------
    name, part, about : str
    points : int
    check : str
        A function of `course.grading.checks`.
    options : mapping
        Its arguments.
    needs : tuple of str
        Networks that must be there: what is said of them is else made up. Of an answer
        of several one must be; 'nets.d' names one of them.
    """

    name: str
    part: str
    points: int
    about: str
    check: str
    options: Mapping[str, Any]
    needs: tuple[str, ...] = ()

    @property
    def answers(self) -> set[str]:
        """The names of the answers that it is about."""
        keys = ("answer", "network", "other")
        places = [str(self.options[key]) for key in keys if key in self.options]
        return {place.split(".")[0] for place in (*places, *self.needs)}


@dataclasses.dataclass(frozen=True)
class Essay:
    """What a human reads and gives points for."""

    name: str
    points: int
    about: str


@dataclasses.dataclass(frozen=True)
class Rubric:
    """A whole rubric."""

    title: str
    minutes: int
    answers: Mapping[str, Answer]
    rows: tuple[Row, ...]
    essays: tuple[Essay, ...]

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts in their order; each has a cell that checks it."""
        return tuple(dict.fromkeys(row.part for row in self.rows))

    def points(self, part: str) -> int:
        """The points that a part's rows come to."""
        return sum(row.points for row in self.rows if row.part == part)


@dataclasses.dataclass(frozen=True)
class Exercise:
    """An exercise's folder, read.

    Attributes
    ----------
    name : str
    folder : Path
    rubric : Rubric
    """

    name: str
    folder: Path
    rubric: Rubric

    @property
    def title(self) -> str:
        """What the notebook is called."""
        return self.rubric.title

    @property
    def source(self) -> Path:
        """The notebook's source, with the solution."""
        return self.folder / "exercise.py"

    @property
    def version(self) -> str:
        """What tells one state of the exercise from another."""
        digest = hashlib.sha256()
        for path in (self.source, self.folder / "rubric.toml"):
            digest.update(path.read_bytes() if path.exists() else b"")
        return digest.hexdigest()[:16]


def exercise_folders(root: Path = COURSE) -> dict[str, Path]:
    """The course's exercises by name: folders with a rubric."""
    paths = sorted((root / "exercises").glob("*/rubric.toml"))
    return {path.parent.name: path.parent for path in paths}


def load_exercise(name: str | Path) -> Exercise:
    """Read an exercise by its name, or by its folder.

    Raises
    ------
    ValueError
        Where there is no such exercise, or its rubric does not fit.
    """
    folder = exercise_folders().get(str(name), Path(name))
    path = folder / "rubric.toml"
    if not path.is_file():
        known = ", ".join(exercise_folders()) or "none"
        raise ValueError(f"there is no exercise {str(name)!r}: {known}")
    return Exercise(folder.name, folder, parse_rubric(path.read_text("utf-8"), path))


def parse_rubric(text: str, path: Path | str) -> Rubric:
    """A rubric from its text; `path` is named in messages."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RubricError(f"{path}: {error}") from None
    try:
        return _rubric(data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        missing = (
            f"{error.args[0]} is missing" if isinstance(error, KeyError) else error
        )
        raise RubricError(f"{path}: {missing}") from None


def _rubric(data: dict) -> Rubric:
    answers = {name: _answer(name, x) for name, x in data["answers"].items()}
    rows = tuple(_row(row, answers) for row in data["rows"])
    essays = tuple(Essay(**essay) for essay in data.get("essays", ()))
    for kind, items in (("row", rows), ("essay", essays)):
        names = [item.name for item in items]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two {kind}s are called {name!r}")
    known = {"title", "minutes", "answers", "rows", "essays"}
    if set(data) - known:
        raise ValueError(f"{sorted(set(data) - known)}: what fits is {sorted(known)}")
    return Rubric(data["title"], data.get("minutes", 30), answers, rows, essays)


def _answer(name: str, data: dict) -> Answer:
    kind = data["kind"]
    if kind not in KINDS:
        raise ValueError(f"answer {name}: kind is {kind!r}: {', '.join(KINDS)} fit")
    image = tuple(data.get("image", ()))
    if kind.startswith("network") and not image:
        raise ValueError(f"answer {name}: image is missing, as [1, 28, 28]")
    calls = tuple(tuple(call) for call in data.get("calls", ()))
    unknown = set(data) - {"kind", "image", "calls"}
    if unknown:
        raise ValueError(f"answer {name}: {sorted(unknown)} is no field of an answer")
    return Answer(name, kind, image, calls)


def _row(data: dict, answers: Mapping[str, Answer]) -> Row:
    from course.grading.checks import CHECKS

    name, check = data["name"], data["check"]
    if check not in CHECKS:
        raise ValueError(f"row {name}: there is no check {check!r}: {sorted(CHECKS)}")
    options = {key: value for key, value in data.items() if key not in COMMON}
    try:
        inspect.signature(CHECKS[check]).bind(None, **options)
    except TypeError as error:
        raise ValueError(f"row {name}: {check}: {error}") from None
    for key in ("answer", "network", "other"):
        base = str(options.get(key, "")).split(".")[0]
        if base and base not in answers:
            raise ValueError(f"row {name}: {key} is {base!r}: {', '.join(answers)} fit")
    needs = tuple(data.get("needs", ()))
    for place in needs:
        found = answers.get(place.split(".")[0])
        if found is None or not found.kind.startswith("network"):
            raise ValueError(f"row {name}: it needs {place!r}, which is no network")
    points = data["points"]
    if not isinstance(points, int) or points < 1:
        raise ValueError(f"row {name}: points is {points!r}: it must be 1 or more")
    return Row(name, data["part"], points, data["about"], check, options, needs)
