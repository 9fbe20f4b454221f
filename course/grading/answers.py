"""A submission's answers, read from untrusted data."""

from __future__ import annotations

import dataclasses
import functools
import math
from typing import Any, Callable, Mapping

from course.grading.findings import Miss, Pending, shortened
from course.grading.rubric import Answer, Exercise

ITEMS = 100_000  # numbers and texts in an answer of the kind 'data'
DEPTH = 6
TEXT = 20_000  # characters
KEY = 40  # characters of a key that are shown
NETWORKS = 128
WORDS = {
    "network": "a network",
    "networks": "networks, in a dict or a list",
    "number": "a number",
    "text": "a text",
    "data": "numbers and texts, in lists or dicts",
}


@dataclasses.dataclass(frozen=True)
class Network:
    """A network of a submission: what it computes, and how it is built.

    Attributes
    ----------
    name : str
    graph : course.grading.graph.Graph
    """

    name: str
    graph: Any

    @functools.cached_property
    def structure(self):
        """Stages, blocks and head, see `course.grading.structure`."""
        from course.grading.structure import structure_of

        return structure_of(self.graph)


class Answers:
    """What a submission left behind, by name; what is not there raises `Miss`.

    Parameters
    ----------
    exercise : Exercise
    raw : mapping
        As `course.grading.collect` makes it: nothing in it is believed.
    train : function, optional
        Network and options to the error after a training; without it rows that ask for
        one are pending.
    """

    def __init__(self, exercise: Exercise, raw: Any, train: Callable | None = None):
        self._known = exercise.rubric.answers
        self._raw = raw if isinstance(raw, dict) else {}
        self._train = train
        self._read: dict[str, Any] = {}

    def network(self, place: str) -> Network:
        """A network by name, or by 'name.key' one of several."""
        name, _, key = place.partition(".")
        found = self._get(name)
        return self._entry(name, found, key) if key else found

    def networks(self, name: str) -> dict[str, Network]:
        """Several networks by their keys; all must be readable."""
        found = self._get(name)
        return {key: self._entry(name, found, key) for key in found}

    def number(self, place: str) -> float:
        """A number by name, or by 'name.key.key' one in an answer of data."""
        value = self.data(place)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise Miss("kind", name=place, found=_kind(value), fits=WORDS["number"])
        return value

    def text(self, place: str) -> str:
        """A text by name, or by 'name.key' one in an answer of data."""
        value = self.data(place)
        if not isinstance(value, str):
            raise Miss("kind", name=place, found=_kind(value), fits=WORDS["text"])
        return value

    def data(self, place: str) -> Any:
        """Plain data by name, or by 'name.key' a part of them."""
        name, *keys = place.split(".")
        value = self._get(name)
        for key in keys:
            value = self._entry(name, value, key)
        return value

    def train(self, network: Network, **options) -> float:
        """The error of a network that the grader trains.

        Raises
        ------
        Pending
            Where there is no trainer.
        """
        if self._train is None:
            raise Pending()
        return self._train(network.graph, **options)

    def _get(self, name: str) -> Any:
        if name not in self._read:
            try:
                self._read[name] = _read(self._known[name], self._raw)
            except Miss as miss:
                self._read[name] = miss
        found = self._read[name]
        if isinstance(found, Miss):
            raise found
        return found

    def _entry(self, name: str, value: Any, key: str) -> Any:
        if isinstance(value, list) and key.isdigit() and int(key) < len(value):
            return value[int(key)]
        if not isinstance(value, dict) or key not in value:
            keys = list(value)[:12] if isinstance(value, dict) else [_kind(value)]
            there = ", ".join(shortened(str(one), KEY) for one in keys) or "nothing"
            raise Miss("key", name=name, key=key, found=there)
        entry = value[key]
        if isinstance(entry, Miss):
            raise entry
        return entry


def read_answers(exercise: Exercise, raw: Any, train=None) -> Answers:
    """The answers in what `collect` made, in the sandbox or at home."""
    return Answers(exercise, raw, train)


def _read(answer: Answer, raw: Mapping[str, Any]) -> Any:
    found = raw.get(answer.name)
    if not isinstance(found, dict):
        raise Miss("absent", name=answer.name)
    if isinstance(found.get("reason"), str):
        raise Miss("extraction", name=answer.name, reason=found["reason"][:500])
    value = found.get("value")
    if value is None:
        raise Miss("empty", name=answer.name)
    if answer.kind == "network":
        return _network(answer.name, answer, value)
    if answer.kind == "networks":
        return _networks(answer, value)
    _check_plain(answer.name, value)
    return value


def _networks(answer: Answer, value: Any) -> dict[str, Any]:
    """Each network, or the `Miss` that says why it is none."""
    if not isinstance(value, dict):
        raise Miss("kind", name=answer.name, found=_kind(value), fits=WORDS["networks"])
    if not 0 < len(value) <= NETWORKS:
        facts = {"found": len(value), "fits": f"1 to {NETWORKS} networks"}
        raise Miss("length", name=answer.name, **facts)
    found: dict[str, Any] = {}
    for key, text in value.items():
        name = f"{answer.name}[{shortened(str(key), KEY)!r}]"
        try:
            found[str(key)] = _network(name, answer, text)
        except Miss as miss:
            found[str(key)] = miss
    return found


def _network(name: str, answer: Answer, value: Any) -> Network:
    from course.grading.graph import GraphError, read_graph

    if isinstance(value, dict) and isinstance(value.get("reason"), str):
        raise Miss("extraction", name=name, reason=value["reason"][:500])
    if not isinstance(value, str):
        raise Miss("kind", name=name, found=_kind(value), fits=WORDS["network"])
    try:
        return Network(name, read_graph(value, answer.image))
    except GraphError as error:
        raise Miss("extraction", name=name, reason=error) from None


def _check_plain(name: str, value: Any) -> None:
    """Only numbers that are finite, short texts, lists and dicts, and not too many."""
    left, waiting = ITEMS, [(value, 0)]
    while waiting:
        item, depth = waiting.pop()
        left -= 1
        if left < 0 or depth > DEPTH:
            raise Miss("kind", name=name, found="too large", fits=f"{ITEMS:,} entries")
        if isinstance(item, dict):
            waiting += [(part, depth + 1) for part in item.values()]
        elif isinstance(item, list):
            waiting += [(part, depth + 1) for part in item]
        elif isinstance(item, str):
            if len(item) > TEXT:
                raise Miss(
                    "kind", name=name, found="too long", fits=f"{TEXT:,} letters"
                )
        elif isinstance(item, (int, float)):
            # a whole number may be too large to be asked whether it is finite
            if abs(item) > 1e300 or not math.isfinite(item):
                raise Miss("kind", name=name, found=item, fits="a finite number")
        elif item is not None:
            raise Miss("kind", name=name, found=_kind(item), fits=WORDS["data"])


def _kind(value: Any) -> str:
    kinds = {dict: "a dict", list: "a list", str: "a text", bool: "True or False"}
    if value is None:
        return "None"
    return kinds.get(
        type(value), "a number" if isinstance(value, (int, float)) else "?"
    )
