"""A run of our own code: a module's `main`, from data to data."""

from __future__ import annotations

import importlib
import json
from typing import Any


def answer(request: dict[str, Any], _: int) -> bytes:
    """``{"result": …}`` or, where it raised, ``{"error": a sentence}``."""
    try:
        result = importlib.import_module(request["module"]).main(request["request"])
        return json.dumps({"result": result}).encode()
    except Exception as error:
        return json.dumps({"error": f"{type(error).__name__}: {error}"}).encode()
