"""Stages and blocks: depths, widths, groups, shortcuts, layers; stem and head."""

from __future__ import annotations

from course.grading.checks.branches import reaches, word
from course.grading.findings import Miss, plain

__all__ = ["blocks", "frame", "head", "stages", "ungrouped"]

COLUMNS = ("width", "group_width", "bottleneck", "stride")


def stages(
    answers,
    answer: str,
    count: int | None = None,
    depth=None,
    width=None,
    group_width=None,
    bottleneck=None,
    stride=None,
) -> None:
    """The stages are as told, each number a list over the stages, or one for all."""
    network = answers.network(answer)
    found = network.structure.stages
    given = {"depth": depth, "width": width, "group_width": group_width}
    given.update(bottleneck=bottleneck, stride=stride)
    lists = [value for value in given.values() if isinstance(value, list)]
    count = count or (len(lists[0]) if lists else None)
    if not found or count is not None and len(found) != count:
        fits = count or "1 or more"
        raise Miss("stages", name=network.name, found=len(found), fits=fits)
    for what, value in given.items():
        if value is not None:
            values = value if isinstance(value, list) else [value] * len(found)
            _compare(network.name, what, found, values)


def _compare(name: str, what: str, stages_, values) -> None:
    for number, (stage, fits) in enumerate(zip(stages_, values), 1):
        for found in numbers_of(stage, what):
            if abs(found - fits) > 1e-6 * abs(fits):
                word = what.replace("_", " ")
                raise Miss(
                    "stage",
                    name=name,
                    stage=number,
                    what=word,
                    found=plain(found),
                    fits=plain(fits),
                )


def numbers_of(stage, what: str) -> list[float]:
    """A stage's number; of groups and bottlenecks one for each block."""
    if what in ("depth", "width", "stride"):
        return [getattr(stage, what)]
    return [number_of(block, what) for block in stage.blocks]


def number_of(block, what: str) -> float:
    """A block's group width, or its bottleneck: width over inner width."""
    if what == "bottleneck":
        return block.width / block.inner_width
    return getattr(block, what)


def blocks(
    answers,
    answer: str,
    kind=None,
    shortcut: bool | None = None,
    relu: bool = False,
    layers: bool = False,
) -> None:
    """All blocks of all stages are of a kind, or one of a list of kinds.

    shortcut: with one wherever a block has two paths (True), or nowhere (False).
    relu: a ReLU must follow each sum. layers: and stand between the convolutions, with
    BatchNorm behind each of them.
    """
    network = answers.network(answer)
    found = network.structure.stages
    if not found:
        raise Miss("stages", name=network.name, found=0, fits="1 or more")
    kinds = [kind] if isinstance(kind, str) else kind
    for number, stage in enumerate(found, 1):
        for place, block in enumerate(stage.blocks, 1):
            at = {"name": network.name, "stage": number, "block": place}
            _check_kind(block, at, kinds, shortcut)
            if (relu or layers) and not block.relu_after_add:
                raise Miss("no_last_relu", **at)
            if layers:
                _check_layers(network.graph, block, at)


def _check_kind(block, at: dict, kinds: list | None, shortcut: bool | None) -> None:
    if kinds and block.kind not in kinds:
        fits = " or ".join(kinds)
        raise Miss("block", **at, found=block.kind, fits=f"a {fits} block")
    has = block.shortcut != "none"
    if shortcut is not None and has != shortcut:
        fits = "one" if shortcut else "none"
        there = block.shortcut if has else "no"
        raise Miss("shortcut", **at, found=there, fits=fits)


def _check_layers(graph, block, at: dict) -> None:
    if block.norms != block.convs:
        raise Miss("stage_norms", **at, found=block.norms, fits=block.convs)
    bare = not_activated(graph, block)
    if bare:
        raise Miss("no_inner_relu", **at, found=bare[0], next=bare[1])


def not_activated(graph, block) -> tuple[str, str] | None:
    """Two convolutions without a ReLU between them, in words, of a block.

    A ReLU must follow its sum: what comes behind the block is else seen, too.
    """
    for place in range(block.begin + 1, block.end):
        if graph.nodes[place].kind == "conv" and (behind := reaches(graph, place)):
            return word(graph.nodes[place]), behind
    return None


def ungrouped(answers, answer: str) -> None:
    """No convolution has more than one group."""
    network = answers.network(answer)
    for number, stage in enumerate(network.structure.stages, 1):
        for place, block in enumerate(stage.blocks, 1):
            if block.groups != 1:
                at = {"name": network.name, "stage": number, "block": place}
                raise Miss("grouped", **at, found=block.groups)
    for node in network.graph.nodes:
        if node.kind == "conv" and node.attrs["groups"] != 1:
            found = node.attrs["groups"]
            raise Miss("grouped_layer", name=network.name, found=found)


def head(answers, answer: str, kind: str = "gap", classes: int | None = 10) -> None:
    """The network ends in global average pooling and one dense layer ('gap'), ….

    classes: how many outputs it has.
    """
    network = answers.network(answer)
    shape = network.graph.nodes[network.graph.output].shape
    if classes is not None and tuple(shape) != (classes,):
        raise Miss("classes", name=network.name, found=plain(shape), fits=classes)
    found = network.structure.head
    if found.kind != kind:
        words = {
            "gap": "global average pooling and a dense layer",
            "gmp": "global max pooling and a dense layer",
            "flatten": "dense layers over flattened maps",
        }
        there = words.get(found.kind, found.kind)
        raise Miss("head", name=network.name, found=there, fits=words.get(kind, kind))


def frame(
    answers,
    answer: str,
    stem: str = "conv3",
    width: int | None = None,
    stages: int | None = None,
    classes: int = 10,
    layers: bool = False,
) -> None:
    """Around the stages stand a stem, as in `gluon_nets.Arch`, and the usual head.

    width: the stem's channels; stages: how many stages there are. layers: BatchNorm
    and ReLU follow the stem's convolution.
    """
    network = answers.network(answer)
    found = network.structure
    there = found.stem
    if there is None or there.kind != stem or width not in (None, there.width):
        word = "something else" if there is None else _stem(there.kind, there.width)
        raise Miss("stem", name=network.name, found=word, fits=_stem(stem, width))
    if layers:
        _check_stem_layers(network, _stem(stem, there.width))
    if stages not in (None, len(found.stages)):
        raise Miss("stages", name=network.name, found=len(found.stages), fits=stages)
    head(answers, answer, "gap", classes)


def _check_stem_layers(network, text: str) -> None:
    """BatchNorm and ReLU follow the first convolution, which a text describes."""
    graph, kinds = network.graph, []
    place = next(n for n, node in enumerate(graph.nodes) if node.kind == "conv")
    while len(kinds) < 2 and len(graph.readers[place]) == 1:
        (place,) = graph.readers[place]
        kinds.append(graph.nodes[place].kind)
    if kinds != ["norm", "relu"]:
        names = {"norm": "BatchNorm", "relu": "ReLU"}
        found = ", ".join([text, *(names.get(kind, kind) for kind in kinds)])
        fits = f"{text}, BatchNorm, ReLU"
        raise Miss("stem", name=network.name, found=found, fits=fits)


def _stem(kind: str, width: int | None) -> str:
    words = {
        "conv3": "a 3×3 convolution with stride 2",
        "conv3_s1": "a 3×3 convolution with stride 1",
        "conv7_pool": "a 7×7 convolution and pooling",
    }
    text = words.get(kind, "something else")
    return text if width is None else f"{text} to {width} channels"
