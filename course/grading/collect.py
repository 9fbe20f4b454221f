"""A submission's answers as plain data; runs where the submission's code has run.

Nothing that comes from here is believed: it is read anew by `course.grading.answers`.
"""

from __future__ import annotations

import json
import numbers
import os
from pathlib import Path
from typing import Any, Iterator, Mapping, Sequence

from course.grading.calls import renamed
from course.grading.messages import ANSWERS
from course.grading.rubric import Answer, Exercise

TEXT = 20_000
SIZE = 7 << 20  # characters of all answers: less than a sandbox hands out
ERRORS = (Exception, SystemExit)  # at home an interrupt is meant for `check` itself


def specification(exercise: Exercise, names: Mapping[str, Sequence[str]]) -> list[dict]:
    """What `collect` has to know; `names`: where answers may be, as `renamed`."""
    return [
        {
            "name": answer.name,
            "kind": answer.kind,
            "image": list(answer.image),
            "calls": [list(call) for call in answer.calls],
            "places": list(dict.fromkeys([*names.get(answer.name, ()), answer.name])),
        }
        for answer in exercise.rubric.answers.values()
    ]


def collect_code(exercise: Exercise, notebook: Mapping[str, Any]) -> str:
    """The cell that collects a submission's answers; `{path}` is where to.

    Parameters
    ----------
    exercise : Exercise
    notebook : mapping
        The submission, in nbformat's version 4: in its calls of `check` variables may
        have other names.
    """
    text = json.dumps(specification(exercise, renamed(exercise, notebook)))
    return (
        "from course.grading.collect import collect_into as _collect_into\n"
        f"_collect_into({text!r}, globals(), {{path!r}})\n"
    ).replace("{path!r}", "'{path}'")


def collect_into(text: str, namespace: Mapping[str, Any], path: str) -> None:
    """Collect the answers of a specification and write them to a file.

    It is written after each answer, those first that take no time: whoever is stopped
    by one of them has the others.
    """
    found: dict[str, str] = {}
    _write(found, path)
    for spec in sorted(json.loads(text), key=_duration):
        raw = _found(spec, namespace, BaseException)
        if raw is not None:
            found[spec["name"]] = _text_of(raw)
            _write(found, path)


def _duration(spec: dict) -> int:
    return 2 if spec["calls"] else int(spec["kind"].startswith("network"))


def _text_of(raw: dict) -> str:
    try:
        return json.dumps(raw)
    except Exception as error:  # a number of more digits than Python writes
        return json.dumps({"reason": _words(error)})


def _write(found: Mapping[str, str], path: str) -> None:
    """The smallest first, as far as there is room: a giant costs only itself."""
    left, kept = SIZE, []
    for name, text in sorted(found.items(), key=lambda item: len(item[1])):
        left -= len(text)
        text = text if left >= 0 else _too_large(len(text))
        kept.append(f"{json.dumps(name)}: {text}")
    part = Path(f"{path}.part")
    part.write_text("{" + ", ".join(kept) + "}")
    os.replace(part, path)


def _too_large(size: int) -> str:
    return json.dumps({"reason": ANSWERS["too_large"].format(found=size)})


def collect(specified: list[dict], namespace: Mapping[str, Any]) -> dict[str, dict]:
    """The answers as JSON's data: {name: {"value": …}} or {name: {"reason": …}}."""
    found = {spec["name"]: _found(spec, namespace, ERRORS) for spec in specified}
    return {name: raw for name, raw in found.items() if raw is not None}


def _found(spec: dict, namespace: Mapping[str, Any], caught) -> dict | None:
    """An answer, where it is; of several places the first where something is.

    caught: the errors that are reasons; others are raised.
    """
    first = None
    for place in spec["places"]:
        raw = _at(place, spec, namespace, caught)
        if raw is None:
            continue
        if not _is_empty(raw):
            return raw
        if first is None or first == {"value": None}:
            first = raw
    return first


def _at(place: str, spec: dict, namespace: Mapping[str, Any], caught) -> dict | None:
    """What is at a place: a name, or what a call of `check` was given instead."""
    if place in namespace:
        value = namespace[place]
    elif place.isidentifier():
        return None
    else:
        try:
            value = eval(f"({place}\n)", dict(namespace))
        except caught:
            return None
    return {"value": None} if value is None else _collected(spec, value, caught)


def _is_empty(raw: dict) -> bool:
    """Whether nothing can be graded there: a stub, as {"d": None, "w": None}, too."""
    waiting = [raw.get("value")]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting += item
        elif isinstance(item, dict):
            waiting += [] if list(item) == ["reason"] else item.values()
        elif item is not None:
            return False
    return True


def _collected(spec: dict, value: Any, caught) -> dict:
    answer = Answer(
        spec["name"], spec["kind"], tuple(spec["image"]), tuple(spec["calls"])
    )
    try:
        if answer.calls:
            value = _called(answer, value)
        return {"value": CONVERT[answer.kind](answer, value)}
    except caught as error:  # whatever the student's own code raises
        return {"reason": _words(error)}


def _words(error: BaseException) -> str:
    try:
        return str(error)[:500] or type(error).__name__
    except Exception:  # of an error's own text
        return type(error).__name__


def _called(answer: Answer, function: Any) -> Any:
    if not callable(function):
        raise _unfit(function, "a function")
    results = {}
    for place, call in enumerate(answer.calls):
        try:
            results[str(place)] = function(*call)
        except ERRORS as error:
            given = ", ".join(map(repr, call))
            name = f"{answer.name}({given})"
            kind, words = type(error).__name__, _words(error)
            found = f"{kind}: {words}" if words != kind else kind
            reason = ANSWERS["raises"].format(name=name, found=found)
            raise ValueError(reason) from None
    return results


def _network(answer: Answer, value: Any) -> str:
    from mxnet.gluon import Block

    from course.grading.extract import graph_text

    if not isinstance(value, Block):
        raise _unfit(value, "a network")
    return graph_text(value, answer.image)


def _networks(answer: Answer, value: Any) -> dict[str, Any]:
    if isinstance(value, (list, tuple)):
        value = dict(enumerate(value))
    if not isinstance(value, dict):
        raise _unfit(value, "a dict or list of networks")
    found: dict[str, Any] = {}
    for key, item in value.items():
        try:
            found[str(key)] = _network(answer, item)
        except ERRORS as error:
            found[str(key)] = {"reason": _words(error)}
    return found


def _number(answer: Answer, value: Any) -> float:
    value = _plain(value)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _unfit(value, "a number")
    return value


def _text(answer: Answer, value: Any) -> str:
    if not isinstance(value, str):
        raise _unfit(value, "a text")
    return value[:TEXT]


def _plain(value: Any, depth: int = 0) -> Any:
    """Numbers of all libraries as Python's, tuples and arrays as lists."""
    if depth > 6:
        raise ValueError(ANSWERS["nested"])
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        return float(value)
    if hasattr(value, "_asdict"):  # a named tuple
        value = value._asdict()
    if hasattr(value, "__dataclass_fields__"):
        value = {name: getattr(value, name) for name in value.__dataclass_fields__}
    if hasattr(value, "asnumpy"):
        value = value.asnumpy()
    if hasattr(value, "tolist"):
        return _plain(value.tolist(), depth)
    if isinstance(value, dict):
        return {str(key): _plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset, range)):
        return [_plain(item, depth + 1) for item in value]
    if isinstance(value, Iterator):
        raise ValueError(ANSWERS["iterator"].format(found=type(value).__name__))
    raise ValueError(ANSWERS["holds"].format(found=type(value).__name__))


def _unfit(value: Any, fits: str) -> ValueError:
    found = type(value).__name__
    return ValueError(ANSWERS["type"].format(found=found, fits=fits))


CONVERT = {
    "network": _network,
    "networks": _networks,
    "number": _number,
    "text": _text,
    "data": lambda answer, value: _plain(value),
}
