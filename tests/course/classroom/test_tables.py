"""Results as CSV, for a spreadsheet."""

from __future__ import annotations

import csv
import dataclasses

import pytest

from course.classroom.tables import grades_csv, rows_csv
from tests.course.classroom.conftest import NAME, Here, solved, submit
from tests.course.classroom.test_summary import CLASS


def test_no_sentence_becomes_a_formula():
    rows = list(csv.DictReader(rows_csv(CLASS).splitlines()))
    assert rows[1]["sentence"] == '\'=HYPERLINK("x")'
    assert rows[0] == {
        "student": "ann",
        "exercise": "x",
        "row": "a",
        "points": "2",
        "out_of": "2",
        "state": "held",
        "sentence": "",
    }


@pytest.mark.parametrize(
    "text", ["=1", "+1", "-1", "@A", "\t=1", "\r=1", "x\r=1", "\n-1"]
)
def test_no_student_becomes_a_formula(text):
    found = [dataclasses.replace(CLASS[0], student=text)]
    lines = rows_csv(found).splitlines()
    assert len(lines) == 3  # the head, and two rows
    (cell, *_) = next(csv.reader(lines[1:]))
    assert cell.startswith(("'", "x "))


def test_the_gradebook_is_what_nbgrader_exports(folder, no_sandbox, tmp_path):
    from nbgrader.api import Gradebook
    from nbgrader.plugins import CsvExportPlugin

    from course.classroom.grade import grade

    submit(folder, "ada", solved(folder)).with_name("timestamp.txt").write_text(
        "2020-01-02 10:00:00 UTC"
    )
    grade(folder, [NAME], Here())
    path = tmp_path / "theirs.csv"
    with Gradebook(folder.gradebook) as gradebook:
        gradebook.add_student("zoe", first_name="Zoe")  # who submits nothing
        CsvExportPlugin(to=str(path)).export(gradebook)
    assert grades_csv(folder) == path.read_text("utf-8")


def test_a_folder_in_the_gradebook_is_no_formula_and_one_cell(folder, no_sandbox):
    from course.classroom.grade import grade

    submit(folder, "=1+1", solved(folder))
    submit(folder, "ada, b", solved(folder))
    grade(folder, [NAME], Here())
    rows = list(csv.DictReader(grades_csv(folder).splitlines()))
    assert [row["student_id"] for row in rows] == ["'=1+1", "ada, b"]
    assert [row["score"] for row in rows] == ["6.0", "6.0"]
