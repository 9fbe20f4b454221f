"""Small members of the VGG family, and checks of several networks at once."""

from __future__ import annotations

from course.grading.checks.chain import (
    POOL,
    check_unbranched,
    relu_between,
    table,
    words,
)
from course.grading.checks.layers import dense_layers
from course.grading.findings import Miss, plain

__all__ = ["all_of", "classifier", "each", "no_worse_than_vgg", "vgg_like"]


def each(answers, answer: str, of: str, keys: list, **options) -> None:
    """Another check holds for several networks, by their keys."""
    from course.grading.checks import CHECKS

    for key in keys:
        CHECKS[of](answers, f"{answer}.{key}", **options)


def all_of(answers, answer: str, checks: list) -> None:
    """Several checks hold, each for one of several networks.

    checks: as {of = "stages", key = "plain", depth = [8, 8]}.
    """
    for one in checks:
        options = dict(one)
        each(answers, answer, options.pop("of"), [options.pop("key")], **options)


def classifier(answers, answer: str, widths: list, dropout: float = 0.5) -> None:
    """The dense layers are so wide, with ReLU and dropout behind all but the last."""
    dense_layers(answers, answer, widths=widths)
    network = answers.network(answer)
    for number, layer in enumerate(network.structure.dense[:-1], 1):
        at = {"name": network.name, "number": number}
        if layer.activation != "relu":
            raise Miss("dense_relu", **at)
        if layer.dropout != dropout:
            facts = {"found": plain(layer.dropout), "fits": plain(dropout)}
            raise Miss("dense_dropout", **at, **facts)


def vgg_like(answers, answer: str, convs: int = 8) -> None:
    """3×3 convolutions and 2×2 max poolings, and nothing else up to the last of them.

    A ReLU stands behind each, and there are no branches. convs: how many convolutions
    there are at least.
    """
    network = answers.network(answer)
    found = table(network)
    threes = [place for place, layer in enumerate(found) if isinstance(layer, int)]
    for place, layer in enumerate(found[: threes[-1] + 1 if threes else 0]):
        if not isinstance(layer, int) and layer != POOL:
            facts = {
                "found": words(layer),
                "fits": f"a 3×3 one with stride 1 and padding 1, or {words(POOL)}",
            }
            raise Miss("chain_layer", name=network.name, place=place + 1, **facts)
    if len(threes) < convs:
        what, fits = "3×3 convolutions:", f"{convs} or more"
        facts = {"what": what, "found": len(threes), "fits": fits}
        raise Miss("layers", name=network.name, **facts)
    relu_between(answers, answer)
    check_unbranched(network)


def no_worse_than_vgg(
    answers,
    answer: str,
    blocks: list,
    margin: float = 0.0,
    seeds: int = 1,
    largest: int | None = None,
    **recipe,
) -> None:
    """Trained alike, it errs no more than a VGG with BatchNorm, but for a margin.

    blocks: the other's, as [convolutions, channels, whether pooling follows]; it ends
    in global average pooling. largest: what has more flops is not trained.
    """
    from course.grading.checks.training import check_trainable, no_worse

    network = answers.network(answer)
    check_trainable(network, largest)
    other = reference(blocks, network.graph.image)
    no_worse(answers, network, other, margin, seeds, recipe)


def reference(blocks: list, image):
    """The other network, read as a student's is."""
    from course.grading.answers import Network
    from course.grading.extract import graph_text
    from course.grading.graph import read_graph
    from gluon_nets.nets import build
    from gluon_nets.specs import VGGSpec

    spec = VGGSpec(tuple(map(tuple, blocks)), bn=True, head="gap")
    net = build(spec, num_classes=10, in_channels=image[0])
    return Network("the VGG as is", read_graph(graph_text(net, image), tuple(image)))
