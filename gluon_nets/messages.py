"""Errors of libraries, in a line."""

from __future__ import annotations


def line_of(error: BaseException, empty: str = "") -> str:
    """The telling line of an error's message; `empty` where it has none."""
    lines = str(error).strip().splitlines() or [empty]
    # some of MXNet's errors begin with their message, others end with it
    return lines[-1 if lines[0].startswith("Traceback") else 0]
