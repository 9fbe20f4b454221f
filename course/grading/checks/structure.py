"""Stages and blocks: depths, widths, groups, shortcuts, the rule."""

from __future__ import annotations

from course.grading.findings import Miss, plain

__all__ = ["blocks", "frame", "head", "rising", "shared", "stages", "ungrouped"]

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
    answers, answer: str, kind=None, shortcut: bool | None = None, relu: bool = False
) -> None:
    """All blocks of all stages are of a kind, or one of a list of kinds.

    shortcut: with one wherever a block has two paths (True), or nowhere (False).
    relu: a ReLU must follow each sum.
    """
    network = answers.network(answer)
    found = network.structure.stages
    if not found:
        raise Miss("stages", name=network.name, found=0, fits="1 or more")
    kinds = [kind] if isinstance(kind, str) else kind
    for number, stage in enumerate(found, 1):
        for place, block in enumerate(stage.blocks, 1):
            at = {"name": network.name, "stage": number, "block": place}
            if kinds and block.kind not in kinds:
                fits = " or ".join(kinds)
                raise Miss("block", **at, found=block.kind, fits=f"a {fits} block")
            has = block.shortcut != "none"
            if shortcut is not None and has != shortcut:
                fits = "one" if shortcut else "none"
                word = block.shortcut if has else "no"
                raise Miss("shortcut", **at, found=word, fits=fits)
            if relu and not block.relu_after_add:
                raise Miss("no_last_relu", **at)


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


def rising(
    answers,
    answer: str,
    what: str = "width",
    holds: bool = True,
    strictly: bool = False,
) -> None:
    """Widths or depths never fall from a stage to the next; with holds=false, do.

    strictly: nor do they stay.
    """
    found = _column(answers.network(answer), what)
    pairs = list(zip(found, found[1:]))
    is_rising = all(a < b if strictly else a <= b for a, b in pairs)
    if is_rising != holds:
        code = "rising" if holds else "not_rising"
        raise Miss(code, what=what.replace("_", " "), found=plain(found))


def shared(answers, answer: str, what: str = "group_width", holds: bool = True) -> None:
    """All stages share a number: group_width or bottleneck; with holds=false, not."""
    found = _column(answers.network(answer), what)
    # of stages narrower than a group the group is the stage
    is_shared = max(found) - min(found) <= 1e-6 * max(found)
    if is_shared != holds:
        code = "shared" if holds else "not_shared"
        value = found if holds else found[0]
        raise Miss(code, what=what.replace("_", " "), found=plain(value))


def _column(network, what: str) -> tuple[float, ...]:
    stages_ = network.structure.stages
    if not stages_:
        raise Miss("stages", name=network.name, found=0, fits="1 or more")
    return tuple(number for stage in stages_ for number in numbers_of(stage, what)[:1])


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
) -> None:
    """Around the stages stand a stem, as in `gluon_nets.Arch`, and the usual head.

    width: the stem's channels; stages: how many stages there are.
    """
    network = answers.network(answer)
    found = network.structure
    there = found.stem
    if there is None or there.kind != stem or width not in (None, there.width):
        word = "something else" if there is None else _stem(there.kind, there.width)
        raise Miss("stem", name=network.name, found=word, fits=_stem(stem, width))
    if stages not in (None, len(found.stages)):
        raise Miss("stages", name=network.name, found=len(found.stages), fits=stages)
    head(answers, answer, "gap", classes)


def _stem(kind: str, width: int | None) -> str:
    words = {
        "conv3": "a 3×3 convolution with stride 2",
        "conv3_s1": "a 3×3 convolution with stride 1",
        "conv7_pool": "a 7×7 convolution and pooling",
    }
    text = words.get(kind, "something else")
    return text if width is None else f"{text} to {width} channels"
