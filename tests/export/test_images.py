"""Image files: any size and colour becomes what the network was trained on."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

import gluon_nets as gn
from gluon_nets.data.resize import resize_matrix
from gluon_nets.export import read_images


def write(path, pixels):
    Image.fromarray(np.asarray(pixels, np.uint8)).save(path)
    return path


@pytest.fixture
def clothes():
    return gn.FashionMNIST(100, 28, subset="sample").test.images[:4]


def test_an_image_of_the_right_size_is_scaled_alone(tmp_path, clothes):
    paths = [write(tmp_path / f"{i}.png", image) for i, image in enumerate(clothes)]
    found = read_images(paths, (1, 28, 28))
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found[:, 0], clothes.astype(np.float32) / 255)


@pytest.mark.parametrize("size", [32, 56, 96])
def test_enlarged_as_in_training(tmp_path, clothes, size):
    """Training resizes by R·x·Rᵀ."""
    matrix = resize_matrix(28, size)
    path = write(tmp_path / "a.png", clothes[0])
    expected = matrix @ (clothes[0] / 255) @ matrix.T
    np.testing.assert_allclose(
        read_images([path], (1, size, size))[0, 0], expected, atol=1e-5
    )


def test_inverted(tmp_path, clothes):
    dark = write(tmp_path / "dark.png", 255 - clothes[0])
    light = write(tmp_path / "light.png", clothes[0])
    np.testing.assert_allclose(
        read_images([dark], (1, 28, 28), invert=True),
        read_images([light], (1, 28, 28)),
        atol=1e-6,
    )


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "1", "LA"])
def test_colours_become_grey(tmp_path, clothes, mode):
    path = tmp_path / "a.png"
    Image.fromarray(clothes[0]).convert(mode).save(path)
    found = read_images([path], (1, 28, 28))
    assert found.shape == (1, 1, 28, 28)
    assert 0 <= found.min() <= found.max() <= 1


def test_three_channels(tmp_path):
    pixels = np.zeros((10, 20, 3))
    pixels[..., 1] = 255
    found = read_images([write(tmp_path / "green.png", pixels)], (3, 8, 8))
    np.testing.assert_allclose(found[0].mean(axis=(1, 2)), [0, 1, 0], atol=1e-6)


def test_what_is_no_image_is_named(tmp_path):
    path = tmp_path / "text.png"
    path.write_text("no image")
    with pytest.raises(ValueError, match="text.png is no image"):
        read_images([path], (1, 28, 28))
    with pytest.raises(ValueError, match="missing.png cannot be read: No such file"):
        read_images([tmp_path / "missing.png"], (1, 28, 28))


def test_two_channels_are_no_picture(tmp_path, clothes):
    path = write(tmp_path / "a.png", clothes[0])
    with pytest.raises(ValueError, match="reads 2 channels"):
        read_images([path], (2, 28, 28))
