"""Widths block by block, and the line that RegNet's rule lays through them."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from gluon_nets.arch import Arch
from gluon_nets.plot.picture import Picture
from gluon_nets.plot.theme import Theme
from gluon_nets.quantized import fit_regnet


def widths(*archs: Arch, titles=()) -> Picture:
    """The width of each block, a panel for each arch, and the nearest rule's line.

    The axis of widths is logarithmic, on which lines are bent. The distance is the
    `error` of `gluon_nets.fit_regnet`, between the widths and the rule's.

    Parameters
    ----------
    *archs : Arch
        One or more.
    titles : sequence of str
        Above the panels; numbers unless given.

    Raises
    ------
    ValueError
        Where there is no arch, or not a title for each.

    Source: Radosavovic et al. 2020, figures 8 and 9.
    """
    titles = tuple(titles) or tuple(str(number) for number in range(1, len(archs) + 1))
    if not archs or len(titles) != len(archs):
        raise ValueError(f"there are {len(archs)} archs and {len(titles)} titles")
    fits = [fit_regnet(arch) for arch in archs]
    words = "; ".join(
        f"{title}: widths {', '.join(str(s.width) for s in arch.stages)} in "
        f"{', '.join(str(s.depth) for s in arch.stages)} blocks, nearest line "
        f"{fit.w0} + {fit.wa:.1f} j, distance {fit.error:.2f}"
        for title, arch, fit in zip(titles, archs, fits)
    )
    alt = f"Width of each block j, on a logarithmic axis. {words}."
    return Picture(lambda theme: _draw(archs, fits, titles, theme), alt)


def _draw(archs, fits, titles, theme: Theme) -> Figure:
    figure = Figure(figsize=(0.6 + 2.4 * len(archs), 2.5), layout="constrained")
    panels = figure.subplots(1, len(archs), squeeze=False, sharey=True)[0]
    for axes, arch, fit, title in zip(panels, archs, fits, titles):
        draw_widths(axes, arch, fit, theme.lines)
        axes.set_title(title, fontsize=9)
    return figure


def draw_widths(axes, arch: Arch, fit=None, colors=("C0", "C1")) -> None:
    """Draw an arch's widths and their fit into axes."""
    fit = fit or fit_regnet(arch)
    blocks = np.arange(arch.depth)
    values = np.repeat([s.width for s in arch.stages], [s.depth for s in arch.stages])
    axes.plot(blocks, values, "o-", ms=3, lw=1, color=colors[0])
    line = fit.w0 + fit.wa * blocks
    label = f"line, distance {fit.error:.2f}"
    axes.plot(blocks, line, "--", lw=1, color=colors[1], label=label)
    axes.set_yscale("log", base=2)
    axes.set(xlabel="block j", ylabel="width")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.grid(alpha=0.3)
    axes.legend(fontsize=7)
