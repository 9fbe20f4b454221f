"""Samples: the stated law, each network once, the same for the same seed."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gluon_nets.study import sampling
from gluon_nets.study.designs import COLUMNS
from gluon_nets.study.named import NAMES, get_space
from gluon_nets.study.sampling import sample
from gluon_nets.study.space import Bands
from tests.study.grid import assert_drawn, grid, small


def archs(drawn):
    return [drawn.arch(row) for row in range(len(drawn))]


@pytest.mark.parametrize("name", NAMES)
def test_designs_are_in_the_space_and_its_bands_and_differ(name):
    space = get_space(name)
    drawn = sample(space, 60, seed=1)
    assert len(drawn) == len(set(archs(drawn))) == 60
    assert space.contains(drawn.designs).all()
    low, high = space.bands.flops
    assert ((low <= drawn.cost.flops) & (drawn.cost.flops <= high)).all()
    for arch in archs(drawn):
        assert arch.adjusted() == arch, "a design that cannot be built as it is"


@settings(max_examples=20)
@given(st.sampled_from(NAMES), st.integers(0, 2**40), st.integers(1, 40))
def test_the_ith_design_is_the_same_for_every_count(name, seed, count):
    space = get_space(name)
    assert archs(sample(space, 40, seed))[:count] == archs(sample(space, count, seed))


def test_seeds_give_other_designs():
    space = get_space("AnyNetX_E")
    first, second = (set(archs(sample(space, 50, seed))) for seed in (1, 2))
    assert len(first & second) < 10


def design_of(row):
    """A draw's design, made to fit by hand: (depth, width, group width, bottleneck)."""
    d, w, g, b = row[:2], row[2:4], row[4:6], row[6:]
    inner = [int(wide / ratio) for wide, ratio in zip(w, b)]
    groups = [min(pair) for pair in zip(g, inner)]
    inner = [max(1, round(v / one)) * one for v, one in zip(inner, groups)]
    wide = [int(v * ratio) for v, ratio in zip(inner, b)]
    return (*d, *wide, *groups, *b)


@pytest.mark.parametrize("name", ["AnyNetX_A", "AnyNetX_C", "AnyNetX_E"])
def test_the_first_design_has_the_law_within_the_bands(name, monkeypatch):
    """Through draws, adjustment, constraints and bands, against the whole grid."""
    monkeypatch.setattr(sampling, "CHUNK", 32)
    everything = small(name)
    probabilities: dict = {}
    for row, p in grid(everything):
        key = design_of(row)
        probabilities[key] = probabilities.get(key, 0) + p
    cost = {}
    for key in probabilities:
        arch = np.array([key])
        designs = type(sample(everything, 1, 0).designs)(*np.split(arch, 4, axis=1))
        whole = [getattr(designs, c).astype(int) for c in COLUMNS[:3]]
        designs = dataclasses.replace(designs, **dict(zip(COLUMNS, whole)))
        cost[key] = int(designs.cost(everything.frame).flops[0])
    low, high = np.quantile(list(cost.values()), [0.3, 0.6])
    space = dataclasses.replace(everything, bands=Bands(flops=(low, high)))
    kept = {k: p for k, p in probabilities.items() if low <= cost[k] <= high}
    total, counts = sum(kept.values()), {}
    for seed in range(3000):
        designs = sample(space, 1, seed).designs
        key = tuple(np.hstack([getattr(designs, c)[0] for c in COLUMNS]).tolist())
        counts[key] = counts.get(key, 0) + 1
    kept = {key: p / total for key, p in kept.items()}
    common = [key for key in kept if kept[key] * 3000 >= 5]
    rest = 1 - sum(kept[key] for key in common)
    grouped = {key: counts.get(key, 0) for key in common}
    assert set(counts) <= set(kept), "a design that cannot be"
    grouped["rare"] = sum(counts.values()) - sum(grouped.values())
    assert_drawn(grouped, {**{k: kept[k] for k in common}, "rare": max(rest, 1e-9)})


def test_a_band_that_no_network_has_is_one_line(monkeypatch):
    monkeypatch.setattr(sampling, "PATIENCE", 3)
    space = dataclasses.replace(get_space("AnyNetX_E"), bands=Bands(flops=(1, 2)))
    message = (
        r"AnyNetX_E: 0 different designs with flops from 1 to 2 in \d+ draws, 5 were "
        r"asked for; draws have flops from \d+ to \d+"
    )
    with pytest.raises(ValueError, match=message):
        sample(space, 5, seed=0)


def test_a_space_that_is_used_up_is_one_line(monkeypatch):
    monkeypatch.setattr(sampling, "PATIENCE", 3)
    space = small("AnyNetX_E")
    most = space.size()
    with pytest.raises(
        ValueError, match=rf": \d+ different designs .*, {most + 1} were"
    ):
        sample(space, most + 1, seed=0)


@pytest.mark.parametrize("count, seed", [(0, 1), (1.5, 1), (1, -1), (True, 1)])
def test_numbers_that_do_not_fit_are_named(count, seed):
    with pytest.raises(ValueError, match="(count|seed) is "):
        sample(get_space("AnyNetX_A"), count, seed)


def test_progress_is_told_and_ends_with_all():
    told = []
    sample(get_space("AnyNetX_A"), 400, 1, told.append)
    assert told == sorted(told) and told[-1] == 400 and len(told) > 1
    assert math.isfinite(sum(told))


def test_widened_networks_are_the_same_designs_larger():
    space = get_space("AnyNetX_C")
    small = sample(space, 40, 1)
    large = sample(dataclasses.replace(space, widen=2), 40, 1)
    for row in range(40):
        pairs = zip(small.arch(row).stages, large.arch(row).stages)
        for stage, wide in pairs:
            assert wide == dataclasses.replace(stage, width=2 * stage.width)
    assert (large.cost.flops > 2.5 * small.cost.flops).all()
