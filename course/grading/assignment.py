"""From an exercise's source to a notebook with nbgrader's metadata, solution included.

What a cell is for is told by its tags: `solution`, `check:PART`, `essay:NAME`. Parts of
solution cells between ``### BEGIN SOLUTION`` and ``### END SOLUTION`` are what nbgrader
takes out of the students' release.
"""

from __future__ import annotations

from typing import Any

import nbformat

from course.grading.rubric import Exercise
from course.notebook import read_source

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
STUB = "...  # your code here"
RAISES = "raises-exception"  # nbval's and nbclient's tag: may fail until it is solved


class SourceError(ValueError):
    """An exercise's source that does not go with its rubric."""


def assignment_notebook(exercise: Exercise) -> nbformat.NotebookNode:
    """The notebook of an exercise, not executed, as nbgrader's `source` wants it.

    Raises
    ------
    SourceError
        Where the cells do not go with the rubric's parts and essays.
    """
    notebook = read_source(exercise.source)
    count, seen = 0, []
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        kind, _, name = next(
            (tag.partition(":") for tag in tags if _is_ours(tag)), ("", "", "")
        )
        if BEGIN in cell.source and kind != "solution":
            raise SourceError(
                f"{exercise.name}: a cell with a solution has no such tag"
            )
        if not kind:
            continue
        if kind == "solution":
            count += 1
            name = str(count)
        seen.append((kind, name))
        others = [tag for tag in tags if not _is_ours(tag)]
        cell.metadata.update(_metadata(exercise, kind, name, others))
    _check(exercise, seen)
    return notebook


def _is_ours(tag: str) -> bool:
    return tag.partition(":")[0] in ("solution", "check", "essay")


def _metadata(exercise: Exercise, kind: str, name: str, tags: list) -> dict[str, Any]:
    data = {
        "schema_version": 3,
        "grade": kind != "solution",
        "solution": kind != "check",
        "locked": kind == "check",
        "task": False,
        "grade_id": f"{kind}-{name}",
    }
    if kind == "check":
        data["points"] = exercise.rubric.points(name)
        tags = [*tags, RAISES]
    if kind == "essay":
        points = {essay.name: essay.points for essay in exercise.rubric.essays}
        data["points"] = points.get(name, 0)
    return {"nbgrader": data, "tags": tags} if tags else {"nbgrader": data}


def _check(exercise: Exercise, seen: list[tuple[str, str]]) -> None:
    rubric = exercise.rubric
    essays = tuple(essay.name for essay in rubric.essays)
    for kind, fits in (("check", rubric.parts), ("essay", essays)):
        found = [name for what, name in seen if what == kind]
        if sorted(found) != sorted(fits):
            raise SourceError(
                f"{exercise.source}: cells {kind}:… are {found}: the rubric has "
                f"{list(fits)}"
            )


def without_solution(source: str) -> str:
    """A cell as a student gets it: each solution replaced by a stub."""
    kept, inside = [], False
    for line in source.splitlines():
        if line.strip() == BEGIN:
            inside = True
            kept.append(line[: len(line) - len(line.lstrip())] + STUB)
        elif line.strip() == END:
            inside = False
        elif not inside:
            kept.append(line)
    return "\n".join(kept)


def release_notebook(exercise: Exercise) -> nbformat.NotebookNode:
    """The notebook as a student gets it, without the solution."""
    notebook = assignment_notebook(exercise)
    for cell in notebook.cells:
        if BEGIN in cell.source:
            cell.source = without_solution(cell.source)
    return notebook


def code_of(exercise: Exercise, solved: bool = True) -> list[str]:
    """The sources of the code cells but those that check, in their order."""
    cells = assignment_notebook(exercise).cells
    sources = [
        cell.source
        for cell in cells
        if cell.cell_type == "code"
        and not cell.metadata.get("nbgrader", {}).get("locked")
    ]
    return sources if solved else [without_solution(source) for source in sources]
