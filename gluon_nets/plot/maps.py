"""What a network's layers give, and where its numbers and its work are."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle

from gluon_nets.graph import Shape, name_of
from gluon_nets.plot.picture import Picture
from gluon_nets.plot.theme import Theme
from gluon_nets.table import Row, summary


def feature_maps(net, shape: Shape, depth: int = 1) -> Picture:
    """The maps behind each layer as slabs: as high as the map, as deep as its channels.

    Both on logarithmic scales: a slab twice as high has many more than twice the
    pixels.

    Parameters
    ----------
    net : HybridBlock
    shape : (N, C, H, W)
        Of the input.
    depth : int
        See `gluon_nets.summary`.
    """
    table = summary(net, shape, depth)
    maps = [("input", shape)] + [(row.name, row.output) for row in table.rows]
    title = name_of(net)
    words = "; ".join(f"{name} {_size(size)}" for name, size in maps)
    alt = f"Feature maps of {title}, layer by layer: {words}."
    return Picture(lambda theme: _slabs(maps, title, theme), alt)


def _size(shape: Shape) -> str:
    return "×".join(map(str, shape[1:]))


def _slabs(maps, title: str, theme: Theme) -> Figure:
    figure = Figure(figsize=(max(4.0, 0.5 + 0.92 * len(maps)), 3.3))
    axes = figure.add_axes([0, 0, 1, 1])
    axes.set_axis_off()
    axes.set_title(title, fontsize=10, y=1.0, pad=-16)
    tallest = max(np.log2(1 + _side(shape)) for _, shape in maps)
    x = 0.3
    for name, shape in maps:
        flat = len(shape) == 2
        high = 0.25 + 1.5 * (0 if flat else np.log2(1 + _side(shape)) / tallest)
        wide = 0.06 + 0.045 * np.log2(1 + shape[1])
        kind = "dense" if flat else "conv"
        _slab(axes, x, wide, high, theme.fills[kind], theme)
        middle = x + wide / 2 + 0.08
        axes.text(middle, -1.25, name, ha="center", fontsize=8, color=theme.ink)
        axes.text(
            *(middle, -1.45), _size(shape), ha="center", fontsize=7.5, color=theme.quiet
        )
        x += 0.92
    axes.set(xlim=(0, x), ylim=(-1.65, 1.45))
    return figure


def _side(shape: Shape) -> int:
    return shape[2] if len(shape) == 4 else 1


def _slab(axes, x, wide, high, fill, theme: Theme) -> None:
    """A box seen from the front and a little from above and from the right."""
    lean = 0.16
    low = -high / 2
    style = {"facecolor": fill, "edgecolor": theme.ink, "linewidth": 0.8}
    axes.add_patch(Rectangle((x, low), wide, high, **style))
    top = [(x, -low), (x + lean, -low + lean), (x + wide + lean, -low + lean)]
    axes.add_patch(Polygon([*top, (x + wide, -low)], closed=True, **style))
    side = [(x + wide, low), (x + wide + lean, low + lean)]
    side += [(x + wide + lean, -low + lean), (x + wide, -low)]
    axes.add_patch(Polygon(side, closed=True, **style))


def shares(net, shape: Shape, depth: int = 1) -> Picture:
    """How parameters, flops and activations are divided among the layers, as bars.

    Parameters
    ----------
    net, shape, depth
        See `feature_maps`.

    Raises
    ------
    ValueError
        Where no layer has any of them.
    """
    table = summary(net, shape, depth)
    rows = [row for row in table.rows if row.params or row.flops or row.acts]
    if not rows:
        raise ValueError(f"{name_of(net)} has no parameters, flops or activations")
    totals = {"params": table.params, "flops": table.flops, "acts": table.acts}
    title = name_of(net)
    words = "; ".join(
        f"{row.name}: "
        + ", ".join(
            f"{_share(row, k, total):.1%} of {k}" for k, total in totals.items()
        )
        for row in rows
    )
    alt = f"Where the numbers of {title} are. {words}."
    return Picture(lambda theme: _bars(rows, totals, title, theme), alt)


def _share(row: Row, kind: str, total: int) -> float:
    return getattr(row, kind) / total if total else 0.0


def _bars(rows, totals, title: str, theme: Theme) -> Figure:
    figure = Figure(figsize=(7.2, 0.9 + 0.27 * len(rows)), layout="constrained")
    panels = figure.subplots(1, 3, sharey=True)
    places = np.arange(len(rows))
    for axes, (kind, total), color in zip(panels, totals.items(), theme.lines):
        values = [100 * _share(row, kind, total) for row in rows]
        bars = axes.barh(places, values, color=color)
        axes.bar_label(bars, fmt="%.1f %%", padding=2, fontsize=7.5, color=theme.ink)
        axes.set(title=f"{kind}: {total:,}", xlim=(0, 1.3 * max(values)), xticks=[])
        axes.title.set_fontsize(9)
        axes.spines[["top", "right", "bottom"]].set_visible(False)
    panels[0].set_yticks(places, [row.name for row in rows], fontsize=8)
    panels[0].invert_yaxis()
    figure.suptitle(title, fontsize=10)
    return figure
