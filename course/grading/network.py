"""A canonical graph as a network of our own layers, with fresh parameters."""

from __future__ import annotations

from collections import Counter
from typing import Callable

from mxnet.gluon import HybridBlock

from course.grading.functions import function_of, fused, layer_of
from course.grading.graph import Graph
from course.grading.node import Node
from gluon_nets.sized import Sized


class GraphNet(Sized):
    """The network of a graph.

    Its parameters have the names of the graph, as 'conv1.weight'. They have no values
    yet: `gluon_nets.initialize.initialize` draws them from a seed.

    Parameters
    ----------
    graph : Graph
        Read by `course.grading.graph.read_graph`, so that its sizes are within bounds.

    Raises
    ------
    ValueError
        Where layers share a weight but not the bias that goes with it.

    Shapes: (N, *graph.image) to (N, *shape of the graph's output).
    """

    def __init__(self, graph: Graph):
        super().__init__()
        self.graph = graph
        self._names: Counter = Counter()
        self._owners: dict[str, HybridBlock] = {}
        self._fused = fused(graph)
        self._runs = [self._run(place) for place in range(1, len(graph.nodes))]

    def _run(self, place: int) -> Callable:
        """What computes a node, called with F and what the node reads."""
        node = self.graph.nodes[place]
        if node.kind == "relu" and node.inputs[0] in self._fused:
            return lambda F, x: x
        options = {"relu": True} if place in self._fused else {}
        function = function_of(node, self.graph.inputs(node))
        if function is not None:
            return function
        layer = self._layer(node, **options)
        return lambda F, x: layer(x)

    def _layer(self, node: Node, **options) -> HybridBlock:
        inputs = self.graph.inputs(node)
        owners = [self._owners[name] for name in node.params if name in self._owners]
        if owners:
            if len(owners) < len(node.params) or len(set(map(id, owners))) > 1:
                raise ValueError(f"{', '.join(node.params)} are shared only in part")
            # not a child: its parameters are its owner's
            return layer_of(node, inputs, params=owners[0].params)
        self._names[node.kind] += 1
        layer = layer_of(node, inputs, **options)
        self._owners.update(dict.fromkeys(node.params, layer))
        name = f"{node.kind}{self._names[node.kind]}"
        self.register_child(
            layer, node.params[0].split(".")[0] if node.params else name
        )
        return layer

    def hybrid_forward(self, F, x):
        values = [x]
        for node, run in zip(self.graph.nodes[1:], self._runs):
            values.append(run(F, *(values[index] for index in node.inputs)))
        return values[-1]
