"""The principles of RegNet: which of them a network keeps."""

from __future__ import annotations

from course.grading.checks.rising import check_rising, check_shared
from course.grading.checks.structure import blocks, frame, numbers_of, stages
from course.grading.findings import Miss, plain

__all__ = ["breaks", "framed", "keeps"]

PRINCIPLES = {"d": "depth", "w": "width", "g": "group_width", "b": "bottleneck"}
RISING = "dw"  # the others are shared


def breaks(answers, answer: str, principle: str) -> None:
    """Of the principles d, w, g and b a network breaks one, and no other."""
    network = answers.network(answer)
    if not network.structure.stages:
        raise Miss("stages", name=network.name, found=0, fits="1 or more")
    for key, what in PRINCIPLES.items():
        found = _found(network, key)
        word, is_kept = what.replace("_", " "), _keeps(key, found)
        if is_kept and key == principle:
            code = "not_rising" if key in RISING else "not_shared"
            shown = found if key in RISING else found[0]
            raise Miss(code, name=network.name, what=word, found=plain(shown))
        if not is_kept and key != principle:
            facts = {"principle": principle, "other": key, "what": word}
            raise Miss("breaks_too", name=network.name, **facts, found=plain(found))


def keeps(answers, answer: str, principle: str) -> None:
    """A network keeps one of the principles d, w, g and b, in each of its blocks."""
    check = check_rising if principle in RISING else check_shared
    check(answers.network(answer), PRINCIPLES[principle])


def _found(network, key: str) -> tuple[float, ...]:
    """A number of each stage; of groups and bottlenecks one of each block."""
    stages = network.structure.stages
    return tuple(x for stage in stages for x in numbers_of(stage, PRINCIPLES[key]))


def _keeps(key: str, found: tuple[float, ...]) -> bool:
    if key in RISING:
        return all(a <= b for a, b in zip(found, found[1:]))
    return max(found) - min(found) <= 1e-6 * max(found)


def framed(
    answers, answer: str, keys: list, kind: str, stride: int = 2, **options
) -> None:
    """Several networks have blocks of a kind, and a frame's options.

    The blocks have shortcuts, BatchNorm and ReLU. stride: of each stage's first block.
    """
    for key in keys:
        place = f"{answer}.{key}"
        frame(answers, place, **options)
        blocks(answers, place, kind, shortcut=True, layers=True)
        stages(answers, place, stride=stride)
