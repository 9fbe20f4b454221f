"""What a run is, so that another one is not taken for it."""

from __future__ import annotations

import os
import platform

import mxnet as mx
import numpy as np

import gluon_nets
from gluon_nets.graph import name_of
from gluon_nets.train.checkpoint import CheckpointError
from gluon_nets.train.run import Run


def identity(run: Run) -> dict:
    """What a run is: a resumed run must agree in all of it but the versions."""
    spec = getattr(run.net, "spec", None)
    return {
        "net_name": name_of(run.net),
        "net": {"name": spec.name, "options": dict(spec.options)} if spec else None,
        "data": {"name": run.data.name, **run.data.options()},
        "recipe": run.recipe.as_dict(),
        "devices": [str(device) for device in run.devices],
        "versions": versions(),
    }


def about(run: Run) -> dict:
    """What the history says of the run besides its epochs."""
    return {**identity(run), "params": run.params}


def versions() -> dict:
    """Versions and threads behind a result."""
    return {
        "gluon_nets": gluon_nets.__version__,
        "mxnet": mx.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "threads": os.environ.get("OMP_NUM_THREADS"),
    }


def check_same(meta: dict, now: dict, path) -> None:
    """Raise where a checkpoint is of another run than this one."""
    for part in ("net_name", "net", "data", "recipe", "devices"):
        before, after = _flat(part, meta.get(part)), _flat(part, now[part])
        for key in sorted(set(before) | set(after)):
            if before.get(key) != after.get(key):
                raise CheckpointError(
                    f"{path} was made with {key}={before.get(key)!r}, not "
                    f"{after.get(key)!r}: resume with the same or choose another folder"
                )


def _flat(name: str, value) -> dict:
    """Nested dicts as one, with the innermost names."""
    if not isinstance(value, dict):
        return {name: value}
    return {k: v for key, inner in value.items() for k, v in _flat(key, inner).items()}
