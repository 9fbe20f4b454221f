"""Run a submission: all its cells, and a last one that collects its answers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from course.grading.sandbox import process
from course.grading.sandbox.limits import MIB, Limits
from course.grading.sandbox.template import current

STATUSES = ("done", "timeout", "killed", "failed")
_LARGEST = 20 * MIB  # of a submission
_LEEWAY = 15.0  # seconds to start, to interrupt, and to say so, after its own limits
_DEPTH = 100  # of lists and mappings in each other


@dataclass(frozen=True)
class Execution:
    """What came of running a submission.

    Parameters
    ----------
    status : {'done', 'timeout', 'killed', 'failed'}
        All cells ran to their end; one took too long; the kernel ended or was ended;
        nothing could be run.
    reason : str
        A sentence, where there is something to say.
    notebook : dict or None
        With the outputs of the cells that ran.
    answers : object
        What the collecting cell wrote, read as JSON; None where it wrote nothing.
    seconds : float
    """

    status: str
    reason: str
    notebook: dict[str, Any] | None
    answers: Any
    seconds: float


def execute(
    notebook_text: str,
    collect: str = "",
    limits: Limits | None = None,
    trust: bool = False,
) -> Execution:
    """Run a notebook in the sandbox; never raises for what a submission does.

    Many are run faster after `warm_up`.

    Parameters
    ----------
    notebook_text : str
    collect : str
        The source of the last cell, run silently; ``{path}`` in it becomes the path of
        the file that it writes.
    limits : Limits, optional
    trust : bool
        Without the sandbox.

    Raises
    ------
    SandboxError
        Where no sandbox can be made.
    """
    limits = limits or Limits()
    if len(notebook_text) > _LARGEST:
        return _failed(f"it is larger than {_LARGEST // MIB} MiB")
    request = {"kind": "notebook", "text": notebook_text, "collect": collect}
    seconds = limits.wall_seconds + limits.cell_seconds + _LEEWAY
    size = 6 * len(notebook_text) + 2 * limits.output + limits.answers + MIB
    outcome = process.run(request, limits, seconds, size, trust, current())
    if len(outcome.result) > size:
        return _failed("what it sent is too large", outcome.seconds)
    return _read(outcome)


def _failed(reason: str, seconds: float = 0.0) -> Execution:
    return Execution("failed", reason, None, None, seconds)


def _read(outcome: process.Outcome) -> Execution:
    line, _, answers = outcome.result.partition(b"\n")
    if not line:
        return _nothing(outcome)
    try:
        head = _data(line)
        status, reason, notebook = head["status"], head["reason"], head["notebook"]
        found = _data(answers) if answers else None
    except (ValueError, KeyError, TypeError, RecursionError):
        return _failed("what it sent cannot be read", outcome.seconds)
    if outcome.stopped:
        status, reason = "killed", outcome.stopped
    if status not in STATUSES:
        return _failed("what it sent cannot be read", outcome.seconds)
    return Execution(status, _sentence(reason), notebook, found, outcome.seconds)


def _nothing(outcome: process.Outcome) -> Execution:
    if outcome.stopped:
        status = "timeout" if outcome.late else "killed"
        return Execution(status, outcome.stopped, None, None, outcome.seconds)
    said = outcome.messages.strip().rpartition("\n")[2]
    reason = _sentence(f"its runner was ended, or did not start {said}")
    return Execution("killed", reason, None, None, outcome.seconds)


def _sentence(text: Any) -> str:
    """A submission may have had a say in it."""
    clean = "".join(char if char.isprintable() else " " for char in str(text)[:300])
    return clean.strip()


def _data(text: bytes) -> Any:
    """JSON without half characters, and not nested deeper than anybody needs."""
    data = json.loads(text.decode("utf-8", "replace"))
    return _tidy(data, _DEPTH)


def _tidy(data: Any, depth: int) -> Any:
    if depth == 0:
        raise ValueError("nested too deep")
    if isinstance(data, str):
        return data.encode("utf-8", "replace").decode()
    if isinstance(data, list):
        return [_tidy(item, depth - 1) for item in data]
    if isinstance(data, dict):
        return {_tidy(key, 1): _tidy(data[key], depth - 1) for key in data}
    return data
