"""Arrays of a device, read without a second team of threads."""

from __future__ import annotations

import numpy as onp


def to_numpy(array) -> onp.ndarray:
    """The same numbers in NumPy.

    The product with 1 is made by MXNet's engine, in NumPy's layout. Without it, one in
    oneDNN's layout is brought to that on the thread of Python, by a team of its own,
    which slows down every later step: see `gluon_nets.environment.openmp`. And it can
    fail: inference brings a weight into oneDNN's layout while another thread reads it.
    """
    return (array * 1).asnumpy()
