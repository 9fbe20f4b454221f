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

from gluon_nets.export.legacy import inference_json, parameters_of, portable_json
from gluon_nets.layers import has_onednn

SYMBOL, PARAMS = "symbol.json", "parameters.params"


def write_symbol(net, folder: Path) -> None:
    """The graph as it is, to be trained on or run by MXNet anywhere."""
    _write(folder, portable_json(net), parameters_of(net))


def write_fused(net, folder: Path) -> None:
    """The graph for inference; oneDNN fuses it when it is loaded."""
    _write(folder, inference_json(net), parameters_of(net))


def write_int8(net, folder: Path, images: onp.ndarray, batch: int = 32) -> None:
    """The graph with 8-bit convolutions, calibrated on images, float32 (N, C, H, W).

    The range of each layer's outputs is that which these images reach; the weights
    have a scale for each channel.
    """
    text, parameters = inference_json(net), parameters_of(net)

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
                calib_data=mx.io.NDArrayIter(images, batch_size=batch),
            )
        quantized.hybridize(static_alloc=True, static_shape=True)
        quantized(mx.nd.array(images[:batch])).wait_to_read()
        quantized.export(str(folder / "int8"), epoch=0)
        (folder / "int8-symbol.json").replace(folder / SYMBOL)
        (folder / "int8-0000.params").replace(folder / PARAMS)

    _in_a_thread(quantize)


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


def load(folder: Path, fuse: bool) -> Callable:
    """A function from float32 images, (N, C, H, W), to logits, (N, classes)."""
    convolves = '"Convolution"' in (folder / SYMBOL).read_text("utf-8")
    fuse = fuse and convolves and has_onednn()  # it fuses what follows convolutions

    @functools.lru_cache(maxsize=8)
    def block(shape):
        """One for each size of batch: oneDNN's fused operators keep their first."""
        net = _block(folder)
        static = {"static_alloc": True, "static_shape": True}
        if fuse:
            net.optimize_for(np.zeros(shape), backend="MKLDNN", **static)
        else:
            net.hybridize(**static)
        return net

    def run(images: onp.ndarray) -> onp.ndarray:
        npx.set_np()  # MXNet's switch is each thread's own
        with autograd.predict_mode():
            return block(images.shape)(np.array(images, dtype="float32")).asnumpy()

    return run


def _block(folder: Path) -> gluon.SymbolBlock:
    """The block of what `_write` wrote, for arrays of the kind that this thread uses.

    As ``SymbolBlock.imports``, which warns that it does not know the images' type.
    """
    symbol = mx.sym.load_json((folder / SYMBOL).read_text("utf-8"))
    images = mx.sym.var("data", dtype="float32")
    if npx.is_np_array():
        symbol, images = symbol.as_np_ndarray(), images.as_np_ndarray()
    net = gluon.SymbolBlock(symbol, [images])
    net.collect_params().load(
        str(folder / PARAMS), mx.cpu(), cast_dtype=True, dtype_source="saved"
    )
    return net


def _write(folder: Path, text: str, parameters: dict) -> None:
    """Write graph and parameters; only those that the graph reads."""
    nodes = json.loads(text)["nodes"]
    read = [n["name"] for n in nodes if n["op"] == "null" and n["name"] != "data"]
    aux = set(mx.sym.load_json(text).list_auxiliary_states())
    arrays = {
        f"{'aux' if name in aux else 'arg'}:{name}": parameters[name].as_nd_ndarray()
        for name in read
    }
    (folder / SYMBOL).write_text(text, "utf-8")
    mx.nd.save(str(folder / PARAMS), arrays)
