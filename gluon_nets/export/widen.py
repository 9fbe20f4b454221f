"""Narrow groups of a loaded graph, merged into groups of whole blocks."""

from __future__ import annotations

import json
from typing import Mapping

import mxnet as mx

from gluon_nets.grouped import block_diagonal, merged_groups


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
        narrow = weight.as_np_ndarray()
        wide = block_diagonal(mx, narrow, narrow.shape, groups, merged)
        arrays[key] = wide.as_nd_ndarray()
    return json.dumps(graph), arrays
