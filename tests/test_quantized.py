"""RegNet's rule gives the paper's networks, and its fit finds the rule again."""

from __future__ import annotations

import json
import math
import re
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gluon_nets.arch import Arch, Stage
from gluon_nets.compatible import adjust
from gluon_nets.quantized import fit_regnet, quantized_widths, regnet_arch
from gluon_nets.specs import find
from gluon_nets.specs.regnet import REGNET

REFERENCE = Path(__file__).parent / "reference" / "complexity.json"
PAPER = [
    entry
    for entry in json.loads(REFERENCE.read_text(encoding="utf-8"))["networks"]
    if "widths" in entry
]
# the paper's space, section 3.3: d < 64; w0, wa < 256; 1.5 ≤ wm ≤ 3
W0 = st.integers(1, 31).map(lambda eights: 8 * eights)
WA = st.floats(0, 256)
WM = st.floats(1.5, 3)
DEPTHS = st.integers(1, 63)
RULES = st.tuples(W0, WA, WM, DEPTHS)
GROUP_WIDTHS = st.integers(1, 128)
BOTTLENECKS = st.sampled_from([1.0, 2.0, 4.0, 0.5, 0.25])


def each_block(arch):
    return [stage.width for stage in arch.stages for _ in range(stage.depth)]


def again(arch, fit):
    """The arch of a fit, with all else as it was."""
    stage = arch.stages[0]
    return regnet_arch(
        fit.w0,
        fit.wa,
        fit.wm,
        fit.depth,
        max(stage.group_width for stage in arch.stages),
        bottleneck=stage.bottleneck,
        se_ratio=stage.se_ratio,
    )


# --- the rule -----------------------------------------------------------------------


def test_all_of_the_paper_are_there():
    assert len(PAPER) == 24
    others = {"regnetx32", "regnetx_deep"}
    assert {entry["name"] for entry in PAPER} == set(REGNET) - others


@pytest.mark.parametrize("entry", PAPER, ids=lambda entry: entry["name"])
def test_the_networks_of_the_paper(entry):
    stages = find(entry["name"]).spec.stages
    assert [stage.depth for stage in stages] == entry["depths"]
    assert [stage.width for stage in stages] == entry["widths"]
    assert [stage.group_width for stage in stages] == entry["group_widths"]


def test_the_network_of_the_chapter():
    expected = Arch(32, (Stage(4, 32, 16), Stage(6, 80, 16)))
    assert regnet_arch(32, 5, 2.5, 10, 16) == expected
    assert find("regnetx32").spec == expected


@given(RULES)
def test_widths_begin_with_w0_and_never_fall(rule):
    widths = quantized_widths(*rule)
    assert widths.dtype == np.int64
    assert widths.shape == (rule[-1],)
    assert widths[0] == rule[0]
    assert (np.diff(widths) >= 0).all()
    assert (widths % 8 == 0).all()


@given(RULES)
def test_the_width_of_a_block_does_not_depend_on_how_many_follow(rule):
    *numbers, depth = rule
    longer = quantized_widths(*numbers, depth + 5)
    assert quantized_widths(*numbers, depth).tolist() == longer[:depth].tolist()


@given(RULES)
def test_widths_are_near_the_line(rule):
    """Half a step of wm at most, and half of the quantum."""
    w0, wa, wm, depth = rule
    for block, width in enumerate(quantized_widths(*rule)):
        line = w0 + wa * block
        low, high = line / math.sqrt(wm) - 4, line * math.sqrt(wm) + 4
        assert low * (1 - 1e-9) <= width <= high * (1 + 1e-9), (block, line)


def test_without_a_slope_all_blocks_are_equal():
    assert quantized_widths(48, 0, 2, 5).tolist() == [48] * 5


@given(RULES, GROUP_WIDTHS, BOTTLENECKS, st.sampled_from([0.0, 0.25]))
def test_the_arch_of_a_rule(rule, group_width, bottleneck, se_ratio):
    arch = regnet_arch(*rule, group_width, bottleneck=bottleneck, se_ratio=se_ratio)
    assert arch.check_compatible() is arch
    assert arch.depth == rule[-1]
    expected = adjust(quantized_widths(*rule), group_width, bottleneck)
    groups = [stage.group_width for stage in arch.stages for _ in range(stage.depth)]
    assert (each_block(arch), groups) == tuple(a.tolist() for a in expected)
    shared = {(s.bottleneck, s.se_ratio, s.stride) for s in arch.stages}
    assert shared == {(bottleneck, se_ratio, 2)}


def test_stem_stride_and_rounding_are_passed_on():
    rule = (24, 24.48, 2.54, 22, 16)
    arch = regnet_arch(*rule, stem_width=8, stem="conv3_s1", stride=1)
    assert (arch.stem_width, arch.stem, arch.stride) == (8, "conv3_s1", 1)
    assert [s.width for s in arch.stages] == [32, 64, 160, 384]
    other = regnet_arch(*rule, rounding="half_up_guard")
    assert [s.width for s in other.stages] == [32, 64, 160, 400]


@pytest.mark.parametrize(
    "field, values",
    [
        ("w0", [0, -8, 12, 8.0, "8", None, True]),
        ("wa", [-1, -0.1, math.nan, math.inf, "1", None, False]),
        ("wm", [1, 0.5, -2, math.nan, math.inf, "2", None, True]),
        ("depth", [0, -1, 2.0, "3", None, True]),
        ("group_width", [0, -1, 4.0, "4", True]),
        ("bottleneck", [0, -1, math.nan, "1"]),
        ("se_ratio", [-0.1, 1.5, math.nan]),
        ("stem_width", [0, 1.5]),
        ("stem", ["conv", None]),
        ("stride", [0, 1.5]),
        ("rounding", ["up", None]),
    ],
)
def test_a_number_that_does_not_fit_is_named(field, values):
    good = {"w0": 32, "wa": 5, "wm": 2.5, "depth": 10, "group_width": 16}
    for value in values:
        with pytest.raises(ValueError) as caught:
            regnet_arch(**{**good, field: value})
        assert str(caught.value).startswith(f"{field} is {value!r}: ")
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "rule",
    [
        (32, 1e30, 2.5, 10),
        (32, 1e308, 2.5, 10),
        (32, 2**31, 2.5, 2),
        (8, 3e8, 1e17, 10),  # the line is narrower than what it is rounded to
    ],
)
def test_a_slope_to_widths_beyond_all_bounds_is_named(rule):
    with pytest.raises(ValueError, match=f"^wa is {re.escape(repr(rule[1]))}: "):
        quantized_widths(*rule)


def test_the_other_rounding_is_refused_where_it_does_not_fit():
    """The advice is not to do what was just done."""
    rule = {"bottleneck": 0.5, "rounding": "half_up_guard"}
    with pytest.raises(ValueError) as caught:
        regnet_arch(24, 24.48, 2.54, 22, 5, **rule)
    message = str(caught.value)
    assert message.startswith("stage 3: rounding is 'half_up_guard': ")
    assert "half_even" in message and "adjusted()" not in message
    regnet_arch(24, 24.48, 2.54, 22, 5, **{**rule, "rounding": "half_even"})


# --- the fit ------------------------------------------------------------------------


@pytest.mark.parametrize("name", REGNET)
def test_a_rule_is_found_for_each_regnet(name):
    arch = find(name).spec
    fit = fit_regnet(arch)
    assert fit.error == 0, fit
    assert again(arch, fit) == arch


def test_round_numbers_are_found_where_they_serve():
    fit = fit_regnet(regnet_arch(32, 5, 2.5, 10, 16))
    assert (fit.w0, fit.wa, fit.depth) == (32, 5, 10)
    assert fit.wm == round(fit.wm, 1)
    assert fit_regnet(regnet_arch(248, 0, 2, 2, 8)).wa == 0


@given(RULES, st.sampled_from([1, 8, 16, 24, 64, 101]), BOTTLENECKS)
@settings(max_examples=25)
# one ratio in ten thousand serves all five widths, and its groups all nine
@example((208, 54.0, 2.2458925935824694, 63), 8, 1.0)
@example((24, 229.69876279924023, 1.751132761053827, 41), 24, 2.0)
@example((216, 200.89029092293495, 1.682268234624213, 38), 101, 0.25)
def test_a_rule_is_found_for_what_a_rule_gave(rule, group_width, bottleneck):
    """Also where the line is so steep that steps of wm are left out."""
    arch = regnet_arch(*rule, group_width, bottleneck=bottleneck)
    fit = fit_regnet(arch)
    assert fit.error == 0, fit
    assert each_block(again(arch, fit)) == each_block(arch)


@given(W0, WA, st.floats(1.1, 1.5), st.integers(1, 24))
@settings(max_examples=10)
def test_of_finer_steps_nearly_a_rule_is_found(w0, wa, wm, depth):
    """With more steps than the fit looks for the widths are off, by a few percent."""
    assert fit_regnet(regnet_arch(w0, wa, wm, depth, 8)).error < 0.05


@given(
    st.lists(st.tuples(st.integers(1, 6), st.integers(1, 40)), min_size=1, max_size=4)
)
@settings(max_examples=10)
def test_the_error_is_the_distance_to_the_rule_that_was_found(stages):
    """Of any arch, with or without groups, also where its widths fall."""
    plain = Arch(8, [Stage(depth, 8 * times) for depth, times in stages], "residual")
    fit = fit_regnet(plain)
    rule = quantized_widths(fit.w0, fit.wa, fit.wm, fit.depth)
    distance = np.abs(np.log(rule / each_block(plain))).mean()
    assert fit.error == pytest.approx(distance, abs=1e-12)
    assert fit.depth == plain.depth
    # one width for all blocks is a rule too
    for stage in plain.stages:
        level = np.abs(np.log(stage.width / np.array(each_block(plain)))).mean()
        assert fit.error <= level + 1e-12


FALLING = (Stage(3, 4096, 16), Stage(4, 200, 8))


def test_where_widths_fall_the_rule_is_that_of_the_most_blocks():
    """No rule falls: the nearest is one width, that of the greater number of blocks."""
    plain = [Stage(stage.depth, stage.width) for stage in FALLING]
    fit = fit_regnet(Arch(32, plain, "residual"))
    assert (fit.w0, fit.wa) == (200, 0)
    assert fit.error == pytest.approx(3 / 7 * math.log(4096 / 200))


def test_where_widths_fall_groups_are_taken_into_account():
    """The rule's one group width is the widest: 16 make 208 of 200 channels."""
    fit = fit_regnet(Arch(32, FALLING))
    width, _ = adjust(fit.w0, 16, 1)
    assert (width, fit.wa) == (208, 0)
    expected = (3 * math.log(4096 / 208) + 4 * math.log(208 / 200)) / 7
    assert fit.error == pytest.approx(expected)


@given(
    st.lists(st.tuples(st.integers(1, 4), st.integers(1, 60)), min_size=1, max_size=4),
    st.integers(0, 2**32),
)
@settings(max_examples=10)
def test_no_rule_that_is_drawn_is_nearer(stages, seed):
    plain = Arch(8, [Stage(depth, 8 * times) for depth, times in stages], "residual")
    error, generator = fit_regnet(plain).error, np.random.default_rng(seed)
    for _ in range(2000):
        w0 = 8 * int(generator.integers(1, 80))
        wa, wm = 200 * generator.random() ** 3, generator.uniform(1.1, 8)
        rule = quantized_widths(w0, wa, wm, plain.depth)
        distance = np.abs(np.log(rule / each_block(plain))).mean()
        assert error <= distance + 1e-9, (w0, wa, wm)


@pytest.mark.parametrize(
    "widths, largest",
    [
        ((100_000, 200_000), 0),
        ((100_003, 250_001), 1e-4),
        ((100_000, 2_000), 1.957),  # half of log 50
        ((2**30, 2**31 - 8), 0),
    ],
)
def test_wide_networks_are_fitted_soon(widths, largest):
    """Of 25,000 first widths some are tried: a second or two, not minutes."""
    begin = time.process_time()
    fit = fit_regnet(Arch(32, [Stage(4, width) for width in widths], "residual"))
    assert fit.error <= largest
    assert time.process_time() - begin < 30


def test_a_name_is_fitted_as_its_numbers():
    assert fit_regnet("vionet_width") == fit_regnet(find("vionet_width").spec)


@pytest.mark.parametrize(
    "value, words",
    [
        ("resnet1", "there is no network 'resnet1': the nearest is"),
        ("vgg11", "'vgg11' has no stages: "),
        (None, "None has no stages: "),
        (Arch(32, [Stage(1, 10**20)], "residual"), f"width is {10**20}: "),
        (Stage(4, 32), "Stage"),
        ((1, 2), "(1, 2) has no stages: "),
    ],
    ids=str,
)
def test_what_has_no_stages_is_not_fitted(value, words):
    with pytest.raises(ValueError, match=f"^{re.escape(words)}"):
        fit_regnet(value)
