"""Gluon Nets: convolutional networks, and the designing of them, in MXNet Gluon.

``import gluon_nets as gn`` is cheap: it checks the environment, sets the number of
threads, and imports MXNet only when one of the names below is first used.
"""

from __future__ import annotations

import importlib

from gluon_nets.environment import prepare

__version__ = "0.1.0"

# name -> the module that defines it; resolved on first use (PEP 562)
_EXPORTS = {
    "Stage": "gluon_nets.arch",
    "Arch": "gluon_nets.arch",
    "AnyNet": "gluon_nets.nets.anynet",
    "get_net": "gluon_nets.nets",
    "build": "gluon_nets.nets",
    "list_nets": "gluon_nets.specs",
    "complexity": "gluon_nets.cost",
    "Complexity": "gluon_nets.cost",
    "complexities": "gluon_nets.costs",
    "regnet_arch": "gluon_nets.quantized",
    "fit_regnet": "gluon_nets.quantized",
    "describe": "gluon_nets.catalog",
    "summary": "gluon_nets.table",
    "FashionMNIST": "gluon_nets.data",
    "Trainer": "gluon_nets.train",
    "History": "gluon_nets.train",
    "evaluate": "gluon_nets.train",
    "load_checkpoint": "gluon_nets.train",
    "export_net": "gluon_nets.export",
    "load_export": "gluon_nets.export",
    "usable_gpus": "gluon_nets.environment",
    "resolve_devices": "gluon_nets.environment",
}
_MODULES = ("plot",)

__all__ = ["__version__", *sorted(_EXPORTS)]

prepare()


def __getattr__(name: str):
    """Import the module of a public name when the name is first asked for."""
    if name in _MODULES:
        return importlib.import_module(f"gluon_nets.{name}")
    if name not in _EXPORTS:
        raise AttributeError(f"module 'gluon_nets' has no attribute '{name}'")
    value = getattr(importlib.import_module(_EXPORTS[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_EXPORTS, *_MODULES})
