"""The formats that MXNet itself runs: symbol, fused and int8."""

from __future__ import annotations

import functools
import json
import threading
import warnings
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
from gluon_nets.graph import output_shape
from gluon_nets.layers import has_onednn


def write_symbol(net, folder: Path) -> None:
    """The graph as it is, to be trained on or run by MXNet anywhere."""
    _write(folder, *by_place(portable_json(net), net))


def write_fused(net, folder: Path) -> None:
    """The graph for inference; oneDNN fuses it when it is loaded."""
    _write(folder, *by_place(inference_json(net), net))


def write_int8(net, folder: Path, images: onp.ndarray, batch: int = 32) -> None:
    """The graph with 8-bit convolutions, calibrated on images, float32 (N, C, H, W).

    The range of each layer's outputs is that which these images reach. The parameters
    stay 32-bit floats, for oneDNN's fused operators take no others: they fold BatchNorm
    into the weights and round these, with a scale for each channel, at the first run.
    Grouped convolutions stay in 32 bits, see `_grouped`.
    """
    text, parameters = by_place(inference_json(net), net)
    # by way of NumPy's: mx.nd.array asks SciPy for its matrices under a former name
    data = np.array(images, dtype="float32").as_nd_ndarray()

    def quantize():
        from mxnet.contrib.quantization import quantize_net_v2

        # quantization knows no NumPy arrays, but shapes of theirs are in the graph;
        # the two switches are each thread's own
        npx.set_np(shape=True, array=False)
        _write(folder, text, parameters)
        plain = _block(folder)
        with warnings.catch_warnings():
            # it loads its own result without saying what type the images are
            warnings.filterwarnings("ignore", ".*Cannot decide type")
            quantized = quantize_net_v2(
                plain,
                quantize_mode="smart",
                quantize_granularity="channel-wise",
                calib_mode="naive",
                exclude_layers=_grouped(_symbol(folder)),
                calib_data=mx.io.NDArrayIter(data, batch_size=batch),
            )
        quantized.hybridize(static_alloc=True, static_shape=True)
        quantized(data[:batch]).wait_to_read()
        quantized.export(str(folder / "int8"), epoch=0)
        (folder / "int8-symbol.json").replace(folder / SYMBOL)
        (folder / "int8-0000.params").replace(folder / PARAMS)

    _in_a_thread(quantize)


def _grouped(symbol: mx.sym.Symbol) -> list[str]:
    """Names that the fused operators with a grouped convolution get.

    On a processor without VNNI oneDNN's 8-bit kernel for them adds products up in 16
    bits, and overflows: outputs are off by some 20 % of their spread in place of 1 %,
    and `regnetx32` loses 2.2 points of accuracy on Fashion-MNIST in place of 0.1.
    """
    fused = json.loads(symbol.get_backend_symbol("MKLDNN_QUANTIZE").tojson())
    return [node["name"] for node in fused["nodes"] if _has_groups(node)]


def _has_groups(node: dict) -> bool:
    inner = [n for graph in node.get("subgraphs", []) for n in graph["nodes"]]
    return any(int(n.get("attrs", {}).get("num_group", 1)) > 1 for n in inner)


def _in_a_thread(work: Callable) -> None:
    """Run in a thread of its own; what it raises is raised here."""
    failed: list[BaseException] = []

    def run():
        try:
            work()
        except BaseException as error:  # handed on below
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]


def load(folder: Path, manifest: Manifest) -> Callable:
    """A function from float32 images, (N, C, H, W), to logits, (N, classes).

    Raises
    ------
    ExportError
        Where graph, parameters and manifest do not fit each other.
    """
    npx.set_np()  # MXNet's switch is each thread's own
    _check_shapes(folder, manifest)
    spare = [_block(folder)]  # tells at once whether the parameters are the graph's
    convolves = '"Convolution"' in (folder / SYMBOL).read_text("utf-8")
    # it fuses what follows convolutions
    fuse = manifest.format == "fused" and convolves and has_onednn()

    @functools.lru_cache(maxsize=8)
    def block(shape):
        """One for each size of batch: oneDNN's fused operators keep their first."""
        net = spare.pop() if spare else _block(folder)
        static = {"static_alloc": True, "static_shape": True}
        if fuse:
            net.optimize_for(np.zeros(shape), backend="MKLDNN", **static)
        else:
            net.hybridize(**static)
        return net

    def run(images: onp.ndarray) -> onp.ndarray:
        npx.set_np()
        with names_file(folder / SYMBOL), autograd.predict_mode():
            return block(images.shape)(np.array(images, dtype="float32")).asnumpy()

    return run


def _check_shapes(folder: Path, manifest: Manifest) -> None:
    """Raise unless images of the manifest's shape give one number for each class."""
    with names_file(folder / SYMBOL):
        symbol = _symbol(folder)
        found = output_shape(symbol, (1, *manifest.input_shape))
    if found != (1, len(manifest.class_names)):
        raise ExportError(
            f"{folder / NAME} cannot be used: {len(manifest.class_names)} class_names "
            f"do not fit outputs of shape {found}"
        )


def _block(folder: Path) -> gluon.SymbolBlock:
    """The block of what `_write` wrote, for arrays of the kind that this thread uses.

    As ``SymbolBlock.imports``, which warns that it does not know the images' type.
    """
    with names_file(folder / SYMBOL):
        symbol, images = _symbol(folder), mx.sym.var(INPUT, dtype="float32")
        if npx.is_np_array():
            symbol, images = symbol.as_np_ndarray(), images.as_np_ndarray()
        net = gluon.SymbolBlock(symbol, [images])
    with names_file(folder / PARAMS):
        net.collect_params().load(
            str(folder / PARAMS), mx.cpu(), cast_dtype=True, dtype_source="saved"
        )
    return net


def _symbol(folder: Path) -> mx.sym.Symbol:
    text = (folder / SYMBOL).read_text("utf-8")
    json.loads(text)  # MXNet's own reader reads on where a text is cut off
    return mx.sym.load_json(text)


def _write(folder: Path, text: str, parameters: dict) -> None:
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
