"""A figure with a text alternative, light and dark."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Callable

import matplotlib
from matplotlib.figure import Figure
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from gluon_nets.checks import check_choice
from gluon_nets.plot.theme import THEMES, Theme

DARK_PNG = "application/x-gluon-nets-dark-png"  # beside image/png in a notebook
DPI = 100
COLORS = 64


def _smaller(file: io.BytesIO, alt: str) -> bytes:
    """A PNG with few colours, a third of the bytes; the same on every machine."""
    with Image.open(file) as image:
        notes = PngInfo()
        notes.add_text("Description", alt)  # and not the version that Matplotlib adds
        small = io.BytesIO()
        image.convert("RGB").quantize(COLORS).save(
            small, "png", optimize=True, pnginfo=notes
        )
    return small.getvalue()


class Picture:
    """What a function draws, by a theme, and the same in words.

    Parameters
    ----------
    draw : function
        Makes a Figure of a `Theme`.
    alt : str
        What the figure shows, for those who cannot see it: its repr, too.
    """

    def __init__(self, draw: Callable[[Theme], Figure], alt: str):
        self._draw, self.alt = draw, alt

    def figure(self, theme: str = "light") -> Figure:
        """The figure.

        Raises
        ------
        ValueError
            Where there is no such theme.
        """
        check_choice("theme", theme, tuple(THEMES))
        with matplotlib.rc_context(THEMES[theme].rc()):
            return self._draw(THEMES[theme])

    def png(self, theme: str = "light") -> bytes:
        """The figure as a PNG file, with the words in it."""
        buffer = io.BytesIO()
        self._write(buffer, theme, format="png", dpi=DPI)
        return _smaller(buffer, self.alt)

    def save(self, path: str | Path, theme: str = "light") -> None:
        """Write it; the suffix names the format."""
        path = Path(path)
        if path.suffix == ".png":
            path.write_bytes(self.png(theme))
        else:
            self._write(path, theme)

    def _write(self, target, theme: str, **options) -> None:
        figure = self.figure(theme)
        with matplotlib.rc_context(THEMES[theme].rc()):
            figure.savefig(target, **options)

    def __repr__(self) -> str:
        return self.alt

    def _repr_mimebundle_(self, include=None, exclude=None):
        """For notebooks: the light one is shown; a site may show the dark one."""
        light, dark = (
            base64.b64encode(self.png(theme)).decode("ascii") for theme in THEMES
        )
        data = {"image/png": light, DARK_PNG: dark, "text/plain": self.alt}
        return data, {"image/png": {"alt": self.alt}}
