"""Plots of populations: distributions, what goes with the error, best and worst."""

from __future__ import annotations

from typing import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, MaxNLocator, PercentFormatter

from gluon_nets.plot.lines import draw_widths
from gluon_nets.study.population import Population
from gluon_nets.study.statistics import (
    band_width,
    complexity_weights,
    good_range,
    steps,
)

LABELS = {
    "params": "parameters",
    "flops": "flops",
    "acts": "activations",
    "depth": "depth d",
    "width": "width w, geometric mean",
    "group_width": "group width g, mean",
    "bottleneck": "bottleneck b, mean",
}


COSTS = ("params", "flops", "acts")


def plot_edfs(
    populations: Sequence[Population], normalized: str | None = None
) -> Figure:
    """Distribution functions of the errors, as steps.

    Around each its band of 95 %, where it is not normalized. The grey ribbon is how far
    errors go by chance: two standard deviations of one network's, to both sides.

    Parameters
    ----------
    populations : sequence of Population
    normalized : {'params', 'flops', 'acts'}, optional
        The networks are weighted so that all have the same distribution of this cost.
        The legend is of those that count, and has their weighted mean.
    """
    figure = Figure(figsize=(6.4, 4.4), layout="constrained")
    axes = figure.subplots()
    weights = [None] * len(populations)
    if normalized:
        weights = complexity_weights([one.costs[normalized] for one in populations])
    for number, (one, weight) in enumerate(zip(populations, weights)):
        at, shares = steps(one.errors, weight)
        counted = np.ones(len(one)) if weight is None else weight
        errors, mean = one.errors[counted > 0], np.average(one.errors, weights=counted)
        label = f"{one.name}: {len(errors)} | {errors.min():.1%} | {mean:.1%}"
        color = f"C{number}"
        axes.step(at, shares, where="post", color=color, label=label)
        if not normalized:
            width = band_width(len(one))
            low, high = (shares - width).clip(0), (shares + width).clip(0, 1)
            axes.fill_between(at, low, high, step="post", color=color, alpha=0.12, lw=0)
        if one.floor is not None and not normalized:
            sides = (np.repeat(at + side * one.floor, 2)[:-1] for side in (-2, 2))
            heights = np.repeat(shares, 2)[1:]
            axes.fill_betweenx(heights, *sides, color="0.5", alpha=0.12, lw=0)
    title = "errors" if not normalized else f"errors, {LABELS[normalized]} normalized"
    axes.set(title=title, xlabel="error e", ylabel="share of networks, error ≤ e")
    axes.xaxis.set_major_formatter(PercentFormatter(1.0))
    axes.set_ylim(0, 1.02)
    axes.grid(alpha=0.3)
    axes.legend(title="n | least | mean", fontsize=8, title_fontsize=8)
    return figure


def plot_numbers(population: Population, seed: int = 0) -> Figure:
    """Errors against costs and numbers of the networks, and the range of good ones."""
    numbers = population.numbers()
    figure = Figure(figsize=(11, 5), layout="constrained")
    panels = figure.subplots(2, 4).ravel()
    for axes, (name, values) in zip(panels, numbers.items()):
        found = good_range(values, population.errors, seed)
        axes.axvspan(found.low, found.high, color="C1", alpha=0.15, lw=0)
        axes.axvline(found.value, color="C1", lw=1)
        axes.plot(values, population.errors, "o", ms=3, alpha=0.6)
        axes.set(xlabel=LABELS[name], ylabel="error")
        axes.set_title(
            f"{_short(found.value)}, {_short(found.low)} to {_short(found.high)}"
        )
        axes.xaxis.set_major_locator(MaxNLocator(4))
        if name in COSTS:
            axes.xaxis.set_major_formatter(EngFormatter(sep=""))
        axes.yaxis.set_major_formatter(PercentFormatter(1.0))
        axes.grid(alpha=0.3)
    for axes in panels[len(numbers) :]:
        axes.axis("off")
    figure.suptitle(f"{population.name}: where good networks are likely (95 %)")
    return figure


def _short(value: float) -> str:
    """Three digits, thousands and millions as the axes have them."""
    return EngFormatter(sep="")(float(f"{value:.3g}"))


def words_of_edfs(populations: Sequence[Population]) -> str:
    """What `plot_edfs` shows, for those who cannot see it."""
    parts = []
    for one in populations:
        least, quarter, half, most = np.quantile(one.errors, [0, 0.25, 0.5, 1])
        parts.append(
            f"{one.name}, {len(one)} networks: errors from {least:.1%} to {most:.1%}, "
            f"a quarter at most {quarter:.1%}, half at most {half:.1%}, "
            f"band ± {band_width(len(one)):.2f}"
        )
    return f"Distribution functions of the errors. {'; '.join(parts)}."


def words_of_numbers(population: Population, seed: int = 0) -> str:
    """What `plot_numbers` shows, for those who cannot see it."""
    parts = []
    for name, values in population.numbers().items():
        found = good_range(values, population.errors, seed)
        parts.append(
            f"{LABELS[name]} {_short(found.value)} ({_short(found.low)} to "
            f"{_short(found.high)}) of {_short(values.min())} to {_short(values.max())}"
        )
    return (
        f"Errors of the networks of {population.name} against their numbers, and where "
        f"good ones are likely: {'; '.join(parts)}."
    )


def plot_extremes(population: Population, count: int = 3) -> Figure:
    """Widths, block by block, of the best and the worst networks, and RegNet's line."""
    order = np.argsort(population.errors, kind="stable")
    count = min(count, len(order))
    figure = Figure(figsize=(3.4 * count, 5.2), layout="constrained")
    grid = figure.subplots(2, count, squeeze=False, sharey=True)
    for axes_row, rows, word in zip(
        grid, (order[:count], order[::-1][:count]), ("best", "worst")
    ):
        for place, (axes, row) in enumerate(zip(axes_row, rows.tolist()), 1):
            error = population.errors[row]
            draw_widths(axes, population.archs[row])
            axes.set_title(f"{word} {place}: {error:.1%}", fontsize=9)
    figure.suptitle(population.name)
    return figure
