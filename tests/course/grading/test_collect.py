"""What a submission leaves behind, as data."""

from __future__ import annotations

import dataclasses
import json
from collections import namedtuple

import numpy as np
import pytest

from course.grading import collect as module
from course.grading.calls import renamed
from course.grading.collect import (
    collect,
    collect_code,
    collect_into,
    specification,
)


def values(exercise, **namespace):
    return collect(specification(exercise, {}), namespace)


def exit_(x):
    raise SystemExit


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
        ("double", lambda: 1, r"double\(2\) raises TypeError: .*argument"),
        ("double", exit_, r"double\(2\) raises SystemExit$"),
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
    assert renamed(exercise, submitted) == {"params": ["mine"]}
    raw = collect(specification(exercise, {"params": ["mine"]}), {"mine": 3})
    assert raw == {"params": {"value": 3}}


@pytest.mark.parametrize(
    "source",
    [
        'check("costs", mine)',
        'check("costs", net=mine)',
        'course.check("costs", mine, best="x")',
        '%%time\n!ls [\ncheck("costs", net=mine)',
        'mine?\nif 1:\n    %matplotlib inline\n    %time check("costs", net=mine)',
        "name = 'costs'\ncheck(name, net=mine)",
    ],
)
def test_as_check_takes_it_at_home_it_is_found(exercise, source):
    assert renamed(exercise, cells(source))["net"] == ["mine"]


def test_calls_that_tell_nothing(exercise):
    for source in ('check("other", net=mine)', 'check("costs", *mine)', "check()"):
        assert renamed(exercise, cells(source)) == {}


def test_the_last_calls_come_first_and_not_too_many(exercise):
    sources = [f'check("costs", params=x{number})' for number in range(9)]
    found = renamed(exercise, cells("\n".join(sources), *sources[:2]))
    assert found == {"params": ["x1", "x0", "x8", "x7"]}


def placed(exercise, *places, **namespace):
    """The table, where a call of `check` told places."""
    raw = collect(specification(exercise, {"table": places}), namespace)
    return raw["table"]


def test_what_check_was_given_comes_before_the_stub(exercise):
    mine, stub = {"a": 1}, {"a": None, "b": [None, {"c": None}]}
    assert placed(exercise, "mine", table=stub, mine=mine) == {"value": mine}
    assert placed(exercise, "mine", table={"a": 2}, mine=mine) == {"value": mine}
    given = '{"a": first,\n"b": second} if first\nelse None  # mine'
    found = placed(exercise, given, table=stub, first=3, second=4)
    assert found == {"value": {"a": 3, "b": 4}}


@pytest.mark.parametrize("mine", [None, {"a": None}, [], object(), ...])
def test_a_mistaken_call_of_check_does_not_lose_an_answer(exercise, mine):
    namespace = {} if mine is ... else {"mine": mine}
    for place in ("mine", "mine()", "1 +", "exit()"):
        found = placed(exercise, place, table={"a": 1}, exit=exit, **namespace)
        assert found == {"value": {"a": 1}}


def test_where_there_is_nothing_a_reason_says_more_than_none(exercise):
    found = placed(exercise, "mine", table=object(), mine=None)
    assert "it holds something of the type object" in found["reason"]


class Stop(BaseException):
    """What no student's `except` catches."""


def written(exercise, path, **namespace) -> dict:
    """What a grading finds in the file."""
    text = json.dumps(specification(exercise, {}))
    collect_into(text, namespace, str(path))
    return json.loads(path.read_text())


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, Stop, MemoryError])
def test_an_answer_that_ends_the_program_costs_only_itself(exercise, tmp_path, error):
    """KeyboardInterrupt: a loop of theirs, when its time is over."""

    def ends(x):
        raise error

    raw = written(exercise, tmp_path / "a", double=ends, params=3, best="b")
    assert "reason" in raw.pop("double")
    assert raw == {"params": {"value": 3}, "best": {"value": "b"}}


def test_at_home_an_interrupt_is_one(exercise):
    def stopped(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        values(exercise, double=stopped)


def test_whoever_is_stopped_has_the_answers_before(exercise, tmp_path):
    """A function of theirs that takes the whole process with it comes last."""
    path = tmp_path / "a"
    seen = {}

    def double(x):
        seen.update(json.loads(path.read_text()))

    written(exercise, path, double=double, params=3, table={"a": 1}, best="b")
    assert set(seen) == {"params", "table", "best"}
    assert [one.name for one in tmp_path.glob("a*")] == ["a"]


def test_an_answer_that_is_too_large_costs_only_itself(exercise, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "SIZE", 1000)
    raw = written(exercise, tmp_path / "a", params=3, table=["x" * 2000], best="b")
    assert raw["table"]["reason"].startswith("it is too large: 2,0")
    assert (raw["params"], raw["best"]) == ({"value": 3}, {"value": "b"})


def test_the_sandbox_hands_out_what_may_be_written():
    from course.grading.sandbox import Limits

    assert module.SIZE + 2**16 < Limits().answers  # all the reasons, too


def test_a_number_that_cannot_be_written_costs_only_itself(exercise, tmp_path):
    raw = written(exercise, tmp_path / "a", table=10**10_000, params=3)
    assert raw["params"] == {"value": 3} and "table" in raw


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
