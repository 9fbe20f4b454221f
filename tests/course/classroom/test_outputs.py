"""Outputs that are shown, and those that nbgrader takes for scores."""

from __future__ import annotations

import pytest

from course.classroom.outputs import harmless, of_report, printable
from course.grading.evaluate import Report, RowResult

PNG = {"image/png": "aGk="}
ROWS = (
    RowResult("a", "part", "First", 2, 2, "held"),
    RowResult("b", "part", "Second", 0, 1, "missed", "number", "x is 3"),
)


def test_texts_images_and_errors_stay():
    outputs = [
        {"output_type": "stream", "name": "stderr", "text": ["a\n", "b"]},
        {
            "output_type": "display_data",
            "data": {"image/png": "aGk=", "text/plain": "x"},
        },
        {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["t", 3]},
    ]
    stream, image, error = harmless(outputs)
    assert stream == {"output_type": "stream", "name": "stderr", "text": "a\nb"}
    assert image.data == {**PNG, "text/plain": "x"}
    assert error.traceback == ["t", ""]


@pytest.mark.parametrize(
    "output",
    [
        {"output_type": "display_data", "data": {"text/html": "<script>"}},
        {"output_type": "display_data", "data": {"image/svg+xml": "<svg>"}},
        {"output_type": "display_data", "data": {"application/javascript": "1"}},
        {"output_type": "display_data", "data": {"image/png": '"><script>'}},
        {"output_type": "display_data", "data": 3},
        {"output_type": ["display_data"]},
        {"output_type": "update_display_data"},
        "text",
        None,
    ],
)
def test_what_could_do_something_goes(output):
    assert harmless([output]) == []


def test_no_list_is_nothing():
    assert harmless(None) == harmless({"a": 1}) == harmless(3) == []


def test_a_number_is_no_score_any_more():
    (found,) = harmless(
        [{"output_type": "execute_result", "data": {"text/plain": "3"}}]
    )
    assert found.output_type == "display_data"


def test_nbgrader_reads_a_reports_points():
    utils = pytest.importorskip("nbgrader.utils")
    nbformat = pytest.importorskip("nbformat")
    metadata = {"nbgrader": {"grade": True, "solution": False, "points": 3}}
    cell = nbformat.v4.new_code_cell(metadata=metadata)
    cell.outputs = of_report(Report("x", ROWS), ["late"])
    assert utils.determine_grade(cell) == (2.0, 3.0)
    shown = cell.outputs[0].data["text/plain"]
    assert shown == "late\n✓ 2/2 First\n✗ 0/1 Second: x is 3"


def test_nothing_commands_a_terminal():
    assert printable("a\x1b[31mb\nc\x9b") == "a [31mb c "


def test_more_colours_than_a_page_can_show_are_none():
    many, few = "\x1b[1mx" * 5000, "\x1b[1mx"
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": many},
        {"output_type": "display_data", "data": {"text/plain": many}},
        {"output_type": "error", "traceback": [few] * 5000},
        {"output_type": "stream", "name": "stdout", "text": few},
    ]
    stream, data, error, plain = harmless(outputs)
    assert "\x1b" not in stream.text + data.data["text/plain"]
    assert "\x1b" not in "".join(error.traceback)
    assert plain.text == few
