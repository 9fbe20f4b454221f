"""A network's graph for inference, in operators that every tool of MXNet knows.

Exporters, graph fusion and quantization of MXNet 1.9.1 know the operators of before
NumPy arrays. Our networks use few others; here they are replaced, and what only
training needs is left out. The outputs stay the same.
"""

from __future__ import annotations

import json

from gluon_nets.export.rewrite import PREVIOUS, rewritten
from gluon_nets.graph import symbol_of

# NumPy's operators -> the same for arrays of before; the sums may broadcast
RENAMED = {
    "_npi_add": "broadcast_add",
    "_npi_subtract": "broadcast_sub",
    "_npi_multiply": "broadcast_mul",
    "_npi_true_divide": "broadcast_div",
}
FUSED_NORM = "_contrib_BatchNormWithReLU"


def portable_json(net) -> str:
    """The symbol's JSON without oneDNN's fused operator, which only a CPU knows."""
    return rewritten(symbol_of(net).tojson(), _split_norm)


def inference_json(net) -> str:
    """The JSON of the network's graph for inference, see above.

    Raises
    ------
    ValueError
        Where an operator remains that the tools do not know; names it.
    """
    text = rewritten(symbol_of(net).tojson(), _replace)
    unknown = {node["op"] for node in json.loads(text)["nodes"]}
    unknown = sorted(op for op in unknown if op.startswith(("_np", "_npx")))
    if unknown:
        raise ValueError(
            f"operators {', '.join(unknown)} are not known outside MXNet's np mode: "
            "the format 'symbol' can be exported"
        )
    return text


def _split_norm(node: dict) -> list[dict]:
    """BatchNorm with ReLU as the two."""
    if node["op"] != FUSED_NORM:
        return [node]
    return [{**node, "op": "BatchNorm"}, _relu(node["name"], PREVIOUS)]


def _relu(name: str, source: int) -> dict:
    return {
        "op": "Activation",
        "name": f"{name}_relu",
        "attrs": {"act_type": "relu"},
        "inputs": [[source, 0, 0]],
    }


def _replace(node: dict) -> list[dict]:
    """What takes a node's place in inference; nothing where it passes its input on."""
    op, attrs = node["op"], node["attrs"]
    if op == "Dropout" or _changes_nothing(op, attrs):
        return []
    if op == "_npx_relu":
        return [{**_relu(node["name"], 0), "inputs": node["inputs"]}]
    if op == "_npi_mean" and _is_global(attrs):
        return _global_pooling(node)
    if op in RENAMED:
        return [{**node, "op": RENAMED[op]}]
    return _split_norm(node)


def _changes_nothing(op: str, attrs: dict) -> bool:
    """The average over 1×1 pixels that serves the gradient's layout in training."""
    return (
        op == "Pooling"
        and attrs.get("pool_type") == "avg"
        and attrs.get("kernel") == "(1, 1)"
        and attrs.get("global_pool", "False") == "False"
        and attrs.get("stride", "()") in ("()", "(1, 1)")
    )


def _is_global(attrs: dict) -> bool:
    """Whether a mean is that over each feature map, without its axes."""
    flat = attrs.get("keepdims", "False") == "False"
    return flat and attrs.get("axis") == "(2, 3)"


def _global_pooling(node: dict) -> list[dict]:
    """The mean over a map as pooling, which oneDNN and others have a kernel for."""
    name = node["name"]
    pooling = {"pool_type": "avg", "global_pool": "True", "kernel": "(1, 1)"}
    return [
        {**node, "op": "Pooling", "name": f"{name}_pool", "attrs": pooling},
        {
            "op": "Flatten",
            "name": name,
            "attrs": {},
            "inputs": [[PREVIOUS, 0, 0]],
        },
    ]
