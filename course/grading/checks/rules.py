"""RegNet's quantized linear rule, by numbers that a student names."""

from __future__ import annotations

import math

from course.grading.findings import Miss, plain

__all__ = ["deeper", "own_rule"]

LARGEST = 10**9
NUMBERS = ("w0", "wa", "wm", "depth")


def deeper(answers, answer: str, least: int) -> None:
    """There are at least so many blocks, in all stages together."""
    network = answers.network(answer)
    found = len(_widths(network))
    if found < least:
        raise Miss(
            "layers", name=network.name, what="blocks:", found=found, fits=f"{least}+"
        )


def own_rule(answers, answer: str, network: str, most: float = 0.05) -> None:
    """A rule's w0, wa, wm and depth give the widths of the student's own network.

    most: how far they may be from each other, the mean of |log(width / width)| over the
    blocks, see `gluon_nets.fit_regnet`. (To search for the nearest rule takes a minute
    for a network that is far from all.)
    """
    widths = _widths(answers.network(network))
    numbers = [answers.number(f"{answer}.{name}") for name in NUMBERS]
    if numbers[-1] != len(widths):
        found = plain(numbers[-1])
        raise Miss("own_number", name=f"{answer}.depth", found=found)
    given = _widths_of(answer, numbers, answers.network(network).structure.blocks[0])
    error = sum(abs(math.log(a / b)) for a, b in zip(widths, given)) / len(widths)
    if error > most:
        pair = {"found": plain(list(given)), "widths": plain(list(widths))}
        raise Miss("rule", name=answer, **pair, error=error, fits=most)


def _widths(network) -> list[int]:
    """The width of each block."""
    stages = network.structure.stages
    if not stages:
        raise Miss("stages", name=network.name, found=0, fits="1 or more")
    return [stage.width for stage in stages for _ in stage.blocks]


def _widths_of(name: str, numbers: list, block) -> list[int]:
    """What a rule gives, made compatible with the groups that the network has."""
    from gluon_nets.quantized import regnet_arch

    # 24.0 is as good as 24; what is beyond all bounds need not be exact
    small = [float(max(min(x, LARGEST), -LARGEST)) for x in numbers]
    whole = [int(x) if x.is_integer() else x for x in small]
    groups = {"group_width": block.group_width, "bottleneck": block.bottleneck}
    try:
        arch = regnet_arch(*whole, **groups)
    except ValueError as error:
        raise Miss("extraction", name=name, reason=error) from None
    return [stage.width for stage in arch.stages for _ in range(stage.depth)]
