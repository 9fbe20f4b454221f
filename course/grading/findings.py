"""How a check says that its row does not hold."""

from __future__ import annotations

from typing import Any

from course.grading.messages import MESSAGES

LONGEST = 600  # characters of a sentence


class Miss(Exception):
    """A row that does not hold; the words are the catalogue's.

    Parameters
    ----------
    code : str
        A key of `MESSAGES`.
    **facts
        What the sentence names: stage, found, fits, ….
    """

    def __init__(self, code: str, **facts: Any):
        self.code, self.facts = code, facts
        super().__init__(shortened(MESSAGES[code].format(**facts), LONGEST))


def shortened(text: str, longest: int) -> str:
    """A text that is shown, as far as that; students' own words are in it."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


class Pending(Exception):
    """A row that only a training can decide, and there is no trainer here."""


def plain(value: Any) -> str:
    """A number as a student would write it: 40,3 million as 40,300,000, 2.0 as 2."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        if isinstance(value, (list, tuple)):
            return f"({', '.join(plain(item) for item in value)})"
        return str(value)
    if float(value).is_integer():
        return f"{int(value):,}"
    return f"{value:.4g}"
