from __future__ import annotations

import numpy as np
import pytest

from gluon_nets.data.augment import SHIFT, pixel_index

SIDE, N = 9, 5


def _augmented(augment, seed=0, n=200):
    """Some images, and what augmenting makes of them."""
    rng = np.random.default_rng(1)
    images = rng.integers(1, 256, (N + 1, SIDE, SIDE))
    images[N] = 0
    index = rng.integers(0, N, n)
    pixels = pixel_index(index, SIDE, N, augment, np.random.default_rng(seed))
    assert pixels.dtype == np.int32
    return images[index], images.ravel()[pixels]


def _moved(image, down, across):
    """An image moved by slices alone: the law in other words."""
    padded = np.pad(image, SHIFT)
    top, left = SHIFT - down, SHIFT - across
    return padded[top : top + SIDE, left : left + SIDE]


def test_no_augmentation_is_the_image():
    before, after = _augmented(())
    np.testing.assert_array_equal(before, after)


def test_a_flip_is_the_image_or_its_mirror_image():
    before, after = _augmented(("flip",))
    same = (after == before).all((1, 2))
    mirrored = (after == before[:, :, ::-1]).all((1, 2))
    assert (same ^ mirrored).all()
    assert 60 < mirrored.sum() < 140  # p < 1e-7 for ½ of 200


@pytest.mark.parametrize("augment", [("shift",), ("shift", "flip")])
def test_a_shift_moves_by_at_most_two_and_fills_with_zero(augment):
    steps = range(-SHIFT, SHIFT + 1)
    seen = set()
    for image, result in zip(*_augmented(augment)):
        sources = (image, image[:, ::-1]) if "flip" in augment else (image,)
        seen.add(
            next(
                (down, across)
                for source in sources
                for down in steps
                for across in steps
                if (result == _moved(source, down, across)).all()
            )
        )
    assert len(seen) == len(steps) ** 2


def test_the_seed_decides():
    one, two = _augmented(("flip", "shift"))[1], _augmented(("flip", "shift"))[1]
    np.testing.assert_array_equal(one, two)
    assert (one != _augmented(("flip", "shift"), seed=1)[1]).any()
