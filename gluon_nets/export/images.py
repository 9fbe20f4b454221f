"""Image files as inputs of an exported network."""

from __future__ import annotations

from pathlib import Path
from typing import Sequence

import numpy as np
from PIL import Image, UnidentifiedImageError


def read_images(
    paths: Sequence[str | Path], shape: tuple[int, int, int], invert: bool = False
) -> np.ndarray:
    """Read image files, grey or in colour, of any size.

    Parameters
    ----------
    paths : sequence of path
        PNG, JPEG, and what else Pillow reads.
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
        Names the file that is no image.
    """
    images = np.stack([_read(Path(path), shape, invert) for path in paths])
    return 1 - images if invert else images


def _read(path: Path, shape: tuple[int, int, int], invert: bool) -> np.ndarray:
    channels, height, width = shape
    if channels not in (1, 3):
        raise ValueError(
            f"the network reads {channels} channels: image files have 1, 3"
        )
    try:
        with Image.open(path) as image:
            bands = _opaque(image, 255 if invert else 0)
            bands = bands.convert("L" if channels == 1 else "RGB").split()
    except (UnidentifiedImageError, SyntaxError):
        raise ValueError(f"{path} is no image") from None
    except (OSError, Image.DecompressionBombError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ValueError(f"{path} cannot be read: {reason}") from None
    # as 32-bit floats, for 8 bits would be rounded in between
    resized = [
        band.convert("F").resize((width, height), Image.BILINEAR) for band in bands
    ]
    return np.stack([np.asarray(band, np.float32) / 255 for band in resized])


def _opaque(image: Image.Image, background: int) -> Image.Image:
    """An image of 8 bits without transparency, on a grey background."""
    if image.mode.startswith(("I", "F")):  # 16 bits, which Pillow would cut off at 255
        pixels = np.asarray(image, np.float64)
        scaled = pixels * (255 / max(pixels.max(), 1))
        return Image.fromarray(scaled.astype(np.uint8))
    if "A" not in image.getbands() and "transparency" not in image.info:
        return image
    behind = Image.new("RGBA", image.size, (background,) * 3 + (255,))
    return Image.alpha_composite(behind, image.convert("RGBA"))
