"""The sides that are measured: ours and its peers, each a process of its own.

A side is a class with `build` (network, batch, optimizer), `exchange` (ours writes the
weights, the others read them), `step` (the work, once; returns the loss or the logits
as a NumPy array), `logits` (of a network in training, without dropout) and `about`
(versions). In place of `step`, a side for whole epochs has `epoch`, which calls a
function before every `PART`-th batch and at the end.
"""

from __future__ import annotations

import dataclasses
import importlib
from typing import Any, Mapping


@dataclasses.dataclass(frozen=True)
class Side:
    """Where a side's class is, in which environment it runs, and with what options.

    Attributes
    ----------
    place : str
        module:class, below this package.
    kinds : tuple of str
        The kinds of work that it can do.
    family : str
        'ours'; 'pytorch', whose fastest mode counts; or the peer's name.
    peer : bool
        Whether it runs in `.venv-peers`, without our settings of OpenMP.
    options : mapping
        Arguments of the class.
    exact : bool
        Whether its results must be the first side's, up to rounding.
    threads : bool
        Whether it gets the number of threads that all get, or takes its own.
    """

    place: str
    kinds: tuple[str, ...]
    family: str
    peer: bool = False
    options: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    exact: bool = True
    threads: bool = True


_BOTH = ("train", "infer")


def _torch(mode: str, kinds=_BOTH) -> Side:
    return Side("pytorch:Torch", kinds, "pytorch", True, {"mode": mode})


# the first of a kind is the one whose speed is asked for: it makes the weights
SIDES = {
    "ours": Side("ours:Ours", ("train",), "ours"),
    "ours fused": Side("ours:Exported", ("infer",), "ours", options={"form": "fused"}),
    "ours hybridized": Side("ours:Ours", ("infer",), "ours"),
    "ours int8": Side(
        "ours:Exported", ("infer",), "ours", options={"form": "int8"}, exact=False
    ),
    "pytorch eager": _torch("eager"),
    "pytorch channels_last": _torch("channels_last"),
    "pytorch compile": _torch("compile"),
    "pytorch compile, frozen": _torch("frozen", ("infer",)),
    "onnxruntime": Side("onnx:OnnxRuntime", ("infer",), "onnxruntime", True),
    "chapters": Side("chapters:Chapters", _BOTH, "chapters"),
    "ours, an epoch": Side("ours_epoch:OursEpoch", ("epoch",), "ours"),
    "pytorch d2l": Side("d2l_epoch:D2L", ("epoch",), "pytorch", True),
    "chapters, an epoch": Side("chapters_epoch:ChaptersEpoch", ("epoch",), "chapters"),
    "chapters, MXNet's threads": Side(
        "chapters_epoch:ChaptersEpoch", ("epoch",), "chapters by itself", threads=False
    ),
}


def import_side(name: str):
    """The class of a side."""
    module, _, cls = SIDES[name].place.partition(":")
    return getattr(importlib.import_module(f"benchmarks.sides.{module}"), cls)
