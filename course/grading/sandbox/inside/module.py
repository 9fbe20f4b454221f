"""A run of our own code: a module's `main`, from data to data."""

from __future__ import annotations

import importlib
import json
from typing import Any

from course.grading.sandbox.inside.link import Link


def answer(request: dict[str, Any], fd: int) -> None:
    """Send ``{"result": …}`` or, where it raised, ``{"error": a sentence}``."""
    link = Link(fd)
    try:
        result = importlib.import_module(request["module"]).main(request["request"])
        data = json.dumps({"result": result})
    except Exception as error:
        data = json.dumps({"error": f"{type(error).__name__}: {error}"})
    link.send(data.encode())
