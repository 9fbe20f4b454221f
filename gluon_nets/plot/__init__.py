"""Pictures: of networks, drawn from their numbers, and of what they did.

A network's picture is a `Picture`: the last value of a notebook's cell is shown as an
image with a text for those who cannot see it; `save` writes it, light or dark.
"""

from __future__ import annotations

import importlib

__all__ = [
    "LiveCurves",
    "Picture",
    "block",
    "curves",
    "feature_maps",
    "flow",
    "function_classes",
    "group_weights",
    "plot_history",
    "receptive_fields",
    "shares",
    "template",
    "widths",
]

# name -> its module, imported on first use: some of them need MXNet, the page about a
# study's results, which draws widths too, does not
_LAZY = {
    "LiveCurves": "history",
    "Picture": "picture",
    "curves": "history",
    "plot_history": "history",
    "block": "diagram",
    "flow": "diagram",
    "feature_maps": "maps",
    "shares": "maps",
    "function_classes": "ideas",
    "group_weights": "ideas",
    "receptive_fields": "ideas",
    "template": "anynet",
    "widths": "lines",
}


def __getattr__(name: str):
    if name not in _LAZY:
        raise AttributeError(f"module 'gluon_nets.plot' has no attribute '{name}'")
    module = importlib.import_module(f"gluon_nets.plot.{_LAZY[name]}")
    value = getattr(module, name)
    globals()[name] = value
    return value
