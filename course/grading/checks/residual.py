"""Residual networks: which blocks, how many, where the stride is, what they weigh."""

from __future__ import annotations

import math
from itertools import groupby

from course.grading.checks.branches import word
from course.grading.checks.structure import head, not_activated
from course.grading.findings import Miss, plain

__all__ = [
    "final_norm",
    "open_sums",
    "plans",
    "preact_shortcuts",
    "preactivated",
    "residual_blocks",
    "resnet_stem",
    "strides",
    "weights",
]


def plans(answers, answer: str, depths: dict, widths: list) -> None:
    """Networks have so many blocks of each width, in this order.

    depths: a list for each network by its key, '' for one that is no entry.
    """
    for key, fits in depths.items():
        network = answers.network(f"{answer}.{key}" if key else answer)
        found = groupby(block.width for block in network.structure.blocks)
        plan = [(len(list(blocks)), width) for width, blocks in found]
        if plan != list(zip(fits, widths)):
            facts = {"found": _plan(plan), "fits": _plan(zip(fits, widths))}
            raise Miss("plan", name=network.name, **facts)


def _plan(pairs) -> str:
    return ", ".join(f"{depth}×{width}" for depth, width in pairs) or "no blocks"


def residual_blocks(answers, answer: str, keys: list, kind: str) -> None:
    """All blocks are of a kind, with BatchNorm behind each convolution.

    ReLUs stand between the convolutions and behind the sum, and none right before it.
    """
    for key in keys:
        network = answers.network(f"{answer}.{key}")
        found = network.structure.blocks
        if not found:
            raise Miss(
                "block_of", name=network.name, block=1, found="missing", fits=kind
            )
        for number, block in enumerate(found, 1):
            at = {"name": network.name, "block": number}
            if block.kind != kind:
                raise Miss("block_of", **at, found=f"a {block.kind} block", fits=kind)
            if block.norms != block.convs:
                facts = {"found": block.norms, "fits": block.convs}
                raise Miss("block_norms", **at, **facts)
            if block.relu_before_add or not block.relu_after_add:
                raise Miss("block_relu", **at)
            bare = not_activated(network.graph, block)
            if bare:
                raise Miss("block_inner_relu", **at, found=bare[0], next=bare[1])


def strides(answers, answer: str, keys: list) -> None:
    """The first block of each width but the first has stride 2, and no other."""
    for key in keys:
        network = answers.network(f"{answer}.{key}" if key else answer)
        found = network.structure.blocks
        if not found:
            raise Miss("plan", name=network.name, found=_plan(()), fits="some")
        before = found[0].width
        for number, block in enumerate(found, 1):
            fits = 1 if block.width == before else 2
            before = block.width
            if block.stride != fits:
                facts = {"found": block.stride, "fits": fits}
                raise Miss("block_stride", name=network.name, block=number, **facts)


def weights(answers, answer: str, values: dict, classes: int | None = None) -> None:
    """Networks have so many weights, but for biases and BatchNorm.

    values: a number for each network by its key, '' for one that is no entry.
    classes: how many outputs they have.
    """
    for key, fits in values.items():
        network = answers.network(f"{answer}.{key}" if key else answer)
        shapes = network.graph.parameters.items()
        found = sum(math.prod(s) for name, s in shapes if name.endswith(".weight"))
        if found != fits:
            _check_outputs(network, classes)
            _check_projections(network)
            facts = {"found": plain(found), "fits": plain(fits)}
            what = "weights, without biases and BatchNorm"
            raise Miss("cost", name=network.name, what=what, **facts)


def _check_outputs(network, classes: int | None) -> None:
    if classes is not None and network.graph.classes != classes:
        facts = {"found": plain(network.graph.classes), "fits": plain(classes)}
        raise Miss("classes", name=network.name, **facts)


def _check_projections(network) -> None:
    """No shortcut has a convolution where nothing changes."""
    for number, block in enumerate(network.structure.blocks, 1):
        same = (block.in_width, block.in_side) == (block.width, block.side)
        if same and block.shortcut == "projection":
            raise Miss("surplus", name=network.name, block=number)


def resnet_stem(
    answers, answer: str, keys: list | None = None, classes: int | None = None
) -> None:
    """A 7×7 convolution, BatchNorm, ReLU and 3×3 max pooling come first.

    Global average pooling and one dense layer come last.

    keys: of several networks. classes: how many outputs they have.
    """
    for place in [f"{answer}.{key}" for key in keys] if keys else [answer]:
        network = answers.network(place)
        _check_outputs(network, classes)
        side = network.graph.image[1]
        fits = f"7x7/2 64, BatchNorm, ReLU, max pool 3x3/2 to {-(-side // 4)} pixels"
        found = _first_layers(network.graph, 4)
        if found != fits:
            raise Miss("stem", name=network.name, found=found, fits=fits)
        head(answers, place, "gap", classes)


def _first_layers(graph, count: int) -> str:
    """The first layers in words, up to a pooling, and how large its maps are."""
    words: list[str] = []
    place = 0
    while len(words) < count and len(graph.readers[place]) == 1:
        place = graph.readers[place][0]
        node = graph.nodes[place]
        word_ = {"norm": "BatchNorm", "relu": "ReLU"}.get(node.kind, word(node))
        if node.kind == "pool":
            return ", ".join([*words, f"{word_} to {node.shape[1]} pixels"])
        words.append(word_ or node.kind)
    return ", ".join(words) or "several layers side by side"


def preact_shortcuts(answers, answer: str) -> None:
    """Shortcuts read a block's input; projections, bare, what its first ReLU gives."""
    network = answers.network(answer)
    nodes, readers = network.graph.nodes, network.graph.readers
    found = network.structure.blocks
    if not found:
        raise Miss("lacking", name=network.name, fits="residual block")
    words = ("the block's input", "what the first ReLU gives")
    for number, block in enumerate(found, 1):
        at = {"name": network.name, "block": number}
        if block.shortcut == "none":
            raise Miss("block_of", **at, found="without a shortcut", fits="residual")
        if block.shortcut_norm:
            raise Miss("shortcut_norm", **at)
        begin = nodes[block.begin]
        convs = sum(nodes[reader].kind == "conv" for reader in readers[block.begin])
        # the transform's first convolution reads it, too
        shares = convs > (block.shortcut == "projection")
        if block.shortcut == "projection" and not shares:
            facts = {"shortcut": "convolution", "found": words[0], "fits": words[1]}
            raise Miss("preact_shortcut", **at, **facts)
        is_active = begin.kind == "relu" and nodes[begin.inputs[0]].kind == "norm"
        if block.shortcut == "identity" and shares and is_active:
            facts = {"shortcut": "identity", "found": words[1], "fits": words[0]}
            raise Miss("preact_shortcut", **at, **facts)


def preactivated(answers, answer: str) -> None:
    """BatchNorm and ReLU stand before each convolution but the stem's.

    Of 1×1 convolutions, as on a shortcut, none is asked.
    """
    network = answers.network(answer)
    nodes = network.graph.nodes
    for number, node in enumerate(network.graph.of("conv"), 1):
        if number == 1 or node.attrs["kernel"] == (1, 1):
            continue
        relu = nodes[node.inputs[0]]
        if relu.kind != "relu" or nodes[relu.inputs[0]].kind != "norm":
            raise Miss("not_preactivated", name=network.name, number=number)


def open_sums(answers, answer: str) -> None:
    """There are sums, and no ReLU follows one of them."""
    network = answers.network(answer)
    nodes, readers = network.graph.nodes, network.graph.readers
    sums = [place for place, node in enumerate(nodes) if node.kind == "add"]
    if not sums:
        raise Miss("lacking", name=network.name, fits="sum")
    for number, place in enumerate(sums, 1):
        if any(
            nodes[reader].kind in ("relu", "activation") for reader in readers[place]
        ):
            raise Miss("closed_sum", name=network.name, number=number)


def final_norm(answers, answer: str) -> None:
    """BatchNorm and ReLU stand between the last sum and the pooling."""
    network = answers.network(answer)
    nodes = network.graph.nodes
    sums = [place for place, node in enumerate(nodes) if node.kind == "add"]
    end = next((p for p, n in enumerate(nodes) if n.kind == "global_pool"), len(nodes))
    behind = [node.kind for node in nodes[sums[-1] + 1 : end]] if sums else []
    if behind[-2:] != ["norm", "relu"]:
        found = ", ".join(behind) or "nothing"
        raise Miss("final_norm", name=network.name, found=found)
