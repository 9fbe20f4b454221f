"""A split: images and labels that belong together."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from gluon_nets.data.order import validation_choice


@dataclass(frozen=True, eq=False)
class Split:
    """Labelled images in memory, as they are in the files.

    Parameters
    ----------
    name : str
        'train', 'validation' or 'test'.
    images : numpy.ndarray
        uint8, (N, side, side).
    labels : numpy.ndarray
        int32, (N,).
    """

    name: str
    images: np.ndarray = field(repr=False)
    labels: np.ndarray = field(repr=False)
    # device -> the split on that device, see batches.resident
    residents: dict = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        shape = self.images.shape
        if self.images.dtype != np.uint8 or len(shape) != 3 or shape[1] != shape[2]:
            raise ValueError(
                "images must be uint8 of shape (N, side, side), "
                f"not {self.images.dtype} of {shape}"
            )
        if self.labels.shape != shape[:1]:
            raise ValueError(
                f"{shape[0]} images need {shape[0]} labels in one dimension, "
                f"not {self.labels.shape}"
            )

    def __len__(self) -> int:
        return len(self.labels)

    def part(self, name: str, index: np.ndarray) -> Split:
        """Return the images chosen by `index` as a split of their own."""
        return Split(name, self.images[index], self.labels[index])


def hold_out(train: Split, validation: int | float, seed: int) -> tuple[Split, Split]:
    """Divide the training images by chance into a training and a validation split.

    Parameters
    ----------
    validation : int or float
        Number of validation images, or a fraction between 0 and 1.
    seed : int
        The same seed divides the same images in the same way.

    Raises
    ------
    ValueError
        No image would be left on one of the two sides.
    """
    n = len(train)
    count = round(validation * n) if isinstance(validation, float) else validation
    if not 1 <= count < n:
        raise ValueError(
            f"validation must be a number of images from 1 to {n - 1}, or the fraction "
            f"of {n} that gives such a number, not {validation}"
        )
    kept, held = validation_choice(n, count, seed)
    return train.part("train", kept), train.part("validation", held)
