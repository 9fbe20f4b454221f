"""Spaces so small that all their draws can be tried, and the test that counts fit."""

from __future__ import annotations

import itertools
import math

import numpy as np
from scipy.stats import chisquare

from gluon_nets.study.designs import COLUMNS, Frame
from gluon_nets.study.laws import Law, choice
from gluon_nets.study.named import get_space
from gluon_nets.study.space import AnyNetSpace

RARE = 1e-6  # a test that is right fails for one seed of so many


def weights(law):
    return dict(zip(law.values, law.weights))


def assert_drawn(counts, probabilities):
    """Counts by outcome are such as these probabilities give."""
    assert set(counts) <= set(probabilities), "an outcome that cannot be"
    outcomes = [o for o, p in probabilities.items() if p > 0]
    if len(outcomes) == 1:
        return
    total = sum(counts.values())
    found = [counts.get(o, 0) for o in outcomes]
    expected = [probabilities[o] * total for o in outcomes]
    p = chisquare(found, expected).pvalue
    assert p > RARE, f"so far off once in {1 / max(p, 1e-300):.0f}: {found} {expected}"


def tally(rows):
    values, counts = np.unique(rows, axis=0, return_counts=True)
    return dict(zip(map(tuple, values.tolist()), counts.tolist()))


LAWS = {
    "depth": Law((1, 2, 3), (0.5, 0.3, 0.2)),
    "width": Law((8, 16, 24), (0.2, 0.3, 0.5)),
    "group_width": choice([4, 8]),
    "bottleneck": choice([1, 2]),
}


def small(name, stages=2):
    """A space of the chapter over a grid that can be gone through."""
    chapter = get_space(name)
    frame = Frame((2,) * stages, stem_width=8)
    return AnyNetSpace(name, LAWS, chapter.shared, chapter.rising, frame)


def grid(space):
    """Each draw that there is, and its probability, by trying all."""
    stages = space.frame.stages
    columns = []
    for name in COLUMNS:
        single = weights(LAWS[name])
        rows = itertools.product(single, repeat=stages)
        if name in space.shared:
            rows = ((value,) * stages for value in single)
        rows = [r for r in rows if name not in space.rising or list(r) == sorted(r)]
        once = 1 if name in space.shared else stages
        raw = [math.prod(single[v] for v in row[:once]) for row in rows]
        columns.append([(row, p / sum(raw)) for row, p in zip(rows, raw)])
    for parts in itertools.product(*columns):
        yield sum((row for row, _ in parts), ()), math.prod(p for _, p in parts)
