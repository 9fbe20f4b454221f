"""Run our own code on what a submission gave us, as the training of its network."""

from __future__ import annotations

import json
from typing import Any

from course.grading.sandbox import process
from course.grading.sandbox.errors import TrustedRunError
from course.grading.sandbox.limits import MIB, Limits


def run_trusted(
    module: str, request: Any, limits: Limits | None = None, trust: bool = False
) -> Any:
    """What ``main(request)`` of a module returns, run in the sandbox.

    Parameters
    ----------
    module : str
        As it is imported.
    request : JSON data
    limits : Limits, optional
    trust : bool
        Without the sandbox.

    Raises
    ------
    TrustedRunError
        Where it raised, took too long, or was ended.
    SandboxError
    """
    limits = limits or Limits()
    data = {"kind": "module", "module": module, "request": request}
    size = limits.answers + MIB
    outcome = process.run(data, limits, limits.wall_seconds, size, trust)
    try:
        found = json.loads(outcome.result)
    except ValueError:
        said = outcome.messages.strip().rpartition("\n")[2]
        reason = outcome.stopped or f"it ended without a result {said}".strip()
        raise TrustedRunError(f"{module}: {reason}") from None
    if "error" in found:
        raise TrustedRunError(f"{module}: {found['error']}")
    return found["result"]
