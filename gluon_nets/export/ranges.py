"""Ranges of 8-bit sums that are written over a signed shortcut."""

from __future__ import annotations

import json

# where 255 stands for the largest number, with twice the range it is 127
TWICE = 255 / 127


def fit_signed_sums(text: str) -> str:
    """A quantized graph whose sums behind a ReLU fit into the bytes they are kept in.

    MXNet 1.9.1 scales such a sum as unsigned numbers, up to 255, and writes it over the
    shortcut. Where that is signed, as after a projection, oneDNN cuts off what is above
    127: half of the range. With twice the range nothing is cut off.
    """
    graph = json.loads(text)
    nodes = graph["nodes"]
    for node in nodes:
        attrs = node.get("attrs", {})
        if attrs.get("quantized") != "true" or "with_postsum_act" not in attrs:
            continue
        # what is added stands before the two ends of both ranges
        if _is_signed(nodes[node["inputs"][-5][0]]):
            for end in ("min_calib_range", "max_calib_range"):
                attrs[end] = f"{float(attrs[end]) * TWICE:.6f}"
    return json.dumps(graph)


def _is_signed(node: dict) -> bool:
    """Whether a convolution's output has a sign: no ReLU ends it."""
    attrs = node.get("attrs", {})
    fused = node["op"] == "_sg_mkldnn_conv"
    return fused and not {"with_act", "with_postsum_act"} & set(attrs)
