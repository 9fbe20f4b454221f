"""What every test shares: no windows, and no deadlines on a busy machine."""

from __future__ import annotations

import ctypes
import gc
import os

import pytest
from hypothesis import settings

import gluon_nets  # noqa: F401  (chooses the threads before any test loads MXNet)

os.environ["MPLBACKEND"] = "Agg"
# the first use of an MXNet operator takes longer than any deadline that makes sense
settings.register_profile("gluon-nets", deadline=None)
settings.load_profile("gluon-nets")


@pytest.fixture(scope="module", autouse=True)
def give_memory_back():
    """Hundreds of networks leave glibc's heaps in pieces: 17 GB by the last test."""
    yield
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim:
        trim(0)
