"""What an instructor sees of a class."""

from __future__ import annotations

import csv
import dataclasses

import pytest

from course.classroom.summary import Result, mistakes
from course.classroom.summary_page import bars, page
from course.grading.evaluate import Report, RowResult

HELD = RowResult("a", "p", "First <b>", 2, 2, "held")
MISSED = RowResult("a", "p", "First <b>", 0, 2, "missed", "number", "a is 3")
ODD = RowResult("b", "p", "Second", 0, 1, "missed", "kind", '=HYPERLINK("x")')


def result(student, *rows, status="done", needs_human=False, score=None) -> Result:
    record = {
        "report": Report("x", rows).to_data(),
        "status": status,
        "remarks": ["late <i>"] if status != "done" else [],
        "trusted": False,
    }
    points = sum(row.points for row in rows) if score is None else score
    return Result(student, "x", points, 3.0, needs_human, record)


CLASS = [
    result("ann", HELD, ODD),
    result("bob <script>", MISSED, ODD, needs_human=True),
    result("carl", MISSED, dataclasses.replace(ODD, state="held", points=1)),
    result("dora", MISSED, ODD, status="unread"),
]


def test_mistakes_are_counted_where_something_was_submitted():
    first, second = mistakes(CLASS)
    assert (first.name, first.count, first.sentence) == ("a", 2, "a is 3")
    assert (second.name, second.count) == ("b", 2)


def test_where_nothing_was_collected_nothing_is_a_mistake():
    lost = result("eve", MISSED, ODD, status="killed")
    lost.record["collected"] = False
    assert mistakes([*CLASS, lost]) == mistakes(CLASS)


def test_the_page_is_text_not_markup():
    text = page(CLASS)
    assert "bob &lt;script&gt;" in text and "<script" not in text
    assert "First &lt;b&gt;" in text and "late &lt;i&gt;" in text
    told = "4 submissions, mean 0.75, median 0.5 of 3 points; 1 wait for a human"
    assert told in " ".join(text.split())
    assert ">0*<" in text


def test_the_page_names_what_was_ignored():
    assert "Ignored" not in page(CLASS)
    assert "<li>ignored: a&lt;b: x</li>" in page(CLASS, ["ignored: a<b: x"])


def test_a_class_without_results_has_a_page():
    assert "Class summary" in page([])
    assert "no graded notebook" in page([dataclasses.replace(CLASS[0], record=None)])


def test_bars_count_everybody():
    for out_of in (0.0, 1.0, 3.0, 25.0):
        found = bars([0.0, out_of, out_of, out_of / 2], out_of)
        assert sum(bar["count"] for bar in found) == 4
        assert all(bar["height"] >= 0 and bar["width"] > 0 for bar in found)
    assert [bar["count"] for bar in bars([0, 1, 2.5, 3], 3)] == [1, 1, 2]


def test_files_are_written(folder, no_sandbox):
    pytest.importorskip("nbgrader")
    from course.classroom.grade import grade
    from course.classroom.summary import write_summary
    from tests.course.classroom.conftest import NAME, Here, solved, submit

    submit(folder, "a", solved(folder))
    grade(folder, [NAME], Here())
    names = [path.name for path in write_summary(folder)]
    assert names == ["grades.csv", "rows.csv", "summary.html"]
    (row,) = csv.DictReader((folder.root / "grades.csv").read_text().splitlines())
    assert (row["student_id"], row["score"], row["max_score"]) == ("a", "6.0", "10.0")
