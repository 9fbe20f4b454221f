"""An exported network, run in whatever format it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gluon_nets.checks import check_count
from gluon_nets.export import mxnet_formats, onnx_format
from gluon_nets.export.manifest import ExportError, Manifest


class Exported:
    """An exported network, ready to be run.

    Attributes
    ----------
    manifest : Manifest
    """

    def __init__(self, manifest: Manifest, run):
        self.manifest, self._run = manifest, run

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Logits, (N, classes), of images, float32 (N, C, H, W) from 0 to 1.

        Raises
        ------
        ValueError
            Where the images are of another shape than the network's, or there are none.
        """
        images = np.asarray(images, np.float32)
        if images.shape[1:] != self.manifest.input_shape or not len(images):
            raise ValueError(
                f"images of shape {images.shape} do not fit: the network reads "
                f"(N, {', '.join(map(str, self.manifest.input_shape))}), N from 1 on"
            )
        logits = self._run(images)
        if logits.shape != (len(images), len(self.manifest.class_names)):
            raise ExportError(
                f"{len(self.manifest.class_names)} class names do not fit the "
                f"network's outputs, {logits.shape}"
            )
        return logits

    def predict(self, images: np.ndarray, top: int = 3) -> list[list[tuple]]:
        """The most probable classes of each image, (name, probability) each.

        Raises
        ------
        ValueError
            Where `top` is below 1, the images do not fit, or an output is no number.
        """
        check_count("top", top)
        logits = self(images).astype(np.float64)
        highest = logits.max(axis=1, keepdims=True)
        odd = np.flatnonzero(~np.isfinite(highest))  # NaN is the highest of all
        if odd.size:
            raise ExportError(
                f"the network's outputs for image {odd[0]} reach {highest[odd[0], 0]}: "
                "its parameters, or the image, are not finite"
            )
        powers = np.exp(logits - highest)
        shares = powers / powers.sum(axis=1, keepdims=True)
        best = np.argsort(-shares, axis=1, kind="stable")[:, :top]
        names = self.manifest.class_names
        return [
            [(names[index], float(row[index])) for index in order]
            for row, order in zip(shares, best)
        ]


def load_export(folder: str | Path) -> Exported:
    """Load an exported network of any format.

    Raises
    ------
    ExportError
        Where files are missing, altered or do not fit each other; names the file.
    """
    folder = Path(folder)
    manifest = Manifest.read(folder)
    library = onnx_format if manifest.format == "onnx" else mxnet_formats
    return Exported(manifest, library.load(folder, manifest))
