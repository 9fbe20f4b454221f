"""Ways through a network: chains of layers, branches that meet, ReLUs between them.

A way is written as a student would say it, "1x1 96, 3x3 128": kernel and channels of
each convolution, with "/2" behind a kernel that strides, " padding 1" where the padding
is not half of the kernel, and " g4" behind the channels of one in groups; "max pool
2x2/2", "global mean", "dense 10". BatchNorm, ReLU, dropout and flattening do not count
as layers here; a way without any layer is "identity".
"""

from __future__ import annotations

from course.grading.findings import Miss
from course.grading.regions import read_once

__all__ = ["activated", "branches", "chain", "normed"]

SILENT = {"input", "relu", "norm", "layer_norm", "dropout", "flatten", "reshape"}
IDENTITY = "identity"
MERGES = {"add": "sum", "concat": "concatenation"}
MEANS = {"avg": "mean", "max": "max"}
MOST = 64  # branches that are looked into


def chain(answers, answer: str, fits: list) -> None:
    """The network is one chain of layers, any of those told."""
    network = answers.network(answer)
    graph = network.graph
    found = way(graph, walk(graph, graph.output))
    if found not in fits:
        raise Miss("chain", name=network.name, found=found, fits=" or ".join(fits))


def branches(
    answers,
    answer: str,
    paths: list,
    merge: str = "concat",
    before: str | None = None,
    behind: str | None = None,
) -> None:
    """Branches that begin at one place meet once, each a way that is told.

    merge: 'concat' or 'add'. before, behind: the ways to and from the branches.
    """
    network = answers.network(answer)
    graph = network.graph
    end = walk(graph, graph.output)
    place = end[0]
    if graph.nodes[place].kind != merge:
        raise Miss("no_merge", name=network.name, fits=MERGES[merge])
    facts = {"merge": MERGES[merge], "fits": as_list(sorted(paths))}
    parts = _parts(graph, place)
    if len(parts) > MOST:
        raise Miss("branches", name=network.name, found=len(parts), **facts)
    walks = [walk(graph, part) for part in parts]
    fork = max(set.intersection(*map(set, walks)), default=None)
    if fork is None:
        raise Miss("no_fork", name=network.name, merge=MERGES[merge])
    found = sorted(way(graph, [n for n in one if n > fork]) for one in walks)
    if found != sorted(paths):
        raise Miss("branches", name=network.name, found=as_list(found), **facts)
    before_ = way(graph, walk(graph, fork))
    for where, there, fits in (
        ("before the branches", before_, before),
        (f"behind the {MERGES[merge]}", way(graph, end[1:]), behind),
    ):
        if fits is not None and there != fits:
            name = f"{network.name}, {where},"
            raise Miss("chain", name=name, found=there, fits=fits)


def activated(answers, answer: str) -> None:
    """Behind each convolution there is a ReLU, before the next one or the output.

    Of several networks each is looked at.
    """
    for network in _all(answers, answer):
        graph = network.graph
        convs = [n for n, node in enumerate(graph.nodes) if node.kind == "conv"]
        if not convs:
            raise Miss("lacking", name=network.name, fits="convolution")
        for index in convs:
            bare = reaches(graph, index)
            if bare:
                facts = {"found": word(graph.nodes[index]), "next": bare}
                raise Miss("no_relu", name=network.name, **facts)


def normed(answers, answer: str) -> None:
    """BatchNorm follows each convolution; on a shortcut it may, or may not.

    Of several networks each is looked at.
    """
    for network in _all(answers, answer):
        graph = network.graph
        if not graph.of("conv"):
            raise Miss("lacking", name=network.name, fits="convolution")
        for place, node in enumerate(graph.nodes):
            if node.kind != "conv":
                continue
            kinds = {graph.nodes[reader].kind for reader in graph.readers[place]}
            is_projection = node.inputs[0] == 0 and "add" in kinds
            if kinds != {"norm"} and not is_projection:
                raise Miss("no_norm", name=network.name, found=word(node))


def _all(answers, answer: str) -> list:
    found = answers.network(answer)
    if isinstance(found, dict):
        return list(answers.networks(answer).values())
    return [found]


def reaches(graph, index: int) -> str:
    """What a layer's output reaches without a ReLU: a layer, the output, or ''."""
    waiting, seen = [index], set()
    while waiting:
        place = waiting.pop()
        if place == graph.output:
            return "the output"
        for reader in graph.readers[place]:
            node = graph.nodes[reader]
            if node.kind in ("conv", "dense"):
                return word(node)
            if node.kind not in ("relu", "activation") and reader not in seen:
                seen.add(reader)
                waiting.append(reader)
    return ""


def walk(graph, index: int) -> list[int]:
    """The nodes on the way to a node, from the last one that joins others or begins."""
    found = [index]
    while len(graph.nodes[found[-1]].inputs) == 1:
        found.append(graph.nodes[found[-1]].inputs[0])
    return found[::-1]


def way(graph, indices) -> str:
    """A walk in words."""
    words = [word(graph.nodes[index]) for index in indices]
    return ", ".join(filter(None, words)) or IDENTITY


def word(node) -> str:
    """A layer in words; '' of one that does not count."""
    attrs = node.attrs
    if node.kind in SILENT:
        return ""
    if node.kind == "conv":
        groups = f" g{attrs['groups']}" if attrs["groups"] != 1 else ""
        return f"{_window(attrs)}{_padding(attrs)} {attrs['channels']}{groups}"
    if node.kind == "dense":
        return f"dense {attrs['units']}"
    if node.kind == "pool":
        return f"{MEANS[attrs['type']]} pool {_window(attrs)}"
    if node.kind == "global_pool":
        return f"global {MEANS[attrs['type']]}"
    return MERGES.get(node.kind, attrs.get("type", node.kind))


def _window(attrs) -> str:
    """Kernel, stride and dilation: 3x3, 3x3/2."""
    text = "x".join(map(str, attrs["kernel"]))
    if max(attrs["stride"]) > 1:
        text += f"/{max(attrs['stride'])}"
    dilation = max(attrs.get("dilation", (1,)))
    return text if dilation == 1 else f"{text} dilated {dilation}"


def _padding(attrs) -> str:
    """A padding that shrinks the map, or lets it grow: ' padding 1'."""
    windows = zip(attrs["kernel"], attrs["dilation"])
    half = tuple((kernel - 1) * dilation // 2 for kernel, dilation in windows)
    found = tuple(attrs["padding"])
    sides = found[:1] if len(set(found)) == 1 else found
    return "" if found == half else f" padding {'x'.join(map(str, sides))}"


def _parts(graph, index: int) -> list[int]:
    """What meets at a node; where sums of sums do, or the like, all of it.

    Of a sum that is read twice, as in y + y, the terms are not told: forty of those
    have more terms than can be counted.
    """
    node, parts = graph.nodes[index], []
    waiting = list(reversed(node.inputs))
    while waiting:
        place = waiting.pop()
        inner = graph.nodes[place]
        same = inner.kind == node.kind and inner.attrs == node.attrs
        if same and read_once(graph, place):
            waiting += reversed(inner.inputs)
        else:
            parts.append(place)
    return parts


def as_list(ways) -> str:
    """Ways in one line."""
    return "; ".join(ways)
