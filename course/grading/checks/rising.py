"""What rises from stage to stage, and what all stages share."""

from __future__ import annotations

from course.grading.checks.structure import numbers_of
from course.grading.findings import Miss, plain

__all__ = ["rising", "shared"]


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
    network = answers.network(answer)
    try:
        check_rising(network, what, strictly)
    except Miss as miss:
        if holds or miss.code != "rising":
            raise
        return
    if not holds:
        found = plain(column(network, what))
        raise Miss("not_rising", name=network.name, what=_words(what), found=found)


def check_rising(network, what: str, strictly: bool = False) -> None:
    """A number never falls from a stage to the next; strictly: nor stays."""
    numbers = column(network, what)
    for stage, (before, found) in enumerate(zip(numbers, numbers[1:]), 2):
        if found < before or strictly and found == before:
            least = plain(before)
            fits = f"more than {least}" if strictly else f"{least} or more"
            at = {"name": network.name, "stage": stage, "before": stage - 1}
            raise Miss("rising", **at, what=_words(what), found=plain(found), fits=fits)


def shared(answers, answer: str, what: str = "group_width", holds: bool = True) -> None:
    """All blocks share a number: group_width or bottleneck; with holds=false, not."""
    network = answers.network(answer)
    try:
        check_shared(network, what)
    except Miss as miss:
        if holds or miss.code != "shared":
            raise
        return
    if not holds:
        found = plain(column(network, what)[0])
        raise Miss("not_shared", name=network.name, what=_words(what), found=found)


def check_shared(network, what: str) -> None:
    """All blocks of all stages have the same number."""
    fits = column(network, what)[0]
    for number, stage in enumerate(network.structure.stages, 1):
        for place, found in enumerate(numbers_of(stage, what), 1):
            if abs(found - fits) > 1e-6 * fits:
                at = {"name": network.name, "stage": number, "block": place}
                facts = {"found": plain(found), "fits": plain(fits)}
                raise Miss("shared", **at, what=_words(what), **facts)


def column(network, what: str) -> tuple[float, ...]:
    """A number of each stage, of groups and bottlenecks its first block's."""
    stages = network.structure.stages
    if not stages:
        raise Miss("stages", name=network.name, found=0, fits="1 or more")
    return tuple(numbers_of(stage, what)[0] for stage in stages)


def _words(what: str) -> str:
    return what.replace("_", " ")
