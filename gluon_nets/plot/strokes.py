"""Boxes and arrows, as the pictures of networks have them."""

from __future__ import annotations

from matplotlib.patches import FancyBboxPatch

from gluon_nets.plot.theme import Theme


def box(axes, middle, size, text: str, fill: str, theme: Theme, radius=0.07, font=8.5):
    """A box with round corners and a text in its middle.

    Parameters
    ----------
    axes : Axes
    middle, size : (float, float)
        In the axes' units.
    text : str
    fill : str
        A colour.
    theme : Theme
    radius, font : float
        Of the corners, in the axes' units; of the text, in points.
    """
    (x, y), (wide, high) = middle, size
    axes.add_patch(
        FancyBboxPatch(
            (x - wide / 2, y - high / 2),
            wide,
            high,
            boxstyle=f"round,pad=0,rounding_size={radius}",
            facecolor=fill,
            edgecolor=theme.ink,
            linewidth=0.8,
            zorder=2,
        )
    )
    axes.text(
        *(x, y),
        text,
        color=theme.ink,
        ha="center",
        va="center" if "\n" in text else "center_baseline",
        fontsize=font,
        zorder=3,
    )


def arrow(axes, points, theme: Theme) -> None:
    """A line through points, with a head at the last one."""
    xs, ys = zip(*points[:-1])
    axes.plot(xs, ys, color=theme.ink, lw=1, zorder=1, solid_joinstyle="round")
    line = {"arrowstyle": "-|>", "color": theme.ink, "lw": 1}
    ends = {"shrinkA": 0, "shrinkB": 0}
    axes.annotate("", points[-1], points[-2], arrowprops={**line, **ends}, zorder=1)
