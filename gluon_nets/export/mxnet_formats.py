"""The formats that MXNet itself runs: symbol, fused and int8."""

from __future__ import annotations

import functools
import json
import threading
from pathlib import Path
from typing import Callable

import mxnet as mx
import numpy as onp
from mxnet import autograd, gluon, np, npx

from gluon_nets.export.legacy import inference_json, portable_json
from gluon_nets.export.manifest import (
    NAME,
    PARAMS,
    SYMBOL,
    ExportError,
    Manifest,
    names_file,
)
from gluon_nets.export.names import INPUT, by_place
from gluon_nets.export.tailor import tailored
from gluon_nets.formulation import has_onednn
from gluon_nets.graph import Shape, output_shape


def write_symbol(net, folder: Path) -> None:
    """The graph as it is, to be trained on or run by MXNet anywhere."""
    write_graph(folder, *by_place(portable_json(net), net))


def write_fused(net, folder: Path) -> None:
    """The graph for inference; oneDNN fuses it when it is loaded."""
    write_graph(folder, *by_place(inference_json(net), net))


def load(folder: Path, manifest: Manifest) -> Callable:
    """A function from float32 images, (N, C, H, W), to logits, (N, classes).

    Raises
    ------
    ExportError
        Where graph, parameters and manifest do not fit each other.
    """
    npx.set_np()  # MXNet's switch is each thread's own
    _check_shapes(folder, manifest)
    read_block(folder)  # tells at once whether the parameters are the graph's
    convolves = '"Convolution"' in (folder / SYMBOL).read_text("utf-8")
    # it fuses what follows convolutions
    fuse = manifest.format == "fused" and convolves and has_onednn()

    alone = threading.Lock()  # for the place that the images are copied to

    @functools.lru_cache(maxsize=8)
    def block(shape):
        """One for each size of batch: oneDNN's fused operators keep their first.

        With it the array that it reads: a new one in each call would cost a batch of
        one image a third of its time.
        """
        net = read_block(folder, shape if has_onednn() else None, fuse)
        net.hybridize(static_alloc=True, static_shape=True)
        return net, np.zeros(shape)

    def run(images: onp.ndarray) -> onp.ndarray:
        npx.set_np()
        with alone, names_file(folder / SYMBOL), autograd.predict_mode():
            net, place = block(images.shape)
            place._sync_copyfrom(images)
            return net(place).asnumpy()

    return run


def _check_shapes(folder: Path, manifest: Manifest) -> None:
    """Raise unless images of the manifest's shape give one number for each class."""
    with names_file(folder / SYMBOL):
        symbol = read_symbol(folder)
        found = output_shape(symbol, (1, *manifest.input_shape))
    if found != (1, len(manifest.class_names)):
        raise ExportError(
            f"{folder / NAME} cannot be used: {len(manifest.class_names)} class_names "
            f"do not fit outputs of shape {found}"
        )


def read_block(
    folder: Path, shape: Shape | None = None, fuse: bool = False
) -> gluon.SymbolBlock:
    """The block of what `write_graph` wrote, for arrays of this thread's kind.

    As ``SymbolBlock.imports``, which warns that it does not know the images' type; and
    `tailored` to a shape of images, where there is one, and fused by oneDNN. (A block's
    own ``optimize_for`` mixes up parameters whose order fusing changes.)
    """
    with names_file(folder / SYMBOL):
        text = read_symbol(folder).tojson()
    with names_file(folder / PARAMS):
        arrays = mx.nd.load(str(folder / PARAMS))
        if shape:
            text, arrays = tailored(text, arrays, shape)
    with names_file(folder / SYMBOL):
        symbol, images = mx.sym.load_json(text), mx.sym.var(INPUT, dtype="float32")
        if fuse:
            symbol = symbol.get_backend_symbol("MKLDNN")
        if npx.is_np_array():
            symbol, images = symbol.as_np_ndarray(), images.as_np_ndarray()
        net = gluon.SymbolBlock(symbol, [images])
    with names_file(folder / PARAMS):
        net.collect_params().load_dict(
            arrays, mx.cpu(), cast_dtype=True, dtype_source="saved"
        )
    return net


def read_symbol(folder: Path) -> mx.sym.Symbol:
    text = (folder / SYMBOL).read_text("utf-8")
    json.loads(text)  # MXNet's own reader reads on where a text is cut off
    return mx.sym.load_json(text)


def write_graph(folder: Path, text: str, parameters: dict) -> None:
    """Write graph and parameters; only those that the graph reads."""
    nodes = json.loads(text)["nodes"]
    read = [n["name"] for n in nodes if n["op"] == "null" and n["name"] != INPUT]
    aux = set(mx.sym.load_json(text).list_auxiliary_states())
    arrays = {
        f"{'aux' if name in aux else 'arg'}:{name}": parameters[name].as_nd_ndarray()
        for name in read
    }
    (folder / SYMBOL).write_text(text, "utf-8")
    mx.nd.save(str(folder / PARAMS), arrays)
