"""Outputs: of what a submission printed what is harmless, and a report's own."""

from __future__ import annotations

import re
from typing import Any

from nbformat import NotebookNode, from_dict

from course.classroom.reading import BASE64, text_of
from course.grading.evaluate import HELD, PENDING, Report

IMAGES = ("image/png", "image/jpeg")
SIGNS = {HELD: "✓", PENDING: "…"}
ESCAPE, COLOURS = "\x1b", 2000  # each colour begins with one
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def harmless(outputs: Any) -> list[NotebookNode]:
    """Texts, images and errors of an untrusted list of outputs.

    HTML, JavaScript, SVG and widgets are left out: they would run in the browser of who
    grades.
    """
    kept = []
    for output in outputs if isinstance(outputs, list) else ():
        if isinstance(output, dict):
            clean = KINDS.get(str(output.get("output_type")), _nothing)(output)
            kept += [from_dict(clean)] if clean else []
    return kept


def _nothing(output: dict) -> None:
    return None


def _shown(*texts: Any) -> list[str]:
    """Texts, without colours where there are so many that pages take minutes."""
    found = [text_of(text) for text in texts]
    if sum(text.count(ESCAPE) for text in found) > COLOURS:
        found = [text.replace(ESCAPE, "") for text in found]
    return found


def _stream(output: dict) -> dict:
    name = "stderr" if output.get("name") == "stderr" else "stdout"
    (text,) = _shown(output.get("text"))
    return {"output_type": "stream", "name": name, "text": text}


def _error(output: dict) -> dict:
    lines = output.get("traceback")
    lines = lines if isinstance(lines, list) else []
    return {
        "output_type": "error",
        "ename": text_of(output.get("ename")),
        "evalue": text_of(output.get("evalue")),
        "traceback": _shown(*lines),
    }


def _data(output: dict) -> dict | None:
    found = output.get("data")
    found = found if isinstance(found, dict) else {}
    data = {}
    if "text/plain" in found:
        (data["text/plain"],) = _shown(found["text/plain"])
    for kind in IMAGES:
        text = text_of(found.get(kind))
        if text and BASE64.fullmatch(text):
            data[kind] = text
    if not data:
        return None
    return {"output_type": "display_data", "metadata": {}, "data": data}


KINDS = {
    "stream": _stream,
    "error": _error,
    "display_data": _data,
    "execute_result": _data,  # nbgrader takes a number in one for a score
}


def of_report(report: Report, remarks=()) -> list[NotebookNode]:
    """A test cell's outputs: rows with their sentences, and the points.

    nbgrader takes the number for the cell's score.
    """
    text = "\n".join([*map(printable, remarks), *map(line, report.rows)])
    shown = {
        "output_type": "display_data",
        "metadata": {},
        "data": {"text/plain": text},
    }
    result = {
        "output_type": "execute_result",
        "metadata": {},
        "execution_count": None,
        "data": {"text/plain": f"{report.points:g}"},
    }
    return [from_dict(shown), from_dict(result)]


def line(row) -> str:
    """A row of a report as a line of text."""
    sign = SIGNS.get(row.state, "✗")
    sentence = f": {row.sentence}" if row.sentence else ""
    return printable(f"{sign} {row.points}/{row.out_of} {row.about}{sentence}")


def printable(text: str) -> str:
    """On one line, without what a terminal or a page would take for a command."""
    return CONTROL.sub(" ", text.replace("\n", " "))
