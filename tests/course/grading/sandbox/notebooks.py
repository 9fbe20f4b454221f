"""Notebooks as a submission has them, and short runs of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from course.grading.sandbox import Execution, Limits, execute, execution

# what the tests use as the last cell: whatever `answer` is, if it is
COLLECT = """
import json
with open("{path}", "w") as file:
    json.dump(globals().get("answer"), file)
"""


def notebook(*sources: str, **changed: object) -> str:
    """A notebook of code cells; ``changed`` are other entries of the notebook."""
    cells = [
        {
            "cell_type": "code",
            "id": f"cell-{index}",
            "metadata": {},
            "source": source,
            "outputs": [],
            "execution_count": None,
        }
        for index, source in enumerate(sources)
    ]
    whole = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
    return json.dumps({**whole, **changed})


def run(*sources: str, trust: bool = False, **limits: float) -> Execution:
    """Run such a notebook; cells have five seconds unless it says otherwise."""
    limits.setdefault("cell_seconds", 5)
    limits.setdefault("wall_seconds", 60)
    return execute(notebook(*sources), COLLECT, Limits(**limits), trust)


@contextmanager
def cold() -> Iterator[None]:
    """Runs are programs of their own, and no forks of the template."""
    with mock.patch.object(execution, "current", lambda: None):
        yield


def outputs(ran: Execution, cell: int) -> list:
    """The outputs of a cell."""
    assert ran.notebook is not None, ran.reason
    return ran.notebook["cells"][cell]["outputs"]


def error(ran: Execution, cell: int) -> str:
    """The name of the error that a cell ended with; '' where it did not."""
    names = [out["ename"] for out in outputs(ran, cell) if "ename" in out]
    return names[-1] if names else ""
