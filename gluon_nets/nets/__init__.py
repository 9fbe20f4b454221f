"""Networks by name, or by their numbers."""

from gluon_nets.nets.registry import NetSpec, build, get_net

__all__ = ["NetSpec", "build", "get_net"]
