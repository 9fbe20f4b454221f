"""Graders graded: right solutions get all, each mistake loses what it should."""

from __future__ import annotations

import pytest

pytest.importorskip("jupytext")
pytest.importorskip("mxnet")

from course.grading.rubric import exercise_folders, load_exercise  # noqa: E402
from course.grading.variants import read_variants, verdicts  # noqa: E402

NAMES = sorted(exercise_folders())


def test_all_of_the_chapters_are_there():
    assert NAMES == [
        *("de_resnext", "deeper_regnet", "function_classes", "inception_vs_residual"),
        *("perfect_mlp", "resnet_family", "vgg_costs", "vgg_family", "vionet"),
    ]


@pytest.mark.parametrize("name", NAMES)
def test_there_are_enough_variants_and_each_row_is_lost_by_one(name):
    exercise = load_exercise(name)
    variants = read_variants(exercise)
    assert sum(not variant.loses for variant in variants) >= 8
    assert sum(bool(variant.loses) for variant in variants) >= 12
    lost = {row for variant in variants for row in variant.loses}
    assert lost == {row.name for row in exercise.rubric.rows}


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_each_variant_loses_exactly_what_it_should(name):
    """What is trained is left to `gluon-course mutants --train`."""
    wrong = [
        (verdict.variant.title, verdict.lost)
        for verdict in verdicts(load_exercise(name))
        if not verdict.holds
    ]
    assert not wrong
