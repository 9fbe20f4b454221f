"""Outputs: of what a submission printed what is harmless, and a report's own."""

from __future__ import annotations

import re
from typing import Any

from nbformat import NotebookNode, from_dict

from course.classroom.reading import BASE64, text_of
from course.grading.evaluate import HELD, PENDING, Report

IMAGES = ("image/png", "image/jpeg")
SIGNS = {HELD: "✓", PENDING: "…"}
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


def _stream(output: dict) -> dict:
    name = "stderr" if output.get("name") == "stderr" else "stdout"
    text = text_of(output.get("text"))
    return {"output_type": "stream", "name": name, "text": text}


def _error(output: dict) -> dict:
    lines = output.get("traceback")
    lines = lines if isinstance(lines, list) else []
    return {
        "output_type": "error",
        "ename": text_of(output.get("ename")),
        "evalue": text_of(output.get("evalue")),
        "traceback": [text_of(line) for line in lines],
    }


def _data(output: dict) -> dict | None:
    found = output.get("data")
    found = found if isinstance(found, dict) else {}
    data = {"text/plain": text_of(found["text/plain"])} if "text/plain" in found else {}
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
