"""The course: lessons and exercises; it uses the library, never the other way.

``from course import check`` is what exercises begin with.
"""

from __future__ import annotations

from typing import Any

__all__ = ["check"]


def __getattr__(name: str) -> Any:
    """`check`, when it is first asked for."""
    if name != "check":
        raise AttributeError(f"module 'course' has no attribute '{name}'")
    from course.grading.check import check

    return check
