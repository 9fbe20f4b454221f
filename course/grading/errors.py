"""Why a graph cannot be read: a code, what was found, and a sentence for a student."""

from __future__ import annotations

from course.grading.messages import GRAPHS


class GraphError(ValueError):
    """A graph that is not read; `str` of it is a sentence.

    Attributes
    ----------
    code : str
        Key of `course.grading.messages.GRAPHS`.
    facts : dict
        What the sentence names: numbers and short words.
    """

    def __init__(self, code: str, **facts):
        self.code, self.facts = code, facts
        super().__init__(GRAPHS[code].format(**facts))


def shown(value, most: int = 40) -> str:
    """Something foreign in few plain characters, to be part of a sentence."""
    text = ascii(value[: 2 * most]) if isinstance(value, str) else ascii(value)
    return text if len(text) <= most else text[: most - 3] + "..."
