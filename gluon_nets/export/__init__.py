"""Networks for use elsewhere: four formats, each with a note on how to feed it."""

from __future__ import annotations

from pathlib import Path
from typing import Sequence

import mxnet as mx
import numpy as np
from mxnet import autograd, npx

from gluon_nets import __version__
from gluon_nets.checks import check_choice
from gluon_nets.export import mxnet_formats, onnx_format
from gluon_nets.export.exported import Exported, load_export
from gluon_nets.export.images import how_to_feed, read_images
from gluon_nets.export.int8 import write_int8
from gluon_nets.export.manifest import (
    FORMATS,
    ExportError,
    Manifest,
    check_figures,
    image_shape,
    sha256,
)
from gluon_nets.export.place import check_free, replacing
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

    The same network gives the same files, byte for byte: parameters and operators are
    named by their places in it.

    Parameters
    ----------
    net : HybridBlock
        Initialized; its parameters are float32.
    folder : path
        Is made; an export that is there already is replaced, when the new one is whole.
        Where there is any other file beside it, nothing is touched.
    format : {'symbol', 'onnx', 'fused', 'int8'}
        'symbol': MXNet's symbol and parameters, for ``SymbolBlock.imports`` under
        ``npx.set_np()``; 'onnx'; 'fused': the graph for inference, which oneDNN fuses
        on loading; 'int8': the same with 8-bit convolutions (of the grouped ones those
        of which `equalize` can do); their parameters stay float32 in the file and are
        rounded at the first run.
    input_shape : (C, H, W)
        Of one image.
    class_names : sequence of str
        What the outputs stand for.
    calibration : numpy.ndarray, optional
        Training images, float32 (N, C, H, W), that 'int8' takes its ranges from.
    accuracy : dict, optional
        Measured figures to note down, and what they were measured on.

    Returns
    -------
    Manifest

    Raises
    ------
    ValueError
        Where the format is unknown, network, shape, classes and calibration do not fit
        each other, or the folder holds something else.
    OSError
        Names the folder where nothing can be written.
    """
    check_choice("format", format, FORMATS)
    npx.set_np()  # MXNet's switch is each thread's own
    shape = image_shape(input_shape)
    _check_classes(net, shape, class_names)
    _check_types(net)
    check_figures(accuracy or {})
    if format == "int8":
        calibration = _checked(calibration, shape)
    check_free(folder)
    _finish_initialization(net, shape)
    with replacing(folder) as new:
        _write(net, new, format, shape, calibration)
        manifest = Manifest(
            format=format,
            net=name_of(net),
            input_shape=shape,
            class_names=tuple(class_names),
            preprocessing=how_to_feed(shape, class_names),
            files={path.name: sha256(path) for path in sorted(new.iterdir())},
            accuracy=dict(accuracy or {}),
            versions={"gluon_nets": __version__, "mxnet": mx.__version__},
        )
        manifest.write(new)
    return manifest


def _check_classes(net, shape, class_names) -> None:
    names = () if isinstance(class_names, str) else tuple(class_names)
    if not names or not all(isinstance(name, str) for name in names):
        raise ValueError(f"class_names is {class_names!r}: it must be strings")
    _, *outputs = check_input(net, (1, *shape))
    if outputs != [len(names)]:
        found = ", ".join(map(str, outputs))
        raise ValueError(f"{len(names)} class names do not fit {found} outputs")


def _check_types(net) -> None:
    """Raise unless the floats are of 32 bits, as graphs and images are taken to be."""
    for place, parameter in net._collect_params_with_prefix().items():
        kind = np.dtype(parameter.dtype)
        if kind.kind == "f" and kind != np.float32:
            raise ValueError(
                f"{place} is {kind}: an export holds float32, as net.cast('float32') "
                "makes it"
            )


def _checked(calibration, shape) -> np.ndarray:
    """Calibration images as float32."""
    if calibration is None:
        raise ValueError("int8 needs calibration: training images to take ranges from")
    images = np.asarray(calibration, np.float32)
    if images.shape[1:] != shape or not len(images):
        raise ValueError(
            f"calibration is of shape {images.shape}: what fits is "
            f"(N, {', '.join(map(str, shape))}), N from 1 on"
        )
    if not np.isfinite(images).all():
        raise ValueError(
            "calibration has numbers that are not finite: pixels are 0 to 1"
        )
    return images


def _write(net, folder: Path, format: str, shape, calibration) -> None:
    mx.nd.waitall()  # or statistics of the last step may be missing
    if format == "symbol":
        mxnet_formats.write_symbol(net, folder)
    elif format == "fused":
        mxnet_formats.write_fused(net, folder)
    elif format == "int8":
        write_int8(net, folder, calibration)
    else:
        onnx_format.write_onnx(net, folder, shape)


def _finish_initialization(net, shape) -> None:
    """Let a network that has seen no batch see one: its shapes are known then."""
    if any(p._deferred_init for p in net.collect_params().values()):
        with autograd.predict_mode():
            net(mx.np.zeros((1, *shape))).wait_to_read()
