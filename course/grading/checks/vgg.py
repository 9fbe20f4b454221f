"""Small members of the VGG family, and checks of several networks at once."""

from __future__ import annotations

from course.grading.findings import Miss

__all__ = ["each", "no_worse_than_vgg", "vgg_like"]


def each(answers, answer: str, of: str, keys: list, **options) -> None:
    """Another check holds for several networks, by their keys."""
    from course.grading.checks import CHECKS

    for key in keys:
        CHECKS[of](answers, f"{answer}.{key}", **options)


def vgg_like(answers, answer: str, convs: int = 8) -> None:
    """3×3 convolutions and 2×2 max poolings, and nothing else up to the last of them.

    A ReLU stands behind each. convs: how many convolutions there are at least.
    """
    from course.grading.checks.chain import POOL, relu_between, table, words

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
