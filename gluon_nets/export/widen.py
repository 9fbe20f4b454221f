"""Narrow groups of a loaded graph, merged into groups of whole blocks."""

from __future__ import annotations

import json
from typing import Mapping

import mxnet as mx
import numpy as onp

from gluon_nets.grouped import merged_groups


def widened(text: str, arrays: Mapping) -> tuple[str, dict]:
    """A graph and its parameters with the wide groups that `grouped` computes.

    On loading, for the width depends on the processor; the files have the textbook's
    groups.

    Parameters
    ----------
    text : str
        The graph as MXNet's JSON.
    arrays : mapping
        The parameters by name, which 'arg:' precedes.
    """
    graph, arrays = json.loads(text), dict(arrays)
    for node in graph["nodes"]:
        groups = int(node.get("attrs", {}).get("num_group", 1))
        if node["op"] != "Convolution" or groups == 1:
            continue
        key = "arg:" + graph["nodes"][node["inputs"][1][0]]["name"]
        weight = arrays.get(key)
        if weight is None or weight.shape[0] % groups:  # loading will say so
            continue
        merged = merged_groups(weight.shape[1] * groups, weight.shape[0], groups)
        node["attrs"]["num_group"] = str(groups // merged)
        wide = block_diagonal(weight.asnumpy(), groups, merged)
        arrays[key] = mx.nd.array(wide, dtype=wide.dtype)
    return json.dumps(graph), arrays


def block_diagonal(weight: onp.ndarray, groups: int, merged: int) -> onp.ndarray:
    """Weights (O, I, k, k) of narrow groups as (O, I · merged, k, k) of wide ones."""
    outputs, inputs, *kernel = weight.shape
    rows = weight.reshape(groups // merged, merged, outputs // groups, inputs, *kernel)
    wide = onp.zeros((*rows.shape[:3], merged, *rows.shape[3:]), weight.dtype)
    for place in range(merged):
        wide[:, place, :, place] = rows[:, place]
    return wide.reshape(outputs, merged * inputs, *kernel)
