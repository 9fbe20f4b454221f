"""Single layers, wherever they stand."""

from __future__ import annotations

from course.grading.findings import Miss, plain

__all__ = ["containing", "different", "dense_layers", "made_of"]

WORDS = {
    "conv": "convolution",
    "dense": "dense",
    "norm": "batch normalization",
    "layer_norm": "layer normalization",
    "relu": "ReLU",
    "global_pool": "global pooling",
    "pool": "pooling",
}


def made_of(answers, answer: str, kinds: list) -> None:
    """No layer is of another kind."""
    network = answers.network(answer)
    for node in network.graph.nodes:
        if node.kind not in {"input", *kinds}:
            found = WORDS.get(node.kind, node.kind)
            fits = ", ".join(WORDS.get(kind, kind) for kind in kinds)
            raise Miss("forbidden", name=network.name, found=found, fits=fits)


def containing(
    answers, answer: str, kind: str, count: int | None = None, least: int = 1
) -> None:
    """There are layers of a kind: exactly `count`, or at least as many as told."""
    network = answers.network(answer)
    found = sum(node.kind == kind for node in network.graph.nodes)
    word = WORDS.get(kind, kind)
    if count is not None and found != count:
        what = f"layers of the kind {word}:"
        raise Miss("layers", name=network.name, what=what, found=found, fits=count)
    if count is None and found < least:
        raise Miss("lacking", name=network.name, fits=word)


def dense_layers(
    answers, answer: str, widths: list | None = None, least: int = 1
) -> None:
    """The dense layers, in their order, have these many outputs each."""
    network = answers.network(answer)
    nodes = network.graph.nodes
    found = [node.attrs["units"] for node in nodes if node.kind == "dense"]
    if widths is not None and found != widths:
        raise Miss(
            "layers",
            name=network.name,
            what="dense layers of the widths",
            found=plain(found),
            fits=plain(widths),
        )
    if len(found) < least:
        raise Miss("lacking", name=network.name, fits=WORDS["dense"])


def different(answers, answer: str) -> None:
    """No two of several networks are the same."""
    seen: dict[str, str] = {}
    for key, network in answers.networks(answer).items():
        digest = network.graph.digest
        if digest in seen:
            raise Miss("same_network", first=seen[digest], second=key)
        seen[digest] = key
