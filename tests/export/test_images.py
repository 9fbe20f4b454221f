"""Image files: any size and colour becomes what the network was trained on."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, features

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


@pytest.mark.parametrize("mode", ["RGB", "P", "L"])
def test_colours_become_grey(tmp_path, clothes, mode):
    path = tmp_path / "a.png"
    Image.fromarray(clothes[0]).convert(mode).save(path)
    found = read_images([path], (1, 28, 28))
    np.testing.assert_array_equal(found[0, 0], clothes[0].astype(np.float32) / 255)


def test_black_and_white(tmp_path, clothes):
    path, light = tmp_path / "a.png", clothes[0] > 127
    Image.fromarray(light).save(path)
    np.testing.assert_array_equal(read_images([path], (1, 28, 28))[0, 0], light)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_what_is_transparent_shows_what_is_behind(tmp_path, clothes, mode):
    """White clothes cut out by their opacity: on black they are the clothes."""
    image = Image.new(mode, (28, 28), "white")
    image.putalpha(Image.fromarray(clothes[0]))
    image.save(tmp_path / "a.png")
    expected = clothes[0].astype(np.float32) / 255
    found = read_images([tmp_path / "a.png"], (1, 28, 28))[0, 0]
    np.testing.assert_allclose(found, expected, atol=1 / 255)
    # a white picture on white paper, which is turned round, is black all over
    found = read_images([tmp_path / "a.png"], (1, 28, 28), invert=True)
    np.testing.assert_array_equal(found, 0)


# --- more than 8 bits -----------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.pgm"])
@pytest.mark.parametrize("channels", [1, 3])
def test_sixteen_bits_are_the_same_picture_as_eight(tmp_path, clothes, name, channels):
    dark = clothes[0] // 4  # its largest pixel is not the largest there is
    eight = write(tmp_path / "eight.png", dark)
    sixteen, pixels = tmp_path / name, dark.astype(np.uint16) * 257
    if name == "a.pgm":  # which not every Pillow can write
        sixteen.write_bytes(b"P5 28 28 65535\n" + pixels.astype(">u2").tobytes())
    else:
        Image.fromarray(pixels).save(sixteen)
    shape = (channels, 40, 40)
    found = read_images([sixteen], shape)
    assert 0.2 < found.max() < 0.26
    np.testing.assert_array_equal(found, read_images([eight], shape))


def test_sixteen_bits_are_not_rounded_to_eight(tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(np.array([[1000, 1001]], np.uint16)).save(path)
    found = read_images([path], (1, 1, 2))
    np.testing.assert_allclose(found[0, 0, 0] * 65535, [1000, 1001], atol=0.01)


@pytest.mark.parametrize("kind", [np.float32, np.int32])
def test_other_numbers_count_from_0_to_255(tmp_path, clothes, kind):
    Image.fromarray(clothes[0].astype(kind)).save(tmp_path / "a.tif")
    found = read_images([tmp_path / "a.tif"], (1, 28, 28))
    np.testing.assert_array_equal(found[0, 0], clothes[0].astype(np.float32) / 255)


@pytest.mark.parametrize(
    "kind, pixel, words",
    [
        (np.float32, -1, "-1 to 255: 0 to 255 fit"),
        (np.float32, 255.5, "0 to 255.5: 0 to 255 fit"),
        (np.float32, np.nan, "nan to nan: 0 to 255 fit"),
        (np.float32, np.inf, "0 to inf: 0 to 255 fit"),
        (np.int32, -50, "-50 to 255: 0 to 255 fit"),
        (np.int32, 70000, "0 to 70000: 0 to 255 fit"),
    ],
)
def test_pixels_out_of_range_are_named(tmp_path, kind, pixel, words):
    pixels = np.array([[0, 255], [7, 7]], kind)
    pixels[1, 1] = pixel
    Image.fromarray(pixels).save(tmp_path / "a.tif")
    with pytest.raises(
        ValueError, match=f"a.tif cannot be read.*: its pixels.*{words}"
    ):
        read_images([tmp_path / "a.tif"], (1, 28, 28))


# --- which way up ---------------------------------------------------------------------

TURNS = {
    2: np.fliplr,
    3: lambda x: np.rot90(x, 2),
    4: np.flipud,
    5: np.transpose,
    6: lambda x: np.rot90(x, 1),
    7: lambda x: np.rot90(x, 2).T,
    8: lambda x: np.rot90(x, -1),
}


@pytest.mark.parametrize("name", ["a.png", "a.tif", "wide.png"])
@pytest.mark.parametrize("orientation", TURNS)
def test_the_exif_tag_turns_a_picture_upright(tmp_path, clothes, orientation, name):
    upright = clothes[0][:, 3:23]
    stored = np.ascontiguousarray(TURNS[orientation](upright))
    if name == "wide.png":
        stored = stored.astype(np.uint16) * 257
    image, exif = Image.fromarray(stored), Image.Exif()
    exif[0x0112] = orientation
    image.save(tmp_path / name, exif=exif)
    found = read_images([tmp_path / name], (1, 28, 20))
    np.testing.assert_array_equal(found[0, 0], upright.astype(np.float32) / 255)


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


# --- files that are no pictures -------------------------------------------------------


def test_formats_that_few_use_are_not_tried(tmp_path, clothes):
    Image.fromarray(clothes[0]).save(tmp_path / "a.ico")
    with pytest.raises(ValueError, match=r"a.ico is no image of a known format \(PNG,"):
        read_images([tmp_path / "a.ico"], (1, 28, 28))


@pytest.mark.parametrize("limit", [1000, 500])
def test_a_picture_too_large_to_unpack(tmp_path, monkeypatch, limit):
    """Above the limit Pillow warns, and above twice of it refuses."""
    path = write(tmp_path / "a.png", np.zeros((30, 40)))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
    with pytest.raises(
        ValueError, match="a.png cannot be read as an image: .*1200 pix"
    ):
        read_images([path], (1, 28, 28))


def test_a_damaged_remark_does_no_harm(tmp_path, clothes, recwarn):
    exif = Image.Exif()
    exif[0x010E] = "a description that is cut off"
    path = tmp_path / "a.png"
    Image.fromarray(clothes[0]).save(path, exif=exif.tobytes()[:-10])
    with Image.open(path) as image, pytest.warns(UserWarning, match="Truncated"):
        image.getexif().get(0x010E)
    found = read_images([path], (1, 28, 28))
    np.testing.assert_array_equal(found[0, 0], clothes[0].astype(np.float32) / 255)
    assert not recwarn.list


@pytest.mark.parametrize("format", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM"])
def test_damage_is_one_line_that_names_the_file(tmp_path, clothes, format):
    if not features.check("webp") and format == "WEBP":
        pytest.skip("this Pillow was built without WebP")
    whole, path = io.BytesIO(), tmp_path / "damaged"
    Image.fromarray(clothes[0]).convert("RGB").save(whole, format)
    rng, refused = np.random.default_rng(0), 0
    for _ in range(60):
        raw = bytearray(whole.getvalue())
        for place in rng.integers(0, min(len(raw), 300), rng.integers(1, 8)):
            raw[place] = rng.integers(256)
        path.write_bytes(raw[: rng.integers(1, len(raw) + 1)])
        try:
            found = read_images([path], (1, 8, 8))
            assert 0 <= found.min() <= found.max() <= 1
        except ValueError as error:
            assert str(error).startswith(f"{path} ") and "\n" not in str(error)
            refused += 1
    assert refused


@pytest.mark.parametrize(
    "error", [KeyError(5), AttributeError("x"), ValueError(), OSError("cut\nshort")]
)
def test_whatever_pillow_raises_names_the_file(tmp_path, clothes, monkeypatch, error):
    def fails(*args, **options):
        raise error

    path = write(tmp_path / "a.png", clothes[0])
    monkeypatch.setattr(Image, "open", fails)
    with pytest.raises(ValueError, match="a.png cannot be read as an image: .") as told:
        read_images([path], (1, 28, 28))
    assert "\n" not in str(told.value)
