"""A submission's answers as plain data; runs where the submission's code has run.

Nothing that comes from here is believed: it is read anew by `course.grading.answers`.
"""

from __future__ import annotations

import ast
import json
import numbers
from pathlib import Path
from typing import Any, Iterator, Mapping

from course.grading.rubric import Answer, Exercise

TEXT = 20_000


def specification(exercise: Exercise, names: Mapping[str, str]) -> list[dict]:
    """What `collect` has to know; `names`: the variable of an answer, if another."""
    return [
        {
            "name": answer.name,
            "kind": answer.kind,
            "image": list(answer.image),
            "calls": [list(call) for call in answer.calls],
            "variable": names.get(answer.name, answer.name),
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


def renamed(exercise: Exercise, notebook: Mapping[str, Any]) -> dict[str, str]:
    """Variables that a submission gave other names: check("…", plain=mine)."""
    found = {}
    for cell in notebook.get("cells", ()):
        if not isinstance(cell, dict) or cell.get("cell_type") != "code":
            continue
        source = cell.get("source", "")
        source = "".join(source) if isinstance(source, list) else source
        if not isinstance(source, str) or "check" not in source:
            continue
        for call in _calls(source):
            for keyword in call.keywords:
                is_answer = keyword.arg in exercise.rubric.answers
                if is_answer and isinstance(keyword.value, ast.Name):
                    found[keyword.arg] = keyword.value.id
    return found


def _calls(source: str) -> list[ast.Call]:
    try:
        tree = ast.parse(source[:100_000])
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "check"
    ]


def collect_into(text: str, namespace: Mapping[str, Any], path: str) -> None:
    """Collect the answers of a specification and write them to a file."""
    raw = collect(json.loads(text), namespace)
    Path(path).write_text(json.dumps(raw))


def collect(specified: list[dict], namespace: Mapping[str, Any]) -> dict[str, dict]:
    """The answers as JSON's data: {name: {"value": …}} or {name: {"reason": …}}."""
    raw = {}
    for spec in specified:
        # the answer's own name first: a mistaken call of `check` must not lose it
        for variable in (spec["name"], spec["variable"]):
            if namespace.get(variable) is not None:
                raw[spec["name"]] = _collected(spec, namespace[variable])
                break
        else:
            if spec["name"] in namespace:
                raw[spec["name"]] = {"value": None}
    return raw


def _collected(spec: dict, value: Any) -> dict:
    answer = Answer(
        spec["name"], spec["kind"], tuple(spec["image"]), tuple(spec["calls"])
    )
    try:
        if answer.calls:
            value = _called(answer, value)
        return {"value": CONVERT[answer.kind](answer, value)}
    except Exception as error:  # whatever the student's own code raises
        return {"reason": f"{error or type(error).__name__}"[:500]}


def _called(answer: Answer, function: Any) -> Any:
    if not callable(function):
        raise ValueError(f"it is {_named(function)}: it must be a function")
    results = {}
    for place, call in enumerate(answer.calls):
        try:
            results[str(place)] = function(*call)
        except Exception as error:
            given = ", ".join(map(repr, call))
            name = f"{answer.name}({given})"
            reason = f"{name} raises {type(error).__name__}: {error}"
            raise ValueError(reason) from None
    return results


def _network(answer: Answer, value: Any) -> str:
    from mxnet.gluon import Block

    from course.grading.extract import graph_text

    if not isinstance(value, Block):
        raise ValueError(f"it is {_named(value)}: it must be a network")
    return graph_text(value, answer.image)


def _networks(answer: Answer, value: Any) -> dict[str, Any]:
    if isinstance(value, (list, tuple)):
        value = dict(enumerate(value))
    if not isinstance(value, dict):
        raise ValueError(
            f"it is {_named(value)}: it must be a dict or list of networks"
        )
    found: dict[str, Any] = {}
    for key, item in value.items():
        try:
            found[str(key)] = _network(answer, item)
        except Exception as error:
            found[str(key)] = {"reason": f"{error or type(error).__name__}"[:500]}
    return found


def _number(answer: Answer, value: Any) -> float:
    value = _plain(value)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"it is {_named(value)}: it must be a number")
    return value


def _text(answer: Answer, value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"it is {_named(value)}: it must be a text")
    return value[:TEXT]


def _plain(value: Any, depth: int = 0) -> Any:
    """Numbers of all libraries as Python's, tuples and arrays as lists."""
    if depth > 6:
        raise ValueError("it is nested too deeply")
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
        raise ValueError(f"it is a {type(value).__name__}: a list fits")
    raise ValueError(f"it holds something {_named(value)}: numbers and texts fit")


def _named(value: Any) -> str:
    return f"of the type {type(value).__name__}"


CONVERT = {
    "network": _network,
    "networks": _networks,
    "number": _number,
    "text": _text,
    "data": lambda answer, value: _plain(value),
}
