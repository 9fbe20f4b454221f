"""Spaces draw by their laws on condition of their constraints; sizes are exact."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import gluon_nets as gn
from gluon_nets.study.designs import COLUMNS, Frame
from gluon_nets.study.laws import Law, choice, uniform
from gluon_nets.study.named import NAMES, get_space, published_size
from gluon_nets.study.space import AnyNetSpace, Bands, RegNetSpace
from tests.study.grid import LAWS, assert_drawn, grid, small, tally, weights

# sizes as the paper has them, to two digits
PUBLISHED = {
    "AnyNetX_A": 1.8e18,
    "AnyNetX_B": 6.8e16,
    "AnyNetX_C": 3.2e14,
    "AnyNetX_D": 1.3e13,
    "AnyNetX_E": 5.5e11,
    "RegNetX": 3.0e8,
}
STEPS = [name for name in PUBLISHED if name.startswith("AnyNet")]


def table(designs):
    return np.hstack([getattr(designs, name) for name in COLUMNS])


@pytest.mark.parametrize("name", STEPS)
def test_draws_have_the_spaces_law(name):
    space = small(name)
    probabilities = dict(grid(space))
    assert sum(probabilities.values()) == pytest.approx(1)
    rows = table(space.draw(np.random.default_rng(0), 40 * len(probabilities)))
    assert_drawn(tally(rows), probabilities)


@pytest.mark.parametrize("stages", [1, 2, 3])
@pytest.mark.parametrize("name", STEPS)
def test_the_size_is_the_number_of_draws_that_differ(name, stages):
    space = small(name, stages)
    if stages < 3 or name != "AnyNetX_A":  # 46,656 rows are enough
        assert space.size() == len(dict(grid(space)))


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_sizes(name):
    """The paper divides by 4! for rising stages; with ties there are a few more.

    Of A's 1.85e18 it gives the first two digits unrounded.
    """
    size = published_size(name)
    assert float(f"{size:.2g}") == PUBLISHED[name] or (
        name == "AnyNetX_A" and int(size / 1e17) == 18
    )
    if name != "RegNetX":
        assert get_space(name, "paper").size() >= size


@pytest.mark.parametrize("name", STEPS)
def test_a_space_contains_its_draws_and_not_others(name):
    """Of all of A, made to fit, those that are in E by their numbers are told."""
    everything = get_space("AnyNetX_A").draw(np.random.default_rng(1), 20_000)
    everything = everything.adjusted()
    found = get_space(name).contains(everything)
    expected = [is_in(name, everything, row) for row in range(len(everything))]
    np.testing.assert_array_equal(found, expected)
    own = get_space(name).draw(np.random.default_rng(2), 20_000).adjusted()
    assert get_space(name).contains(own).all()


def is_in(name, designs, row):
    """The definition, number by number."""
    d, w, g, b = (getattr(designs, c)[row].tolist() for c in COLUMNS)
    inner = [round(wide / ratio) for wide, ratio in zip(w, b)]
    steps = {
        "B": len(set(b)) == 1,
        "C": any(g == [min(one, v) for v in inner] for one in g),
        "D": w == sorted(w),
        "E": d == sorted(d),
    }
    return all(held for step, held in steps.items() if step <= name[-1])


@pytest.mark.parametrize("name", ["RegNetX", "RegNetY"])
def test_regnets_are_the_rules(name):
    """Each draw is what `regnet_arch` makes of its numbers, and none is missing."""
    space = get_space(name)
    laws = {**space.laws, "w0": choice([8, 24]), "wa": uniform(2, 30, 2)}
    laws = {**laws, "wm": choice([1.5, 2.0, 2.5]), "depth": uniform(4, 9)}
    laws["group_width"] = choice([8])
    space = RegNetSpace(name, laws, space.frame)
    numbers = (laws[key].values for key in ("w0", "wa", "wm", "depth"))
    expected = {}
    for w0, wa, wm, depth in itertools.product(*numbers):
        arch = gn.regnet_arch(w0, wa, wm, depth, 8)
        steps = np.rint(np.log((w0 + wa * np.arange(depth)) / w0) / np.log(wm))
        if len(arch.stages) == 4 and len(set(steps)) == 4 and steps.max() == 3:
            stages = [(s.depth, s.width, s.group_width) for s in arch.stages]
            expected.setdefault(tuple(map(tuple, zip(*stages))), arch)
    designs = space.draw(np.random.default_rng(0), 20_000).adjusted()
    found = {}
    for row in range(len(designs)):
        columns = (getattr(designs, c)[row].tolist() for c in COLUMNS[:3])
        found.setdefault(tuple(map(tuple, columns)), row)
    assert set(found) == set(expected)
    assert space.contains(designs).all()
    for key, row in found.items():
        arch = designs.arch(row, space.frame)
        assert [s.width for s in arch.stages] == list(key[1])
        assert all(
            s.se_ratio == (0.25 if name == "RegNetY" else 0) for s in arch.stages
        )


RULE = {
    "w0": Law((8, 16, 24), (0.5, 0.3, 0.2)),
    "wa": Law((4, 9, 16, 25), (0.4, 0.3, 0.2, 0.1)),
    "wm": Law((1.5, 2.0, 2.5), (0.3, 0.5, 0.2)),
    "depth": Law((4, 5, 6, 7), (0.1, 0.2, 0.3, 0.4)),
    "group_width": Law((8, 16), (0.7, 0.3)),
    "bottleneck": Law((1, 2), (0.6, 0.4)),
}


def test_regnets_draws_have_its_law():
    """Against all draws that there are: of those with four stages, as often as it says.

    Different numbers may give one network: it is drawn by the sum of theirs.
    """
    expected, drawn = {}, 0.0
    for numbers in itertools.product(*(weights(law).items() for law in RULE.values())):
        (w0, wa, wm, depth, g, b), shares = zip(*numbers)
        share = np.prod(shares)
        drawn += share
        steps = np.rint(np.log(1 + wa * np.arange(depth) / w0) / np.log(wm))
        if set(steps) != {0, 1, 2, 3}:
            continue
        arch = gn.regnet_arch(w0, wa, wm, depth, g, bottleneck=b)
        if len(arch.stages) == 4:
            row = [[getattr(s, c) for s in arch.stages] for c in COLUMNS]
            key = tuple(np.ravel(row).tolist())
            expected[key] = expected.get(key, 0) + share
    assert drawn == pytest.approx(1)
    kept, count = sum(expected.values()), 40_000
    assert 0.1 < kept < 0.9 and len(expected) > 50, "the grid tells nothing"
    space = RegNetSpace("grid", RULE, get_space("RegNetX").frame)
    rows = table(space.draw(np.random.default_rng(0), count).adjusted())
    found = tally(rows)
    assert set(found) <= set(expected), "a network that the rule does not give"
    # with one more cell: draws of other numbers of stages, which are dropped
    rare = {key for key, p in expected.items() if p * count < 5}
    found["none"], expected["none"] = count - len(rows), 1 - kept
    found["rare"] = sum(found.pop(key, 0) for key in rare)
    expected["rare"] = sum(expected.pop(key) for key in rare)
    assert_drawn(found, expected)


@pytest.mark.parametrize("name", NAMES)
def test_a_designs_cost_is_its_archs(name):
    space = get_space(name)
    designs = space.draw(np.random.default_rng(3), 200).adjusted()
    cost = designs.cost(space.frame)
    for row in range(0, len(designs), 7):
        arch = designs.arch(row, space.frame)
        alone = gn.complexity(arch, 28, 1, 10)
        assert (cost.params[row], cost.flops[row], cost.acts[row]) == (
            alone.params,
            alone.flops,
            alone.acts,
        )


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: Frame(()), r"strides is \(\)"),
        (lambda: Frame((2, 0)), "strides is 0"),
        (lambda: Frame(stem="conv5"), "stem is 'conv5': what fits is conv3"),
        (lambda: Frame(image_size=0), "image_size is 0"),
        (lambda: Frame(se_ratio=2), "se_ratio is 2"),
        (lambda: Bands(flops=(2, 1)), r"flops is \(2, 1\)"),
        (lambda: Bands(acts=3), "acts is 3"),
        (lambda: Bands(params=(1, float("inf"))), "params is"),
        (lambda: AnyNetSpace("s", {}), "laws lacks depth"),
        (lambda: AnyNetSpace("s", {**LAWS, "heights": 1}), "laws has 'heights'"),
        (lambda: AnyNetSpace("s", LAWS, shared=("w",)), "shared has 'w': what fits"),
        (lambda: AnyNetSpace("s", LAWS, shared="width"), "shared is 'width'"),
        (lambda: AnyNetSpace("s", LAWS, rising=("bottleneck",)), "rising has"),
        (lambda: AnyNetSpace("s", {**LAWS, "width": choice([8.5])}), "width is 8.5"),
        (
            lambda: get_space("AnyNetX_F"),
            "space is 'AnyNetX_F': what fits is AnyNetX_A",
        ),
        (lambda: get_space("RegNetX", "huge"), "scale is 'huge'"),
    ],
)
def test_what_does_not_fit_is_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_rule_that_does_not_fit_is_named():
    laws = get_space("RegNetX").laws
    with pytest.raises(ValueError, match="w0 is 12: it must be a multiple of 8"):
        RegNetSpace("s", {**laws, "w0": choice([12])})
    with pytest.raises(ValueError, match="wm is 1: it must be above 1"):
        RegNetSpace("s", {**laws, "wm": choice([1, 2])})
