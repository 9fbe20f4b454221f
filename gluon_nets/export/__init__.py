"""Networks for use elsewhere: four formats, each with a note on how to feed it."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Sequence

import mxnet as mx
import numpy as np
from mxnet import autograd, npx

from gluon_nets import __version__
from gluon_nets.checks import check_choice
from gluon_nets.export import mxnet_formats, onnx_format
from gluon_nets.export.images import read_images
from gluon_nets.export.manifest import (
    FORMATS,
    NAME,
    ExportError,
    Manifest,
    grey_images,
    sha256,
)
from gluon_nets.graph import check_input, name_of

__all__ = [
    "FORMATS",
    "ExportError",
    "Exported",
    "Manifest",
    "export_net",
    "load_export",
    "read_images",
]


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
            Where the images are of another shape than the network's.
        """
        images = np.asarray(images, np.float32)
        if images.shape[1:] != self.manifest.input_shape:
            raise ValueError(
                f"images of shape {images.shape} do not fit: the network reads "
                f"(N, {', '.join(map(str, self.manifest.input_shape))})"
            )
        return self._run(images)

    def predict(self, images: np.ndarray, top: int = 3) -> list[list[tuple]]:
        """The most probable classes of each image, (name, probability) each."""
        logits = self(images).astype(np.float64)
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares = powers / powers.sum(axis=1, keepdims=True)
        best = np.argsort(-shares, axis=1, kind="stable")[:, :top]
        names = self.manifest.class_names
        return [
            [(names[index], float(row[index])) for index in order]
            for row, order in zip(shares, best)
        ]


def export_net(
    net,
    folder: str | Path,
    format: str = "symbol",
    *,
    input_shape: Sequence[int],
    class_names: Sequence[str],
    calibration: np.ndarray | None = None,
    accuracy: dict | None = None,
) -> Manifest:
    """Write a network in a format into a folder.

    Parameters
    ----------
    net : HybridBlock
        Initialized.
    folder : path
        Is made; an export that is there already is replaced, when the new one is whole.
    format : {'symbol', 'onnx', 'fused', 'int8'}
        'symbol': MXNet's symbol and parameters, for ``SymbolBlock.imports`` under
        ``npx.set_np()``; 'onnx'; 'fused': the graph for inference, which oneDNN fuses
        on loading; 'int8': the same with 8-bit convolutions.
    input_shape : (C, H, W)
        Of one image.
    class_names : sequence of str
        What the outputs stand for.
    calibration : numpy.ndarray, optional
        Training images, float32 (N, C, H, W), that 'int8' takes its ranges from.
    accuracy : dict, optional
        Measured figures to note down.

    Returns
    -------
    Manifest

    Raises
    ------
    ValueError
        Where the format is unknown, or network, shape and classes do not fit.
    """
    check_choice("format", format, FORMATS)
    npx.set_np()  # MXNet's switch is each thread's own
    shape = tuple(int(side) for side in input_shape)
    outputs = check_input(net, (1, *shape))[-1]
    if outputs != len(class_names):
        raise ValueError(f"{len(class_names)} class names do not fit {outputs} outputs")
    if format == "int8" and calibration is None:
        raise ValueError("int8 needs calibration: training images to take ranges from")
    folder = _free(Path(folder))
    _finish_initialization(net, shape)
    with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
        new = Path(temporary) / "new"
        new.mkdir()
        _write(net, new, format, shape, calibration)
        manifest = Manifest(
            format=format,
            net=name_of(net),
            input_shape=shape,
            class_names=tuple(class_names),
            preprocessing=grey_images(shape[1]),
            files={path.name: sha256(path) for path in sorted(new.iterdir())},
            accuracy=dict(accuracy or {}),
            versions={"gluon_nets": __version__, "mxnet": mx.__version__},
        )
        manifest.write(new)
        _take_the_place(new, folder)
    return manifest


def _write(net, folder: Path, format: str, shape, calibration) -> None:
    mx.nd.waitall()  # or statistics of the last step may be missing
    if format == "symbol":
        mxnet_formats.write_symbol(net, folder)
    elif format == "fused":
        mxnet_formats.write_fused(net, folder)
    elif format == "int8":
        mxnet_formats.write_int8(net, folder, np.asarray(calibration, np.float32))
    else:
        onnx_format.write_onnx(net, folder, shape)


def _finish_initialization(net, shape) -> None:
    """Let a network that has seen no batch see one: its shapes are known then."""
    if any(p._deferred_init for p in net.collect_params().values()):
        with autograd.predict_mode():
            net(mx.np.zeros((1, *shape))).wait_to_read()


def _free(folder: Path) -> Path:
    """Return a place for an export: where nothing is, or an older export alone.

    Raises
    ------
    ValueError
        Where something else is.
    """
    empty = folder.is_dir() and not folder.is_symlink() and not any(folder.iterdir())
    export = folder.is_dir() and not folder.is_symlink() and (folder / NAME).is_file()
    if folder.exists() and not empty and not export:
        raise ValueError(f"{folder} holds something else than an export")
    folder.parent.mkdir(parents=True, exist_ok=True)
    return folder


def _take_the_place(new: Path, folder: Path) -> None:
    """Move a folder to where an older export may be."""
    if _free(folder).exists():
        shutil.rmtree(folder)
    new.rename(folder)


def load_export(folder: str | Path) -> Exported:
    """Load an exported network of any format.

    Raises
    ------
    ExportError
        Where files are missing or altered.
    """
    folder = Path(folder)
    manifest = Manifest.read(folder)
    if manifest.format == "onnx":
        return Exported(manifest, onnx_format.load(folder))
    fuse = manifest.format == "fused"
    return Exported(manifest, mxnet_formats.load(folder, fuse))
