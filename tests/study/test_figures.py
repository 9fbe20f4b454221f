"""Figures of populations can be read, and their words tell what they show."""

from __future__ import annotations

import re

import numpy as np
import pytest

from gluon_nets.study.figures import (
    LABELS,
    plot_numbers,
    words_of_edfs,
    words_of_numbers,
)
from gluon_nets.study.population import read_population
from gluon_nets.study.statistics import band_width


@pytest.fixture(scope="module")
def spaces():
    return [read_population(f"AnyNetX_{letter}") for letter in "CD"]


def test_no_label_of_an_axis_runs_into_the_next(spaces):
    for one in spaces:
        figure = plot_numbers(one)
        figure.draw_without_rendering()
        for axes in figure.axes:
            low, high = axes.get_xlim()
            boxes = [
                label.get_window_extent()
                for at, label in zip(axes.get_xticks(), axes.get_xticklabels())
                if low <= at <= high and label.get_text()
            ]
            for left, right in zip(boxes, boxes[1:]):
                assert left.x1 + 2 < right.x0, f"{one.name}: {axes.get_xlabel()}"


def test_the_words_of_distributions_are_their_quantiles(spaces):
    words = words_of_edfs(spaces)
    parts = words.split("errors. ")[1].split("; ")
    assert len(parts) == len(spaces)
    for one, text in zip(spaces, parts):
        assert text.startswith(f"{one.name}, {len(one)} networks")
        shown = [float(x) / 100 for x in re.findall(r"([\d.]+)%", text)]
        least, most, quarter, half = shown
        assert (least, most) == pytest.approx(
            (one.errors.min(), one.errors.max()), abs=6e-4
        )
        for share, error in ((0.25, quarter), (0.5, half)):
            assert np.mean(one.errors <= error + 5e-4) >= share
            assert np.mean(one.errors < error - 6e-4) <= share + 1 / len(one)
        assert f"band ± {band_width(len(one)):.2f}" in text


def test_the_words_of_numbers_name_each_panel(spaces):
    words = words_of_numbers(spaces[0])
    titles = [axes.get_title() for axes in plot_numbers(spaces[0]).axes]
    for label, title in zip(LABELS.values(), titles):
        value, interval = title.split(", ")
        assert f"{label} {value} ({interval}) of " in words
