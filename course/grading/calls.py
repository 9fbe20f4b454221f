"""What a submission's calls of `check` name: answers in variables of other names."""

from __future__ import annotations

import ast
import re
from typing import Any, Iterator, Mapping

from course.grading.rubric import Exercise

CELL = 100_000  # characters of a cell that are looked at
CALLS = 20  # of a cell: the last ones
PLACES = 4  # for an answer: the last ones
EXPRESSION = 2000  # characters
MAGIC = re.compile(r"^(\s*)(?:%{1,2}|!|\?)\s*(\w*)(.*)$")


def renamed(exercise: Exercise, notebook: Mapping[str, Any]) -> dict[str, list[str]]:
    """Where answers may be, as check("…", plain=mine) tells; the last call comes first.

    A variable, or an expression, as `check` takes one at home; also by its position.
    """
    found: dict[str, list[str]] = {}
    for cell in notebook.get("cells", ()):
        if not isinstance(cell, dict) or cell.get("cell_type") != "code":
            continue
        source = cell.get("source", "")
        source = "".join(source) if isinstance(source, list) else source
        if not isinstance(source, str) or "check" not in source:
            continue
        for name, place in _given(exercise, source[:CELL]):
            places = found.setdefault(name, [])
            if place in places:
                places.remove(place)
            places.insert(0, place)
            del places[PLACES:]
    return found


def _given(exercise: Exercise, source: str) -> Iterator[tuple[str, str]]:
    """Answers and their expressions, in the order of the calls."""
    for text in (source, _without_magics(source)):
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        break
    else:
        return
    calls = [node for node in ast.walk(tree) if _is_check(node)]
    calls.sort(key=lambda call: (call.lineno, call.col_offset))
    for call in calls[-CALLS:]:
        for name, value in _arguments(exercise, call):
            place = ast.get_source_segment(text, value) or "None"
            if place != "None" and len(place) <= EXPRESSION:
                yield name, place


def _is_check(node: ast.AST) -> bool:
    """check(…), or course.check(…)."""
    if not isinstance(node, ast.Call):
        return False
    return "check" in (getattr(node.func, "id", ""), getattr(node.func, "attr", ""))


def _arguments(exercise: Exercise, call: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    """As `check` takes them at home: those without a name in their order."""
    known = exercise.rubric.answers
    named = {one.arg: one.value for one in call.keywords if one.arg in known}
    first, *values = call.args or [None]
    if isinstance(first, ast.Constant) and first.value != exercise.name:
        return  # of another exercise
    unnamed = [name for name in known if name not in named]
    if not any(isinstance(value, ast.Starred) for value in values):
        yield from zip(unnamed, values)
    yield from named.items()


def _without_magics(source: str) -> str:
    """A cell without IPython's own lines; what stands behind %time is kept."""
    lines = []
    for line in source.splitlines():
        magic = MAGIC.match(line)
        if magic:
            indent, _, rest = magic.groups()
            line = indent + (rest.strip() if "check" in rest else "pass")
        elif line.rstrip().endswith("?"):
            line = "pass"
        lines.append(line)
    return "\n".join(lines)
