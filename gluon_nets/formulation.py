"""Whether a layer may compute its formula by faster operators than the textbook's.

A graph that is read (complexity, summary, export) is the textbook's; one that runs on a
CPU in single precision may be another that gives the same numbers.
"""

from __future__ import annotations

import contextlib
import functools
import threading
from pathlib import Path

import mxnet as mx
import numpy as onp

_thread = threading.local()


@functools.lru_cache(maxsize=None)
def has_onednn() -> bool:
    """Whether this MXNet was built with oneDNN (the x86 wheels are)."""
    return mx.runtime.Features().is_enabled("MKLDNN")


@functools.lru_cache(maxsize=None)
def block_width() -> int:
    """Channels in a block of oneDNN's layouts: 8 with AVX2, 16 with AVX-512.

    Where the processor does not tell, 16: it is a multiple of 8 too.
    """
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return 16
    flags = next((x for x in text.splitlines() if x.startswith("flags")), "").split()
    return 8 if "avx2" in flags and "avx512f" not in flags else 16


@contextlib.contextmanager
def textbook():
    """Within it, this thread's layers are made of the textbook's operators."""
    before = is_textbook()
    _thread.textbook = True
    try:
        yield
    finally:
        _thread.textbook = before


def is_textbook() -> bool:
    """Whether this thread is within `textbook`."""
    return getattr(_thread, "textbook", False)


def on_cpu(parameter) -> bool:
    """Whether oneDNN's kernels run for a parameter, as far as its device tells."""
    if not has_onednn():
        return False
    if parameter._data is None and not parameter._deferred_init:  # no device yet
        return True
    return all(ctx.device_type == "cpu" for ctx in parameter.list_ctx())


class KnowsPrecision:
    """A layer, to be mixed in before Gluon's, that knows whether it was cast."""

    _float32 = True

    def cast(self, dtype):
        """Cast the layer, and remember whether oneDNN's float32 kernel still fits."""
        self._float32 = onp.dtype(dtype) == onp.float32
        super().cast(dtype)

    def has_kernels(self, parameter) -> bool:
        """Whether oneDNN's float32 kernels run for the layer's parameter."""
        return self._float32 and on_cpu(parameter)


@contextlib.contextmanager
def images_of(shape):
    """Within it, graphs that this thread traces are for images of this shape."""
    before = getattr(_thread, "shape", None)
    _thread.shape = tuple(shape)
    try:
        yield
    finally:
        _thread.shape = before


def shape_of(x) -> tuple | None:
    """The shape of an array, or of a symbol where the images' shape is known.

    MXNet goes through a symbol's whole graph for it: to be asked once for a layer.
    """
    if not isinstance(x, mx.sym.Symbol):
        return x.shape
    images = getattr(_thread, "shape", None)
    if images is None:
        return None
    _, (shape,), _ = x.infer_shape_partial(data=images)
    return shape if shape and all(size > 0 for size in shape) else None
