"""Names in an exported graph that the network alone decides.

Gluon counts all layers of a process (``conv33_weight``), and a graph how often its
network was traced before: the same network would be another file the second time. Here
a parameter is called by its place in the network (``stem.conv.weight``), an operator
after the layer whose parameters it reads, and each graph is the first.
"""

from __future__ import annotations

import json

INPUT = "data"


def by_place(text: str, net) -> tuple[str, dict]:
    """A graph's JSON with names by place in the network, and its parameters by them.

    Parameters
    ----------
    text : str
        A graph of the network, see `legacy`.
    net : HybridBlock

    Returns
    -------
    str
        JSON of the graph.
    dict
        Name -> array, running statistics included.
    """
    places = net._collect_params_with_prefix()
    # of a parameter that several layers share the first place counts
    names = {p.name: place for place, p in reversed(list(places.items()))}
    graph = json.loads(text)
    nodes, taken = graph["nodes"], {INPUT, *names.values()}
    for node in nodes:
        if node["op"] == "null":
            node["name"] = names.get(node["name"], node["name"])
        else:
            node["name"] = _unique(_layer(node, nodes), taken)
    _forget_traces(nodes)
    arrays = {place: p.data(p.list_ctx()[0]) for place, p in places.items()}
    return json.dumps(graph), arrays


def _layer(node: dict, nodes: list[dict]) -> str:
    """The place of the layer whose parameters an operator reads, else its own kind."""
    read = (nodes[source] for source, *_ in node["inputs"])
    places = (n["name"].rpartition(".")[0] for n in read if n["op"] == "null")
    return next(filter(None, places), node["op"].lower().lstrip("_"))


def _forget_traces(nodes: list[dict]) -> None:
    """Count from 0 on how often operators have altered running statistics."""
    reads = [read for node in nodes for read in node["inputs"]]  # [node, output, count]
    first: dict[int, int] = {}
    for source, _, count in reads:
        first[source] = min(count, first.get(source, count))
    for read in reads:
        read[2] -= first[read[0]]


def _unique(name: str, taken: set[str]) -> str:
    number, unique = 1, name
    while unique in taken:
        number += 1
        unique = f"{name}_{number}"
    taken.add(unique)
    return unique
