"""A course folder: where its things are, and its settings."""

from __future__ import annotations

import dataclasses
import functools
import sys
from pathlib import Path
from typing import Any

from course.grading.rubric import Exercise, load_exercise

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SETTINGS = "grading.toml"
# a cell may train, on a busy machine too: longer than the sandbox gives by itself
DEFAULTS = {"cell_seconds": 180}
NUMBERS = {  # what a settings file may say of limits, and what is least
    "cell_seconds": 1,
    "wall_seconds": 1,
    "cpu_seconds": 1,
    "memory": 256 << 20,
}


class SettingsError(ValueError):
    """What is in ``grading.toml`` does not fit; the message names the file."""

    exit_code = 1


@dataclasses.dataclass(frozen=True)
class Settings:
    """What ``grading.toml`` says.

    Attributes
    ----------
    seed : int
        Of the trainings that grade; secret.
    limits : dict
        Of the sandbox, where they are not its own.
    """

    seed: int
    limits: dict[str, int]


@dataclasses.dataclass(frozen=True)
class Folder:
    """A course folder that is there; its paths are those of nbgrader."""

    root: Path

    @property
    def source(self) -> Path:
        """Assignments with solutions."""
        return self.root / "source"

    @property
    def release(self) -> Path:
        """What students get."""
        return self.root / "release"

    @property
    def submitted(self) -> Path:
        """What they hand in: STUDENT/NAME/NAME.ipynb; it is never changed."""
        return self.root / "submitted"

    @property
    def autograded(self) -> Path:
        """The same, executed and graded."""
        return self.root / "autograded"

    @property
    def feedback(self) -> Path:
        """Pages for students."""
        return self.root / "feedback"

    @property
    def gradebook(self) -> str:
        """The database, as SQLAlchemy names it."""
        return f"sqlite:///{self.root / 'gradebook.db'}"

    @property
    def cache(self) -> Path:
        """What can be made again."""
        return self.root / ".cache"

    @property
    def staged(self) -> Path:
        """Submissions as they are given to nbgrader."""
        return self.cache / "staged"

    @functools.cached_property
    def settings(self) -> Settings:
        """The settings, as they are when they are first asked for."""
        return read_settings(self.root / SETTINGS)

    def exercises(self) -> list[str]:
        """Names of the exercises that were released."""
        found = self.release.glob("*/*.ipynb")
        return sorted({path.parent.name for path in found if path.stem[0] != "."})

    def exercise(self, name: str) -> Exercise:
        """An exercise of this folder's own (exercises/NAME), or of the course."""
        own = self.root / "exercises" / name
        return load_exercise(own if (own / "rubric.toml").exists() else name)

    def own_exercises(self) -> list[str]:
        """Names of the instructor's own exercises."""
        found = (self.root / "exercises").glob("*/rubric.toml")
        return sorted(path.parent.name for path in found)


def open_folder(path: str | Path) -> Folder:
    """The course folder at a path.

    Raises
    ------
    ValueError
        Where there is none.
    """
    root = Path(path).resolve()
    if not (root / SETTINGS).is_file():
        raise ValueError(
            f"{path} is no course folder: gluon-course init {path} makes it"
        )
    return Folder(root)


def read_settings(path: Path) -> Settings:
    """Read ``grading.toml``.

    Raises
    ------
    SettingsError
        That names what does not fit.
    """
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: {error}: a text in UTF-8 fits") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: {error}") from None
    seed, limits = data.get("seed"), data.get("limits", {})
    if not _is_count(seed, 0):
        raise SettingsError(f"{path}: seed is {seed!r}: it must be 0 or more")
    if not isinstance(limits, dict):
        raise SettingsError(f"{path}: limits is {limits!r}: a table [limits] fits")
    unknown = (set(data) - {"seed", "limits"}) | (set(limits) - set(NUMBERS))
    if unknown:
        known = ", ".join(["seed", *(f"limits.{name}" for name in NUMBERS)])
        raise SettingsError(f"{path}: {sorted(unknown)}: {known} fit")
    for name, value in limits.items():
        least = NUMBERS[name]
        if not _is_count(value, least):
            raise SettingsError(f"{path}: {name} is {value!r}: {least} or more fits")
    return Settings(seed, {**DEFAULTS, **limits})


def _is_count(value: Any, least: int) -> bool:
    # True and False are numbers to Python
    return type(value) is int and value >= least
