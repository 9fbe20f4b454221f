"""The format int8: MXNet's quantization, and what it needs to be right and fast."""

from __future__ import annotations

import json
import threading
import warnings
from pathlib import Path
from typing import Callable, Collection

import mxnet as mx
import numpy as onp
from mxnet import np, npx

from gluon_nets.export.equalize import equalized
from gluon_nets.export.legacy import inference_json
from gluon_nets.export.manifest import PARAMS, SYMBOL
from gluon_nets.export.mxnet_formats import read_block, read_symbol, write_graph
from gluon_nets.export.names import by_place
from gluon_nets.export.ranges import fit_signed_sums


def write_int8(net, folder: Path, images: onp.ndarray, batch: int = 32) -> None:
    """The graph with 8-bit convolutions, calibrated on images, float32 (N, C, H, W).

    The range of each layer's outputs is that which these images reach. The parameters
    stay 32-bit floats, for oneDNN's fused operators take no others: they fold BatchNorm
    into the weights and round these, with a scale for each channel, at the first run.
    Grouped convolutions are prepared for it by `equalized`; those that cannot be stay
    in 32 bits.
    """
    text, parameters = by_place(inference_json(net), net)
    parameters, left = equalized(text, parameters)
    # by way of NumPy's: mx.nd.array asks SciPy for its matrices under a former name
    data = np.array(images, dtype="float32").as_nd_ndarray()

    def quantize():
        from mxnet.contrib.quantization import quantize_net_v2

        # quantization knows no NumPy arrays, but shapes of theirs are in the graph;
        # the two switches are each thread's own
        npx.set_np(shape=True, array=False)
        write_graph(folder, text, parameters)
        plain = read_block(folder)
        with warnings.catch_warnings():
            # it loads its own result without saying what type the images are
            warnings.filterwarnings("ignore", ".*Cannot decide type")
            quantized = quantize_net_v2(
                plain,
                quantize_mode="smart",
                quantize_granularity="channel-wise",
                calib_mode="naive",
                exclude_layers=_fused_names(read_symbol(folder), left),
                calib_data=mx.io.NDArrayIter(data, batch_size=batch),
            )
        quantized.hybridize(static_alloc=True, static_shape=True)
        quantized(data[:batch]).wait_to_read()
        quantized.export(str(folder / "int8"), epoch=0)
        graph = folder / "int8-symbol.json"
        (folder / SYMBOL).write_text(fit_signed_sums(graph.read_text("utf-8")), "utf-8")
        graph.unlink()
        (folder / "int8-0000.params").replace(folder / PARAMS)

    _in_a_thread(quantize)


def _fused_names(symbol: mx.sym.Symbol, convs: Collection[str]) -> list[str]:
    """Names that the fused operators with some convolutions get."""
    fused = json.loads(symbol.get_backend_symbol("MKLDNN_QUANTIZE").tojson())
    return [
        node["name"]
        for node in fused["nodes"]
        for graph in node.get("subgraphs", [])
        if any(inner["name"] in convs for inner in graph["nodes"])
    ]


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
