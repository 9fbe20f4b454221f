"""Executions and trainings: each once, and again where nothing came back."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from course.classroom.store import Store, digest
from course.classroom.trainings import Trainings
from tests.course.classroom.conftest import NAME, solved


@pytest.fixture
def request_(folder, release):
    from course.classroom.examine import request_of
    from course.classroom.prepare import prepare

    notebook = prepare(json.dumps(solved(folder)).encode(), release)
    return request_of(folder, NAME, notebook)


def test_only_code_is_executed_without_what_surrounds_it(request_):
    data = json.loads(request_.code)
    assert {cell["cell_type"] for cell in data["cells"]} == {"code"}
    assert all(not cell["metadata"] for cell in data["cells"])


def test_the_place_in_the_cache_is_that_of_all_that_matters(request_):
    import dataclasses

    changes = ({"code": "x"}, {"collect": "x"}, {"trust": True}, {"limits": {"a": 1}})
    keys = {dataclasses.replace(request_, **change).key for change in changes}
    assert len(keys | {request_.key}) == 5


def test_another_grader_may_find_more(request_, monkeypatch):
    """What is wrong in the grader is mended for those that were graded before, too."""
    from course.classroom import examine

    before = request_.key
    assert before == request_.key
    monkeypatch.setattr(examine, "grader_version", lambda: "another")
    assert before != request_.key


def test_nothing_is_executed_where_the_course_folder_can_be_seen(
    request_, no_sandbox, monkeypatch
):
    import dataclasses
    import sys
    from pathlib import Path

    from course.classroom.examine import executed
    from course.grading.sandbox import SandboxError

    monkeypatch.setattr(sys, "prefix", str(Path(request_.cache).parent))
    with pytest.raises(SandboxError, match="can be seen in the sandbox"):
        executed(request_)
    assert not no_sandbox
    assert executed(dataclasses.replace(request_, trust=True))["status"] == "done"


def test_a_sandbox_that_returned_nothing_is_tried_again(request_, monkeypatch):
    from course.classroom.examine import executed
    from course.grading import sandbox

    outcomes = [
        sandbox.Execution("killed", "the runner ended", None, None, 0.1),
        sandbox.Execution("done", "", {"cells": []}, {"total": {"value": 1}}, 0.1),
    ]
    monkeypatch.setattr(sandbox, "execute", lambda *_: outcomes.pop(0))
    assert executed(request_)["status"] == "done"
    assert executed(request_)["status"] == "done"  # of the cache


def test_where_nothing_was_collected_each_row_has_the_one_true_reason(request_):
    from course.classroom.examine import verified

    done = {"status": "killed", "reason": "it used over 3 GB", "answers": None}
    report, _ = verified(request_, done)
    said = {row.sentence for row in report.rows}
    assert said == {"this row could not be checked: it used over 3 GB"}
    assert (report.points, report.out_of) == (0, 6)
    report, _ = verified(request_, {**done, "answers": {}})
    assert report.rows[0].sentence.startswith("total is not there")


def test_answers_that_take_for_ever_to_check_miss_all_rows(request_, monkeypatch):
    """Outside of the sandbox: such a submission must not stop the class."""
    from course.classroom import examine, patience

    def endless(*arguments):
        while True:
            pass

    monkeypatch.setattr(patience, "TICK", 0.02)
    monkeypatch.setattr(examine, "CHECKING", 0.1)
    monkeypatch.setattr(examine, "evaluate", endless)
    report, _ = examine.verified(request_, {"status": "done", "answers": {}})
    (said,) = {row.sentence for row in report.rows}
    assert "took more than 0.1 s of the processor's time to check" in said
    assert report.points == 0


def test_a_workers_cache_may_be_elsewhere(request_, no_sandbox, tmp_path):
    import dataclasses

    from course.classroom.examine import examine

    elsewhere = dataclasses.replace(request_, cache=str(tmp_path / "none" / "x"))
    assert examine(elsewhere)["execution"]["status"] == "done"
    assert not (tmp_path / "none").exists()


def test_what_a_worker_elsewhere_did_is_not_done_again(
    request_, no_sandbox, tmp_path, monkeypatch
):
    """Neither executions nor trainings: there may be no sandbox where one asks."""
    import dataclasses

    from course.classroom import examine, trainings
    from course.grading.evaluate import evaluate

    def trained(exercise, raw, train):
        train(SimpleNamespace(to_json=lambda: "{}"), epochs=1)
        return evaluate(exercise, raw)

    asked = []
    monkeypatch.setattr(examine, "evaluate", trained)
    monkeypatch.setattr(Trainings, "known", {})
    monkeypatch.setattr(trainings, "run", lambda *x: asked.append(x) or {"error": 0.25})
    elsewhere = dataclasses.replace(request_, cache=str(tmp_path / "none" / "x"))
    found = json.loads(json.dumps(examine.examine(elsewhere)))
    Trainings.known.clear()  # of the worker's process
    examine.keep(request_, found)
    report, _ = examine.verified(request_, examine.executed(request_))
    assert report.points == 6
    assert len(asked) == len(no_sandbox) == 1


@pytest.mark.parametrize("shared", [True, False])
def test_a_network_is_trained_once(tmp_path, monkeypatch, shared):
    from course.classroom import trainings

    asked = []
    monkeypatch.setattr(Trainings, "known", {})
    monkeypatch.setattr(trainings, "run", lambda *x: asked.append(x) or {"error": 0.25})
    cache = tmp_path if shared else tmp_path / "none" / "x"
    graph = SimpleNamespace(to_json=lambda: "{}")
    for _ in range(2):
        assert Trainings(3, cache).train(graph, epochs=1) == 0.25
    assert len(asked) == 1 and asked[0][0]["training"]["seed"] == 3
    Trainings(4, cache).train(graph, epochs=1)
    assert len(asked) == 2


def test_a_training_that_fails_is_for_a_human_and_can_be_tried_again(
    tmp_path, monkeypatch
):
    from course.classroom.trainings import forget_failed
    from course.grading import sandbox
    from course.grading.findings import Pending

    asked = []

    def fails(*arguments, **options):
        asked.append(arguments)
        raise sandbox.TrustedRunError("it took over 600 s")

    monkeypatch.setattr(sandbox, "run_trusted", fails)
    graph = SimpleNamespace(to_json=lambda: "{}")
    cache = tmp_path / "cache"
    for _ in range(2):
        with pytest.raises(Pending):
            Trainings(3, cache).train(graph)
    assert len(asked) == 1
    forget_failed(cache)
    monkeypatch.setattr(sandbox, "run_trusted", lambda *_, **__: {"error": 0.5})
    assert Trainings(3, cache).train(graph) == 0.5
    forget_failed(cache)
    monkeypatch.setattr(sandbox, "run_trusted", fails)
    assert Trainings(3, cache).train(graph) == 0.5


def test_a_store_keeps_and_forgets(tmp_path):
    store = Store(tmp_path / "a")
    key = digest("x", {"b": 1, "a": 2})
    assert key == digest("x", {"a": 2, "b": 1}) != digest("x", {"a": 2})
    assert store.get(key) is None
    store.put(key, {"c": [1]})
    assert store.get(key) == {"c": [1]}
    (tmp_path / "a" / f"{key}.json").write_text("{")
    assert store.get(key) is None
    store.remove(key)
    store.remove(key)
    assert list((tmp_path / "a").iterdir()) == []
    with pytest.raises(TypeError):
        store.put(key, object())
    assert list((tmp_path / "a").iterdir()) == []
