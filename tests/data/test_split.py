from __future__ import annotations

import numpy as np
import pytest

from gluon_nets.data import Split
from gluon_nets.data.split import hold_out


@pytest.fixture
def train():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (50, 28, 28), dtype=np.uint8)
    return Split("train", images, np.arange(50, dtype=np.int32))  # label = number


def test_length_and_repr(train):
    assert len(train) == 50
    assert repr(train) == "Split(name='train')"


@pytest.mark.parametrize("validation, count", [(1, 1), (49, 49), (0.2, 10), (0.5, 25)])
def test_held_out_images_are_no_training_images(train, validation, count):
    kept, held = hold_out(train, validation, seed=3)
    assert (kept.name, held.name) == ("train", "validation")
    assert len(held) == count
    assert sorted([*kept.labels, *held.labels]) == list(range(50))
    for split in (kept, held):  # images went with their labels
        np.testing.assert_array_equal(split.images, train.images[split.labels])


def test_the_seed_chooses(train):
    def held(seed):
        return hold_out(train, 10, seed)[1].labels.tolist()

    assert held(1) == held(1) != held(2)


@pytest.mark.parametrize("validation", [0, 50, 51, 0.001, 0.999])
def test_neither_side_may_be_empty(train, validation):
    with pytest.raises(ValueError, match=f"from 1 to 49, .* not {validation}"):
        hold_out(train, validation, seed=0)


@pytest.mark.parametrize(
    "images, labels, message",
    [
        (np.zeros((2, 28, 28)), np.zeros(2), "not float64"),
        (np.zeros((2, 28, 27), np.uint8), np.zeros(2), r"\(2, 28, 27\)"),
        (np.zeros((2, 28, 28), np.uint8), np.zeros(3), r"need 2 labels .* \(3,\)"),
    ],
)
def test_what_does_not_fit_is_named(images, labels, message):
    with pytest.raises(ValueError, match=message):
        Split("train", images, labels)
