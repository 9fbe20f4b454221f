"""A foreign operator's attributes, each read anew as a bounded number, tuple or word.

Whatever is not asked for is not looked at. Nothing is evaluated.
"""

from __future__ import annotations

import re
from typing import Any, Mapping, Sequence

from course.grading.errors import GraphError, shown

LONGEST = 200  # characters of an attribute that is read
LARGEST = 1_000_000  # of whole numbers: channels, sides
_INTEGER = re.compile(r"[+-]?[0-9]{1,9}L?", re.ASCII)
_NUMBER = re.compile(
    r"[+-]?([0-9]{1,20}\.?[0-9]{0,20}|\.[0-9]{1,20})(e[+-]?[0-9]{1,2})?"
)
_FLAGS = {"True": True, "1": True, "False": False, "0": False}
_REQUIRED: Any = object()


class Attributes:
    """The attributes of one operator.

    Parameters
    ----------
    where : str
        The operator in words, as sentences name it.
    texts : mapping
        Foreign: anything may be in it.

    All methods raise `GraphError` where a value is none of what fits, and where there
    is none and no default.
    """

    def __init__(self, where: str, texts: Mapping[str, Any]):
        self._where, self._texts = where, texts

    def _text(self, name: str, fits: str, default: Any) -> str | None:
        value = self._texts.get(name)
        if value is None or value == "None":
            if default is _REQUIRED:
                raise GraphError("lacks", where=self._where, attribute=name, fits=fits)
            return None
        if not isinstance(value, str) or len(value) > LONGEST:
            self.refuse(name, value, fits)
        return value.strip()

    def refuse(self, name: str, value, fits: str):
        """Raise the error that an attribute does not fit."""
        raise GraphError(
            "attribute",
            where=self._where,
            attribute=name,
            found=shown(value),
            fits=fits,
        )

    def has(self, name: str) -> bool:
        """Whether there is a value."""
        return self._texts.get(name) not in (None, "None")

    def integer(self, name: str, default=_REQUIRED, low: int = 1, high: int = LARGEST):
        """A whole number within bounds."""
        fits = f"a whole number from {low} to {high} fits"
        text = self._text(name, fits, default)
        if text is None:
            return default
        if not _INTEGER.fullmatch(text) or not low <= _int(text) <= high:
            self.refuse(name, text, fits)
        return _int(text)

    def integers(
        self,
        name: str,
        default=_REQUIRED,
        low: int = -LARGEST,
        high: int = LARGEST,
        count: int | None = None,
        most: int = 8,
        open_ends: bool = False,
    ) -> tuple:
        """A tuple of whole numbers; one alone is a tuple of it.

        Parameters
        ----------
        count, most : int
            How many there must be, or may be.
        open_ends : bool
            Whether None may stand for a number.
        """
        many = f"{count} whole numbers" if count else f"at most {most} whole numbers"
        fits = f"{many} from {low} to {high} fit"
        text = self._text(name, fits, default)
        if text is None:
            return default
        body = text[1:-1] if text[:1] + text[-1:] in ("()", "[]") else text
        words = [word.strip() for word in body.split(",")]
        if words[-1] == "":
            words.pop()  # "(3,)" and "()"
        values = []
        for word in words:
            if open_ends and word == "None":
                values.append(None)
            elif _INTEGER.fullmatch(word) and low <= _int(word) <= high:
                values.append(_int(word))
            else:
                self.refuse(name, text, fits)
        if len(values) > most or (count is not None and len(values) not in (count, 0)):
            self.refuse(name, text, fits)
        if count is not None and not values:
            return (
                default if default is not _REQUIRED else self.refuse(name, text, fits)
            )
        return tuple(values)

    def pair(self, name: str, default=_REQUIRED, low: int = 1, high: int = 10_000):
        """Two whole numbers: for height and width."""
        return self.integers(name, default, low, high, count=2)

    def paired(self, name: str, count: int) -> list[tuple[int, int]]:
        """So many pairs of whole numbers, 0 or more, with or without brackets each."""
        text = self._text(name, fits := f"{count} pairs of numbers fit", _REQUIRED)
        words = re.findall(r"[0-9]{1,6}", text)
        plain = re.fullmatch(r"[0-9(), ]*", text)
        if not plain or len(words) != 2 * count:
            self.refuse(name, text, fits)
        numbers = list(map(int, words))
        return list(zip(numbers[::2], numbers[1::2]))

    def number(self, name: str, default=_REQUIRED, low=-1e6, high=1e6) -> float:
        """A finite number within bounds."""
        fits = f"a number from {low:g} to {high:g} fits"
        text = self._text(name, fits, default)
        if text is None:
            return default
        if not _NUMBER.fullmatch(text.lower()) or not low <= float(text) <= high:
            self.refuse(name, text, fits)
        return float(text)

    def flag(self, name: str, default=_REQUIRED) -> bool:
        """True or False."""
        fits = "True or False fits"
        text = self._text(name, fits, default)
        if text is None:
            return default
        if text not in _FLAGS:
            self.refuse(name, text, fits)
        return _FLAGS[text]

    def word(self, name: str, choices: Sequence[str], default=_REQUIRED) -> str:
        """One of some words."""
        fits = f"{' or '.join(choices)} fits"
        text = self._text(name, fits, default)
        if text is None:
            return default
        if text not in choices:
            self.refuse(name, text, fits)
        return text


def _int(text: str) -> int:
    return int(text.rstrip("L"))
