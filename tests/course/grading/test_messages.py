"""The catalogue: each message is used, and each that is used is there."""

from __future__ import annotations

import ast
import string
from pathlib import Path

import course
from course.grading.messages import ANSWERS, FILES, GRAPHS, MESSAGES

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


def test_each_sentence_of_the_other_parts_is_used():
    paths = [*FOLDER.rglob("*.py"), *(FOLDER.parent / "classroom").glob("*.py")]
    texts = [path.read_text("utf-8") for path in paths if path.stem != "messages"]
    for code in (*FILES, *ANSWERS, *GRAPHS):
        assert any(f'"{code}"' in text for text in texts), code


def test_a_language_is_a_matter_of_this_file_alone():
    """No error of ours that a student reads is written out where it is raised."""
    for name in ("grading/extract.py", "grading/collect.py", "classroom/reading.py"):
        for node in ast.walk(ast.parse((FOLDER.parent / name).read_text("utf-8"))):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
                for given in node.exc.args:
                    assert not isinstance(given, ast.JoinedStr), (name, node.lineno)
