"""Image files as inputs of an exported network."""

from __future__ import annotations

import contextlib
import warnings
from pathlib import Path
from typing import Iterator, Sequence

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from gluon_nets.data.fashion_mnist import CLASS_NAMES

# what Pillow is asked to try: its readers of rare formats are less well kept
_FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM")
_COLORS = {1: "grey", 3: "red, green, blue"}


def how_to_feed(shape: tuple[int, int, int], class_names: Sequence[str]) -> dict:
    """How an image file becomes an input, in words: what `read_images` does."""
    channels, height, width = shape
    note = {
        "color": _COLORS.get(channels, f"{channels} channels"),
        "orientation": "upright, by the EXIF tag where the file has one",
        "resize": f"to {height}×{width} (height×width), bilinear with half-pixel "
        "centres; averaged over what becomes a pixel where the image is larger",
        "scale": "pixel / 255 (of 16 bits: / 65535), float32 from 0 to 1",
        "layout": "NCHW",
    }
    if tuple(class_names) == CLASS_NAMES:
        note["background"] = "black: an image on white is to be inverted first"
    return note


def read_images(
    paths: Sequence[str | Path], shape: tuple[int, int, int], invert: bool = False
) -> np.ndarray:
    """Read image files, grey or in colour, of any size.

    Parameters
    ----------
    paths : sequence of path
        PNG, JPEG, GIF, BMP, TIFF, WebP, PPM: the first picture of each. An EXIF tag
        turns it; pixels of 16 bits count from 0 to 65535, all others from 0 to 255.
    shape : (C, H, W)
        What the network reads; C is 1 (grey) or 3 (red, green, blue).
    invert : bool
        White becomes black: Fashion-MNIST shows light clothes on black.

    Returns
    -------
    numpy.ndarray
        float32 (N, C, H, W), from 0 to 1.

    Raises
    ------
    ValueError
        Names the file that is no image, or has pixels out of range.
    """
    if shape[0] not in _COLORS:
        raise ValueError(
            f"the network reads {shape[0]} channels: image files have 1, 3"
        )
    images = np.stack([_read(Path(path), shape, invert) for path in paths])
    return 1 - images if invert else images


def _read(path: Path, shape: tuple[int, int, int], invert: bool) -> np.ndarray:
    channels, height, width = shape
    # by its name Pillow 13 would map a TIFF file into memory, and turn it wrongly
    with _errors_name(path), open(path, "rb") as file:
        image = Image.open(file, formats=_FORMATS)
        wide = _wide(image)
        # TIFF files are turned when they are loaded; Pillow 9 would do it twice
        upright = image if image.format == "TIFF" else ImageOps.exif_transpose(image)
        if wide:
            bands = [_scaled(upright, wide)] * channels
        else:
            flat = _opaque(upright, 255 if invert else 0)
            bands = flat.convert("L" if channels == 1 else "RGB").split()
        # as 32-bit floats, for 8 bits would be rounded in between
        resized = [
            band.convert("F").resize((width, height), Image.BILINEAR) for band in bands
        ]
        return np.stack([np.asarray(band, np.float32) / 255 for band in resized])


@contextlib.contextmanager
def _errors_name(path: Path) -> Iterator[None]:
    """Errors become ValueErrors of one line that name the file."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd remarks in a file do no harm
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            yield
    except UnidentifiedImageError:
        known = ", ".join(_FORMATS)
        raise ValueError(f"{path} is no image of a known format ({known})") from None
    except Exception as error:  # Pillow raises whatever a damaged header leads to
        if isinstance(error, OSError) and error.strerror:
            raise ValueError(f"{path} cannot be read: {error.strerror}") from None
        spoken = isinstance(error, (OSError, ValueError, SyntaxError, Warning))
        lines = str(error if spoken else repr(error)).splitlines()
        raise ValueError(
            f"{path} cannot be read as an image: {(lines or [repr(error)])[0]}"
        ) from None


def _wide(image: Image.Image) -> int:
    """The largest pixel of an image of more than 8 bits; 0 where it has 8."""
    if not image.mode.startswith(("I", "F")):
        return 0
    # some versions of Pillow have 16 bits as 32-bit integers
    sixteen = image.mode.startswith("I;16") or image.format == "PNG"
    return 65535 if sixteen or (image.format == "PPM" and image.mode == "I") else 255


def _scaled(image: Image.Image, largest: int) -> Image.Image:
    """An image of more than 8 bits as floats from 0 to 255.

    By its own largest pixel it must not be scaled: a dark picture would become bright.
    """
    pixels = np.asarray(image, np.float64)
    low, high = pixels.min(), pixels.max()
    if not 0 <= low <= high <= largest:  # nor is NaN in between
        raise ValueError(f"its pixels are {low:g} to {high:g}: 0 to {largest} fit")
    return Image.fromarray((pixels / (largest / 255)).astype(np.float32))


def _opaque(image: Image.Image, background: int) -> Image.Image:
    """An image of 8 bits without transparency, on a grey background."""
    clear = image.mode in ("LA", "PA", "La", "RGBA", "RGBa")
    if not clear and "transparency" not in image.info:
        return image
    behind = Image.new("RGBA", image.size, (background,) * 3 + (255,))
    return Image.alpha_composite(behind, image.convert("RGBA"))
