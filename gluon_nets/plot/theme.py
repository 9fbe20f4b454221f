"""Colours of the pictures, on light and on dark paper."""

from __future__ import annotations

import dataclasses
from typing import Any, Mapping

from cycler import cycler


@dataclasses.dataclass(frozen=True)
class Theme:
    """Colours: texts have a contrast of 4.5 or more to their ground, lines of 3 (WCAG).

    Attributes
    ----------
    name : str
    paper, ink, quiet : str
        Ground, text and lines, and what steps back.
    fills : mapping
        Ground of a box by what it is: 'conv', 'norm', 'pool', 'dense', 'sum', 'input',
        'other'.
    lines : tuple of str
        Of curves: those of Okabe and Ito (2008), darker or lighter where they must be.
    """

    name: str
    paper: str
    ink: str
    quiet: str
    fills: Mapping[str, str]
    lines: tuple[str, ...]

    def rc(self) -> dict[str, Any]:
        """Matplotlib's settings, for what is drawn with its defaults."""
        ink = dict.fromkeys(
            (
                "text.color",
                "axes.edgecolor",
                "axes.labelcolor",
                "axes.titlecolor",
                "xtick.color",
                "ytick.color",
            ),
            self.ink,
        )
        paper = ("figure.facecolor", "axes.facecolor", "savefig.facecolor")
        return {
            **ink,
            **dict.fromkeys(paper, self.paper),
            "legend.facecolor": self.paper,
            "grid.color": self.quiet,
            "axes.prop_cycle": cycler(color=self.lines),
            "font.size": 9.0,
        }


LIGHT = Theme(
    "light",
    paper="#ffffff",
    ink="#1c1c1c",
    quiet="#6b6b6b",
    fills={
        "conv": "#cfe3f5",
        "norm": "#e4e4e4",
        "pool": "#d5efd9",
        "dense": "#f9e3bd",
        "sum": "#f6d3cd",
        "input": "#ffffff",
        "other": "#e9ddf3",
    },
    lines=("#0072b2", "#c45500", "#00845f", "#b0568a", "#8a6d00", "#3a8fc4", "#1c1c1c"),
)
DARK = Theme(
    "dark",
    paper="#14181e",
    ink="#e8e8e8",
    quiet="#9a9a9a",
    fills={
        "conv": "#1f4562",
        "norm": "#3a3f47",
        "pool": "#23502f",
        "dense": "#5c4514",
        "sum": "#67302a",
        "input": "#14181e",
        "other": "#4b3563",
    },
    lines=("#56b4e9", "#e69f00", "#2ecc9b", "#e9a2cb", "#f0e442", "#7fa7ff", "#e8e8e8"),
)
THEMES = {theme.name: theme for theme in (LIGHT, DARK)}
