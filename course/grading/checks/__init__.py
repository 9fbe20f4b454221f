"""What a rubric's row can ask for.

Each check is a function ``check(answers, **options)``: it returns where its row holds,
and raises `Miss`, in the catalogue's words, where it does not.
"""

from __future__ import annotations

from importlib import import_module
from typing import Callable

MODULES = (
    "structure",
    "rising",
    "principles",
    "rules",
    "residual",
    "layers",
    "branches",
    "chain",
    "costs",
    "measurements",
    "values",
    "repeats",
    "training",
    "designs",
    "vgg",
)


def _all() -> dict[str, Callable]:
    found: dict[str, Callable] = {}
    for name in MODULES:
        module = import_module(f"course.grading.checks.{name}")
        for key in module.__all__:
            if key in found:
                raise ValueError(f"two checks are called {key!r}")
            found[key] = getattr(module, key)
    return found


CHECKS = _all()
