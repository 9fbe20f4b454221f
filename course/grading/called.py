"""What a function gave is named by its call: conv_costs(1, 64, 3, 224)."""

from __future__ import annotations

from typing import Mapping

from course.grading.findings import Miss
from course.grading.rubric import Answer

NAMES = ("name", "other")  # the facts that are places in answers


def with_calls(miss: Miss, answers: Mapping[str, Answer]) -> Miss:
    """The same with places like `edf.0` as the calls whose results stand there."""
    facts = {
        key: called(value, answers) if key in NAMES else value
        for key, value in miss.facts.items()
    }
    return miss if facts == miss.facts else Miss(miss.code, **facts)


def called(place: str, answers: Mapping[str, Answer]) -> str:
    """A place in words: `conv_costs.0.1` is conv_costs(1, 64, 3, 224)[1]."""
    name, *keys = str(place).split(".")
    answer = answers.get(name)
    if answer is None or not keys or not keys[0].isdigit():
        return place
    if int(keys[0]) >= len(answer.calls):
        return place
    given = ", ".join(map(repr, answer.calls[int(keys[0])]))
    return f"{name}({given})" + "".join(f"[{key}]" for key in keys[1:])
