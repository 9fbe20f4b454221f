"""What a submission leaves behind, as data."""

from __future__ import annotations

import dataclasses
import json
from collections import namedtuple

import numpy as np
import pytest

from course.grading.collect import collect, collect_code, renamed, specification


def values(exercise, **namespace):
    return collect(specification(exercise, {}), namespace)


@dataclasses.dataclass
class Point:
    x: int


@pytest.mark.parametrize(
    ("value", "data"),
    [
        (np.float32(0.5), 0.5),
        (np.arange(3), [0, 1, 2]),
        ({1: (2, 3)}, {"1": [2, 3]}),
        ([Point(3)], [{"x": 3}]),
        (namedtuple("Pair", "a b")(1, 2), {"a": 1, "b": 2}),
        (range(2), [0, 1]),
        (np.array(7), 7),
    ],
)
def test_numbers_of_all_libraries_become_plain(exercise, value, data):
    assert values(exercise, table=value)["table"] == {"value": data}


def test_mxnets_arrays_too(exercise):
    mx = pytest.importorskip("mxnet")
    assert values(exercise, params=mx.np.array([4.0]))["params"] == {"value": 4.0}


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("params", "many", "of the type str: it must be a number"),
        ("params", True, "of the type bool: it must be a number"),
        ("best", 3, "of the type int: it must be a text"),
        ("table", {"a": object()}, "it holds something of the type object"),
        ("table", iter([1]), "it is a list_iterator: a list fits"),
        ("double", 3, "of the type int: it must be a function"),
        ("double", lambda: 1, r"double\(2\) raises TypeError"),
    ],
)
def test_what_does_not_fit_is_a_reason(exercise, name, value, said):
    import re

    assert re.search(said, values(exercise, **{name: value})[name]["reason"])


def test_none_and_nothing_are_told_apart(exercise):
    raw = values(exercise, best=None)
    assert raw == {"best": {"value": None}}


def test_functions_are_called(exercise):
    raw = values(exercise, double=lambda x: 2 * x)
    assert raw["double"] == {"value": {"0": 4, "1": 6}}


def cells(*sources) -> dict:
    return {"cells": [{"cell_type": "code", "source": source} for source in sources]}


def test_another_variable_is_found_in_the_call_of_check(exercise):
    submitted = cells("mine = 3", ['check("costs", params=mine, ', "net=None)"], "1 +")
    assert renamed(exercise, submitted) == {"params": "mine"}
    raw = collect(specification(exercise, {"params": "mine"}), {"mine": 3})
    assert raw == {"params": {"value": 3}}


def test_the_answers_own_name_comes_first(exercise):
    raw = collect(specification(exercise, {"params": "x"}), {"x": 1, "params": 2})
    assert raw == {"params": {"value": 2}}


def test_the_cell_writes_a_file(exercise, tmp_path):
    code = collect_code(exercise, cells()).replace("{path}", str(tmp_path / "a.json"))
    exec(code, {"params": 5, "best": "quote \" ' {path}"})
    raw = json.loads((tmp_path / "a.json").read_text())
    assert raw["params"] == {"value": 5}
    assert raw["best"]["value"].startswith('quote "')


@pytest.mark.parametrize(
    "notebook",
    [{}, {"cells": [1, {"cell_type": "code"}]}, cells(None), cells("check(" * 5000)],
)
def test_odd_notebooks_do_no_harm(exercise, notebook):
    assert renamed(exercise, notebook) == {}
