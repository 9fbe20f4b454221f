"""All notebooks of the course: lessons, exercises with solutions, and without."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any, Callable

from course.places import COURSE, exercises, lesson_notebook, notebooks, sources


@dataclasses.dataclass(frozen=True)
class Work:
    """A notebook that is built.

    Attributes
    ----------
    name : str
        Of the lesson or exercise.
    kind : str
        'lesson', 'solution', or 'exercise', as students get it.
    source, path : Path
        What it is made of, and where it goes.
    read : function
        From the source to the notebook without outputs.
    """

    name: str
    kind: str
    source: Path
    path: Path
    read: Callable[[Path], Any]

    @property
    def runs(self) -> bool:
        """Whether it is stored with outputs: what is still to be solved is not."""
        return self.kind != "exercise"


def works() -> list[Work]:
    """All of them, in the course's order."""
    found = []
    for name, source in sources().items():
        found.append(Work(name, "lesson", source, lesson_notebook(name), _lesson))
    for name in exercises():
        source = COURSE / "exercises" / name / "exercise.py"
        for kind, read in (("solution", _solution), ("exercise", _release)):
            path = notebooks() / f"{kind}s" / f"{name}.ipynb"
            found.append(Work(name, kind, source, path, read))
    return found


# what these import needs Jupyter, of which a list of names has no use


def _lesson(source: Path):
    from course.notebook import read_source

    return read_source(source)


def _solution(source: Path):
    from course.grading.assignment import assignment_notebook
    from course.grading.rubric import load_exercise

    return assignment_notebook(load_exercise(source.parent))


def _release(source: Path):
    from course.grading.assignment import release_notebook
    from course.grading.rubric import load_exercise

    return release_notebook(load_exercise(source.parent))
