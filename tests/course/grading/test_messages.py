"""The catalogue: each message is used, and each that is used is there."""

from __future__ import annotations

import ast
import string
from pathlib import Path

import course
from course.grading.messages import MESSAGES

FOLDER = Path(course.__file__).parent / "grading"


def used() -> dict[str, list[set[str]]]:
    """Codes that checks raise, with the facts that they give."""
    found: dict[str, list[set[str]]] = {}
    for path in FOLDER.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "id", "") == "Miss"
                and node.args
                and isinstance(node.args[0], ast.Constant)
            ):
                facts = {word.arg for word in node.keywords}
                found.setdefault(node.args[0].value, []).append(facts)
    return found


def test_each_message_that_is_raised_is_there():
    assert set(used()) <= set(MESSAGES)


def test_each_gives_the_facts_that_it_names():
    for code, calls in used().items():
        fields = {name for _, name, _, _ in string.Formatter().parse(MESSAGES[code])}
        for facts in calls:
            if None not in facts:  # **facts: only running it tells
                assert fields - {None} <= facts, code


def test_none_is_left_over():
    text = "\n".join(path.read_text("utf-8") for path in FOLDER.rglob("*.py"))
    for code in MESSAGES:
        assert text.count(f'"{code}"') >= 2 or code == "pending", code
