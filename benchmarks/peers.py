"""The interpreters that the sides run in, and why one cannot."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from pathlib import Path

from benchmarks.sides import SIDES
from benchmarks.sides.common import forget_settings

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / ".venv-peers"


# side: what it imports, where that is not torch
_MODULES = {"onnxruntime": "onnxruntime"}


class Missing(RuntimeError):
    """A side cannot be had here; the message says why."""


def python_of(name: str) -> str:
    """The interpreter of a side.

    Raises
    ------
    Missing
        Where what it needs is not installed.
    """
    if not SIDES[name].peer:
        return sys.executable
    python = PEERS / "bin" / "python"
    if not python.exists():
        raise Missing(f"{PEERS.name} is not there: `make peers` makes it")
    module = _MODULES.get(name, "torch")
    reason = _why_not(str(python), module)
    if reason:
        raise Missing(reason)
    return str(python)


@functools.lru_cache(maxsize=None)
def _why_not(python: str, module: str) -> str:
    """Why a module cannot be imported there, in a line; '' where it can."""
    result = subprocess.run(
        [python, "-c", f"import {module}"], capture_output=True, text=True
    )
    lines = result.stderr.strip().splitlines() or [f"import {module} failed"]
    return "" if result.returncode == 0 else lines[-1]


def environment(name: str, threads: int) -> dict[str, str]:
    """The environment variables of a side's process."""
    variables = dict(os.environ, OMP_NUM_THREADS=str(threads))
    if not SIDES[name].threads:
        del variables["OMP_NUM_THREADS"]
    variables["PYTHONPATH"] = str(ROOT)
    forget_settings(variables)
    return variables
