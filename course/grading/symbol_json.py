"""MXNet's JSON of a symbol, foreign, as operations whose form can be relied on.

What they mean is not looked at here.
"""

from __future__ import annotations

import dataclasses
import json
from typing import Any, Mapping, NoReturn

from course.grading.errors import GraphError, shown

CHARACTERS = 4_000_000
NODES = 4000
EDGES = 20_000
MARKS = 300_000  # brackets and commas: what the time to read JSON goes by
VARIABLE = "null"


@dataclasses.dataclass(frozen=True)
class Operation:
    """A node of the foreign graph.

    Attributes
    ----------
    op : str
        The operator's registered name, 'null' of a variable.
    attrs : mapping
        With values that may be anything.
    inputs : tuple of (int, int)
        An earlier node, and which of its outputs, 0 or more.
    """

    op: str
    attrs: Mapping[str, Any]
    inputs: tuple[tuple[int, int], ...]


def parse(text: str) -> tuple[list[Operation], tuple[int, int]]:
    """The operations of a symbol's JSON, and which output of which is the network's.

    Raises
    ------
    GraphError
        And nothing else, whatever the text is.
    """
    data = _json(text)
    if not isinstance(data, dict) or not isinstance(data.get("nodes"), list):
        _damaged("it has no list of nodes")
    nodes = data["nodes"]
    if not 1 <= len(nodes) <= NODES:
        raise GraphError("nodes", found=len(nodes), fits=f"1 to {NODES}")
    operations = [_operation(index, node) for index, node in enumerate(nodes)]
    edges = sum(len(operation.inputs) for operation in operations)
    if edges > EDGES:
        raise _too_many(edges)
    heads = data.get("heads")
    if not isinstance(heads, list) or not heads:
        _damaged("it has no outputs")
    if len(heads) > 1:
        raise GraphError("outputs", found=len(heads))
    return operations, _edge(heads[0], len(nodes), "the output")


def _json(text: str):
    if not isinstance(text, str):
        raise GraphError("text", found=f"a {type(text).__name__}")
    if len(text) > CHARACTERS:
        raise GraphError("size", found=len(text), fits=f"up to {CHARACTERS}")
    if sum(map(text.count, "[{,")) > MARKS:
        _damaged(f"it has more than {MARKS} brackets and commas")
    try:
        return json.loads(
            text, parse_int=_integer, parse_float=_refused, parse_constant=_refused
        )
    except RecursionError:
        raise GraphError("json", reason="it is nested too deeply") from None
    except GraphError:
        raise
    except ValueError as error:
        raise GraphError("json", reason=shown(str(error))) from None


def _integer(text: str) -> int:
    """Python below 3.11 takes minutes for an integer of a million digits."""
    if len(text) > 9:
        _damaged(f"{shown(text)} is too large a number")
    return int(text)


def _refused(text: str) -> NoReturn:
    """MXNet writes no fractions but as text."""
    _damaged(f"{shown(text)} is no whole number")


def _operation(index: int, node) -> Operation:
    where = f"node {index}"
    if not isinstance(node, dict):
        _damaged(f"{where} is no object")
    op, inputs = node.get("op"), node.get("inputs", [])
    attrs = node.get("attrs", node.get("attr", node.get("param")))
    if not isinstance(op, str):
        _damaged(f"{where} has no operator")
    if not isinstance(attrs, dict):
        if attrs is not None:
            _damaged(f"{where} has attributes that are no object")
        attrs = {}
    if not isinstance(inputs, list):
        _damaged(f"{where} has inputs that are no list")
    if len(inputs) > EDGES:
        raise _too_many(len(inputs))
    return Operation(op, attrs, tuple(_edge(edge, index, where) for edge in inputs))


def _edge(edge, before: int, where: str) -> tuple[int, int]:
    """[node, output, version] of an earlier node."""
    whole = isinstance(edge, list) and all(type(number) is int for number in edge)
    if not whole or not 2 <= len(edge) <= 3:
        _damaged(f"{where} reads {shown(edge)}, which is no [node, output]")
    if not 0 <= edge[0] < before or edge[1] < 0:
        _damaged(f"{where} reads {shown(edge)}, which is no earlier node")
    return edge[0], edge[1]


def _too_many(edges: int) -> GraphError:
    return GraphError("edges", found=edges, fits=f"up to {EDGES}")


def _damaged(reason: str) -> NoReturn:
    raise GraphError("form", reason=reason)
