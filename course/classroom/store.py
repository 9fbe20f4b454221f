"""Results that can be made again, by the digest of what they were made of."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any


def digest(*parts: Any) -> str:
    """What tells one thing made of JSON's data from another."""
    text = json.dumps(parts, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class Store:
    """JSON files in a folder; whole or not there, whoever else writes them.

    Parameters
    ----------
    path : Path
    """

    def __init__(self, path: Path):
        self.path = path

    def get(self, key: str) -> Any:
        """What is stored under a key, None where nothing can be read."""
        try:
            return json.loads((self.path / f"{key}.json").read_text("utf-8"))
        except (OSError, ValueError):
            return None

    def put(self, key: str, value: Any) -> None:
        """Store a value; of two that come at a time one stays."""
        self.path.mkdir(parents=True, exist_ok=True)
        # not `write_atomically`: two processes may have the same key at a time
        number, name = tempfile.mkstemp(dir=self.path, suffix=".tmp")
        try:
            with open(number, "w", encoding="utf-8") as file:
                json.dump(value, file)
            os.replace(name, self.path / f"{key}.json")
        except BaseException:
            os.unlink(name)
            raise

    def remove(self, key: str) -> None:
        """Forget a value."""
        (self.path / f"{key}.json").unlink(missing_ok=True)
