"""Ideas of the chapters as drawings: classes of functions, groups, receptive fields."""

from __future__ import annotations

from typing import Sequence

import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse, Rectangle

from gluon_nets.checks import check_count
from gluon_nets.plot.picture import Picture
from gluon_nets.plot.theme import Theme

CLASSES = 6


def function_classes() -> Picture:
    """Growing classes of functions, and how near each comes to the one looked for.

    Left each class is larger and another one, so that a larger one may be further from
    f*; right each contains the ones before, so that none is.
    """
    apart = [
        *((-0.9, -0.5, 1.0, 0.7, 20), (-0.3, -0.1, 1.5, 0.9, -25)),
        *((0.5, 0.2, 1.9, 1.2, 30), (-0.6, 0.3, 2.3, 1.6, 10)),
        *((0.7, -0.6, 2.7, 1.7, -20), (-0.9, -0.4, 3.1, 2.2, 15)),
    ]
    nested = [
        (0.04 * k - 0.5, 0.02 * k - 0.3, 0.8 + 0.62 * k, 0.6 + 0.5 * k, 20)
        for k in range(CLASSES)
    ]
    far, near = (
        [_distance(ellipse) for ellipse in family] for family in (apart, nested)
    )
    alt = (
        "Two families of six growing classes of functions, F1 to F6, and a function f* "
        "outside of them. Left the classes are not nested, and their distances from f* "
        f"are {_list(far)}: some grow. Right each contains the one before, and the "
        f"distances are {_list(near)}: they never grow."
    )

    def draw(theme: Theme) -> Figure:
        figure = Figure(figsize=(7.4, 3.4), layout="constrained")
        panels = figure.subplots(1, 2)
        for axes, family, title in zip(
            panels, (apart, nested), ("not nested", "nested: each contains the last")
        ):
            _ellipses(axes, family, theme)
            axes.set_title(title, fontsize=10)
        return figure

    return Picture(draw, alt)


TARGET = (2.1, 1.35)  # f*


def _list(values: Sequence[float]) -> str:
    return ", ".join(f"{value:.1f}" for value in values)


def _rim(ellipse, count: int = 720) -> np.ndarray:
    """Points of an ellipse's rim, (count, 2)."""
    x, y, wide, high, degrees = ellipse
    at = np.linspace(0, 2 * np.pi, count, endpoint=False)
    points = np.stack([wide / 2 * np.cos(at), high / 2 * np.sin(at)], axis=1)
    turn = np.deg2rad(degrees)
    rotation = [[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]
    return points @ np.array(rotation) + [x, y]


def _nearest(ellipse) -> np.ndarray:
    """The point of a class that is nearest to f*."""
    rim = _rim(ellipse)
    return rim[np.argmin(np.linalg.norm(rim - TARGET, axis=1))]


def _distance(ellipse) -> float:
    """From f* to the nearest point of a class."""
    return float(np.linalg.norm(_nearest(ellipse) - TARGET))


def _ellipses(axes, family, theme: Theme) -> None:
    for number, ellipse in list(enumerate(family, 1))[::-1]:
        x, y, wide, high, degrees = ellipse
        color = theme.lines[number - 1]
        axes.add_patch(
            Ellipse((x, y), wide, high, angle=degrees, fill=False, lw=1.4, ec=color)
        )
        axes.plot(*_nearest(ellipse), "o", ms=4, color=color)
        rim = _rim(ellipse)
        low = rim[np.argmin(rim[:, 1])]
        axes.text(
            *low,
            f"$F_{number}$",
            color=theme.ink,
            fontsize=8,
            ha="center",
            va="center",
            bbox={"facecolor": theme.paper, "edgecolor": "none", "pad": 0.1},
        )
    axes.plot(*TARGET, "*", ms=13, color=theme.ink)
    axes.text(TARGET[0] + 0.15, TARGET[1], "$f^*$", fontsize=12, color=theme.ink)
    axes.set(xlim=(-2.7, 2.7), ylim=(-2.0, 1.7), aspect="equal")
    axes.set_axis_off()


def group_weights(
    in_channels: int, channels: int, groups: Sequence[int] = (1, 2, 4)
) -> Picture:
    """Which input channels each output channel of a convolution reads: block-diagonal.

    Parameters
    ----------
    in_channels, channels : int
    groups : sequence of int
        A panel for each; each divides both numbers of channels.

    Raises
    ------
    ValueError
        Where one does not.
    """
    for count in groups:
        check_count("groups", count)
        if in_channels % count or channels % count:
            raise ValueError(
                f"groups is {count}: it must divide {in_channels} and {channels}"
            )
    masks = [
        np.kron(np.eye(n), np.ones((channels // n, in_channels // n))) for n in groups
    ]
    words = "; ".join(
        f"{_groups(n)}: {int(mask.sum())} of {mask.size}"
        for n, mask in zip(groups, masks)
    )
    alt = (
        f"Weights of a convolution from {in_channels} to {channels} channels as a "
        f"matrix, filled where an output channel reads an input channel. {words}."
    )

    def draw(theme: Theme) -> Figure:
        figure = Figure(figsize=(2.3 * len(masks), 2.7), layout="constrained")
        colors = ListedColormap([theme.paper, theme.lines[0]])
        for axes, count, mask in zip(
            figure.subplots(1, len(masks), squeeze=False)[0], groups, masks
        ):
            axes.pcolormesh(
                mask, cmap=colors, vmin=0, vmax=1, edgecolors=theme.quiet, lw=0.3
            )
            axes.invert_yaxis()
            axes.set(aspect="equal", xticks=[], yticks=[])
            axes.set(xlabel="input channel", ylabel="output channel")
            title = f"{_groups(count)}: {int(mask.sum())} weights"
            axes.set_title(title, fontsize=9)
        return figure

    return Picture(draw, alt)


def _groups(count: int) -> str:
    return "1 group" if count == 1 else f"{count} groups"


def receptive_fields(*stacks: Sequence[int]) -> Picture:
    """What one output of stacked convolutions sees, row by row, in one dimension.

    Parameters
    ----------
    *stacks : sequence of int
        Odd kernel sizes from the first layer to the last, a panel for each stack.

    Raises
    ------
    ValueError
        Where a kernel is even.
    """
    for kernel in (kernel for stack in stacks for kernel in stack):
        check_count("kernel", kernel)
        if kernel % 2 == 0:
            raise ValueError(f"kernel is {kernel}: it must be odd")
    fields = [1 + sum(kernel - 1 for kernel in stack) for stack in stacks]
    words = "; ".join(
        f"{_name(stack)} see {field} inputs" for stack, field in zip(stacks, fields)
    )
    alt = f"Receptive fields of stacked convolutions, in one dimension: {words}."

    def draw(theme: Theme) -> Figure:
        layers = max(map(len, stacks)) + 1
        figure = Figure(
            figsize=(3.2 * len(stacks), 0.6 + 0.62 * layers), layout="constrained"
        )
        for axes, stack, field in zip(
            figure.subplots(1, len(stacks), squeeze=False)[0], stacks, fields
        ):
            _pyramid(axes, stack, max(fields) + 2, theme)
            axes.set_title(f"{_name(stack)}: {field} inputs", fontsize=9)
            axes.set(ylim=(-0.3, layers - 0.2))
        return figure

    return Picture(draw, alt)


def _name(stack: Sequence[int]) -> str:
    return " then ".join(f"{kernel}×{kernel}" for kernel in stack)


def _pyramid(axes, stack: Sequence[int], cells: int, theme: Theme) -> None:
    """Cells of each layer, the input lowest; filled what the middle output sees."""
    reach, middle = 0, (cells - 1) / 2
    for layer in range(len(stack), -1, -1):
        for cell in range(cells):
            seen = abs(cell - middle) <= reach + 0.5 * (cells % 2 == 0)
            fill = theme.fills["conv"] if seen else theme.paper
            axes.add_patch(
                Rectangle((cell, layer), 1, 0.5, facecolor=fill, edgecolor=theme.quiet)
            )
        if layer:
            below = reach + stack[layer - 1] // 2
            for side in (-1, 1):
                x = [middle + 0.5 + side * (r + 0.5) for r in (reach, below)]
                axes.plot(x, [layer, layer - 0.5], color=theme.ink, lw=0.8)
            reach = below
    axes.set(xlim=(-0.3, cells + 0.3))
    axes.set_axis_off()
