"""ONNX: a network for onnxruntime and others."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Callable

import mxnet as mx
import numpy as onp

from gluon_nets.export.legacy import inference_json
from gluon_nets.export.manifest import MODEL, NAME, ExportError, Manifest, names_file
from gluon_nets.export.names import by_place


def write_onnx(net, folder: Path, shape: tuple[int, int, int]) -> None:
    """Write model.onnx: batches of any size of images of a shape (C, H, W).

    MXNet's exporter lists the parameters among the inputs, which keeps a runtime from
    folding them into the operators: they are taken off that list.

    Raises
    ------
    ValueError
        Where the extra `onnx` is not installed, or an operator cannot be converted.
    """
    onnx = _import("onnx")
    from mxnet.onnx import export_model

    _know_layer_norm(onnx)
    text, arrays = by_place(inference_json(net), net)
    symbol = mx.sym.load_json(text)
    parameters = {name: value.as_nd_ndarray() for name, value in arrays.items()}
    path = folder / MODEL
    refusals = (
        AttributeError,
        NotImplementedError,
        onnx.checker.ValidationError,
        onnx.shape_inference.InferenceError,
    )
    try:
        with warnings.catch_warnings():
            # the exporter asks onnx for types by the former names
            warnings.simplefilter("ignore", DeprecationWarning)
            export_model(
                symbol,
                parameters,
                [(1, *shape)],
                onp.float32,
                str(path),
                dynamic=True,
                dynamic_input_shapes=[("N", *shape)],
            )
        model = onnx.load(str(path))
        constants = {tensor.name for tensor in model.graph.initializer}
        inputs = [value for value in model.graph.input if value.name not in constants]
        del model.graph.input[:]
        model.graph.input.extend(inputs)
        onnx.checker.check_model(model, full_check=True)
        onnx.save(model, str(path))
    except refusals as error:
        raise ValueError(f"the network cannot be converted to ONNX: {error}") from None


def _know_layer_norm(onnx) -> None:
    """Teach MXNet's exporter LayerNorm as ONNX has it since its operator set 17.

    It writes it out with ReduceMean as that was before set 18, which the sets of the
    pinned onnx refuse.
    """
    from mxnet.onnx.mx2onnx._export_onnx import MXNetGraph

    @MXNetGraph.register("LayerNorm", opset_version=17)
    def convert(node, **kwargs):
        attrs, name = node.get("attrs", {}), node["name"]
        if int(attrs.get("axis", -1)) != -1:
            raise NotImplementedError("LayerNorm over another axis than the last")
        outputs = kwargs["outputs_lookup"]
        inputs = [outputs[source][place].name for source, place, *_ in node["inputs"]]
        epsilon = float(attrs.get("eps", 1e-5))
        return [
            onnx.helper.make_node(
                "LayerNormalization", inputs, [name], name=name, epsilon=epsilon
            )
        ]


def load(folder: Path, manifest: Manifest) -> Callable:
    """A function from float32 images, (N, C, H, W), to logits, (N, classes).

    Raises
    ------
    ExportError
        Where the model cannot be run, or does not fit the manifest.
    """
    runtime, path = _import("onnxruntime"), folder / MODEL
    with names_file(path):
        session = runtime.InferenceSession(
            str(path), providers=["CPUExecutionProvider"]
        )
    _check_shapes(session, manifest, folder)
    name = session.get_inputs()[0].name

    def run(images: onp.ndarray) -> onp.ndarray:
        with names_file(path):
            return session.run(None, {name: onp.asarray(images, onp.float32)})[0]

    return run


def _check_shapes(session, manifest: Manifest, folder: Path) -> None:
    """Raise unless images of the manifest's shape give one number for each class."""
    inputs = [list(value.shape[1:]) for value in session.get_inputs()]
    outputs = [list(value.shape[1:]) for value in session.get_outputs()]
    if inputs != [list(manifest.input_shape)]:
        raise ExportError(
            f"{folder / NAME} cannot be used: input_shape {manifest.input_shape} does "
            f"not fit {MODEL}, which reads {inputs}"
        )
    if outputs != [[len(manifest.class_names)]]:
        raise ExportError(
            f"{folder / NAME} cannot be used: {len(manifest.class_names)} class_names "
            f"do not fit {MODEL}, which gives {outputs}"
        )


def _import(name: str):
    try:
        return __import__(name)
    except ImportError as error:
        raise ValueError(
            f"{name} is not installed ({error}): pip install 'gluon-nets[onnx]'"
        ) from None
