"""Graphs as MXNet's JSON, rewritten operator by operator."""

from __future__ import annotations

import json
from typing import Callable, Dict, List

from gluon_nets.graph import ROW

PREVIOUS = -1  # stands for the node before, -2 for that before it, and so on

Rule = Callable[[Dict], List[Dict]]


def rewritten(text: str, rule: Rule) -> str:
    """The JSON of a graph, each node replaced by what a rule makes of it.

    Parameters
    ----------
    text : str
        MXNet's JSON.
    rule : function
        From a node to those that take its place, in order; the last one gives what it
        gave. None of them: the node passes its first input on.
    """
    graph = json.loads(text)
    nodes: list[dict] = []
    place: list[int] = []  # of each old node among the new ones
    for node in graph["nodes"]:
        inputs = [[place[source], *rest] for source, *rest in node["inputs"]]
        attrs = {k: v for k, v in node.get("attrs", {}).items() if k != ROW}
        new = rule({**node, "inputs": inputs, "attrs": attrs})
        for each in new:
            count = len(nodes)
            each["inputs"] = [
                [source if source >= 0 else count + source, *rest]
                for source, *rest in each["inputs"]
            ]
            nodes.append(each)
        place.append(len(nodes) - 1 if new else inputs[0][0])
    return json.dumps(
        {
            "nodes": nodes,
            "arg_nodes": [i for i, node in enumerate(nodes) if node["op"] == "null"],
            "heads": [[place[source], *rest] for source, *rest in graph["heads"]],
            "attrs": graph["attrs"],
        }
    )
