"""What a network costs: parameters, flops, activations."""

from __future__ import annotations

from course.grading.findings import Miss, plain

__all__ = ["budget", "cheaper", "costs", "sized"]

WORDS = {"params": "parameters", "flops": "flops", "acts": "activations"}


def budget(
    answers, answer: str, like, what: str = "flops", within: float = 0.05
) -> None:
    """It costs what a network of ours does for the same image, but for a share.

    like: our network's name, or a number.
    """
    network = answers.network(answer)
    is_name = isinstance(like, str)
    wanted = cost_of(like, network.graph.image, what) if is_name else like
    low, high = wanted * (1 - within), wanted * (1 + within)
    found = getattr(network.graph, what)
    if not low <= found <= high:
        raise Miss(
            "budget",
            name=network.name,
            found=plain(found),
            what=WORDS[what],
            low=plain(round(low)),
            high=plain(round(high)),
        )


def sized(answers, answer: str, low: int, high: int, what: str = "params") -> None:
    """It costs as much as two bounds allow."""
    network = answers.network(answer)
    found = getattr(network.graph, what)
    if not low <= found <= high:
        bounds = {"low": plain(low), "high": plain(high)}
        facts = {"found": plain(found), "what": WORDS[what], **bounds}
        raise Miss("budget", name=network.name, **facts)


def cost_of(name: str, image, what: str) -> int:
    """What a network of ours costs for an image; of 10 classes."""
    from gluon_nets.cost import complexity

    channels, *sides = image
    return getattr(complexity(name, tuple(sides), channels, 10), what)


def costs(
    answers,
    answer: str,
    params: list | int | None = None,
    flops: list | int | None = None,
    within: float = 0.0,
) -> None:
    """It costs exactly what is told; a list names all that is right.

    Biases before BatchNorm, or BatchNorm on projections, may be there or not: hence
    the lists.
    """
    network = answers.network(answer)
    for what, wanted in (("params", params), ("flops", flops)):
        if wanted is None:
            continue
        values = wanted if isinstance(wanted, list) else [wanted]
        found = getattr(network.graph, what)
        if not any(abs(found - value) <= within * value for value in values):
            fits = " or ".join(map(plain, values))
            word = WORDS[what]
            raise Miss(
                "cost", name=network.name, found=plain(found), what=word, fits=fits
            )


def cheaper(
    answers, answer: str, than, what: str = "params", share: float = 0.5
) -> None:
    """It costs at most a share of another network, ours by name, or of a number."""
    network = answers.network(answer)
    is_name = isinstance(than, str)
    of = cost_of(than, network.graph.image, what) if is_name else than
    found = getattr(network.graph, what)
    if found <= share * of:
        return
    facts = {"name": network.name, "found": plain(found), "what": WORDS[what]}
    if not is_name:
        raise Miss("over", **facts, fits=plain(share * of))
    raise Miss("dearer", **facts, share=found / of, than=than, fits=share)
