"""Networks by name."""

from gluon_nets.nets.registry import NetSpec, get_net, list_nets

__all__ = ["NetSpec", "get_net", "list_nets"]
