"""The AnyNet template with the numbers of an `Arch`: network, stage, block."""

from __future__ import annotations

from matplotlib.figure import Figure

from gluon_nets.arch import Arch
from gluon_nets.cost import count_stage, count_stem, image_map
from gluon_nets.plot import strokes
from gluon_nets.plot.picture import Picture
from gluon_nets.plot.theme import Theme
from gluon_nets.tally import Map, Tally

WIDE, HIGH, STEP = 3.1, 0.5, 0.82


def template(
    arch: Arch, image_size: int = 224, in_channels: int = 3, num_classes: int = 1000
) -> Picture:
    """A picture of an arch: stem, stages and head, and what a stage consists of.

    The maps' sizes are those by which its complexity is counted.

    Parameters
    ----------
    arch : Arch
    image_size, in_channels, num_classes : int
        See `gluon_nets.complexity`.

    Raises
    ------
    ValueError
        Where the arch cannot be built, or the image is too small for it.

    Source: Radosavovic et al. 2020, figure 3.
    """
    arch.check_compatible()
    x = image_map(image_size, in_channels)
    rows = [("image", _size(x), "input")]
    x = count_stem(arch.stem, arch.stem_width, Tally(), x)
    rows.append((f"stem: {arch.stem}", _size(x), "conv"))
    for index, stage in enumerate(arch.stages, 1):
        x = count_stage(arch, Tally(), x, stage, *stage.inner())
        text = f"stage {index}: {stage}"
        rows.append((text, _size(x), "conv"))
    rows.append(("head: average, dense", f"{num_classes}", "dense"))
    inside = [_stage_rows(arch, stage) for stage in arch.stages]
    title = f"{arch.depth} blocks in {len(arch.stages)} stages"
    words = "; ".join(f"{name}, giving {size}" for name, size, _ in rows)
    alt = f"AnyNet template with {title}. {words}."
    return Picture(lambda theme: _draw(rows, inside, title, theme), alt)


def _size(x: Map) -> str:
    return f"{x.channels}×{x.height}×{x.width}"


def _stage_rows(arch: Arch, stage) -> list[str]:
    """The blocks of a stage, the equal ones as one line."""
    first = f"block 1: stride {stage.stride}"
    if stage.depth == 1:
        return [first]
    others = "block 2" if stage.depth == 2 else f"blocks 2 to {stage.depth}"
    return [first, f"{others}: stride 1"]


def _draw(rows, inside, title: str, theme: Theme) -> Figure:
    high = STEP * len(rows) + 0.5
    figure = Figure(figsize=(7.4, high))
    axes = figure.add_axes([0, 0, 1, 1])
    axes.set(xlim=(0, 7.4), ylim=(high, 0))
    axes.set_axis_off()
    axes.text(0.2, 0.22, title, fontsize=10, color=theme.ink, va="center")
    for index, (name, size, kind) in enumerate(rows):
        y = 0.5 + STEP * index
        middle = 0.2 + WIDE / 2, y + HIGH / 2
        strokes.box(axes, middle, (WIDE, HIGH), name, theme.fills[kind], theme)
        axes.text(
            *(WIDE + 0.35, y + HIGH / 2),
            size,
            color=theme.quiet,
            va="center",
            fontsize=9,
        )
        if index:
            strokes.arrow(axes, [(middle[0], y - STEP + HIGH), (middle[0], y)], theme)
        if 2 <= index < len(rows) - 1:
            _stage(axes, y, inside[index - 2], theme)
    return figure


def _stage(axes, y: float, lines: list[str], theme: Theme) -> None:
    """What is in a stage, to its right."""
    left, wide = WIDE + 1.5, 2.6
    each = HIGH / len(lines)
    axes.plot(
        [WIDE + 1.15, left - 0.06],
        [y + HIGH / 2] * 2,
        color=theme.quiet,
        lw=0.8,
        ls=":",
    )
    for index, line in enumerate(lines):
        fill = theme.fills["sum" if index == 0 else "norm"]
        top = y + index * (each + 0.03)
        middle = left + wide / 2, top + each / 2
        strokes.box(axes, middle, (wide, each - 0.015), line, fill, theme)
