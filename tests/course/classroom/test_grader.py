"""What is told where a step of nbgrader fails."""

from __future__ import annotations

import pytest

pytest.importorskip("nbgrader")

from course.classroom.grader import _reason  # noqa: E402

TRACE = 'a warning\nTraceback (most recent call last):\n  File "x"\nKeyError: 3\n'


@pytest.mark.parametrize(
    "log, error, said",
    [
        ("", AssertionError(), "AssertionError"),
        (" \n", ValueError("\n"), "ValueError"),
        ("", ValueError("no\nmore"), "no"),
        ("first\nlast\n", ValueError("x"), "last"),
        (TRACE, ValueError("x"), "KeyError: 3"),
        ("Traceback (most recent call last):\n  cut", KeyError(), "KeyError"),
    ],
)
def test_the_reason_has_words(log, error, said):
    assert _reason(log, error) == said
