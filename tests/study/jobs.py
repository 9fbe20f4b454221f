"""What workers of tests do with a task; they import it by its name."""

from __future__ import annotations

import os
import time

from gluon_nets.study.task import work
from tests.study.conftest import outcome_of

LOG = "STUDY_TEST_LOG"  # names the file of `counted`


def counted(task):
    """The study's own job; when it begins and ends is written down."""
    _note("begin", task)
    outcome = work(task)
    _note("end", task)
    return outcome


def _note(word: str, task) -> None:
    with open(os.environ[LOG], "a") as log:  # one write: lines of two are not mixed
        log.write(f"{word} {task.arch.to_json()}\n")


def noted(path) -> dict[str, list[str]]:
    """The designs, as JSON, that were begun and that were ended."""
    found: dict[str, list[str]] = {"begin": [], "end": []}
    for line in path.read_text().splitlines() if path.exists() else []:
        word, arch = line.split(" ", 1)
        found[word].append(arch)
    return found


def slow(task):
    """No training, but it takes a while."""
    time.sleep(60)
    return outcome_of(task.arch)
