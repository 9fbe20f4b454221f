"""Grading: scores, what was odd, what is done again and what is not."""

from __future__ import annotations

import copy
import dataclasses
import json
import os
import shutil
from types import SimpleNamespace

import pytest

from course.classroom.grade import (
    grade,
    record_of,
    write_all_feedback,
    write_feedback,
)
from course.classroom.submissions import submissions
from tests.course.classroom.conftest import (
    NAME,
    Here,
    cell_of,
    released,
    solved,
    submit,
)


def run(folder, **options) -> dict:
    """Grade; what became of each student."""
    return {
        one.submission.student: one for one in grade(folder, [NAME], Here(), **options)
    }


def scores(folder) -> dict[str, float]:
    """What is in the gradebook."""
    from course.classroom.summary import results

    return {result.student: result.score for result in results(folder)}


def submitted(folder, student: str):
    from nbgrader.api import Gradebook

    gradebook = Gradebook(folder.gradebook)
    return gradebook, gradebook.find_submission_notebook(NAME, NAME, student)


def comments(folder, student: str) -> list[str]:
    gradebook, notebook = submitted(folder, student)
    with gradebook:
        found = {comment.name: comment.auto_comment for comment in notebook.comments}
    return [found[name] for name in ("solution-1", "solution-2", "essay-why")]


def test_right_wrong_and_empty(folder, no_sandbox):
    submit(folder, "right", solved(folder))
    submit(folder, "wrong", solved(folder, "parts = {'weights': 2}\ntotal = 220"))
    submit(folder, "empty", released(folder))
    found = run(folder)
    assert scores(folder) == {"right": 6, "wrong": 5, "empty": 0}
    assert [one.record["status"] for one in found.values()] == ["done"] * 3
    # an essay that was written waits for a human, one that was not does not
    needs = {}
    for student in found:
        gradebook, notebook = submitted(folder, student)
        with gradebook:
            needs[student] = notebook.needs_manual_grade
    assert needs == {"right": True, "wrong": True, "empty": False}
    assert comments(folder, "empty")[2] == "No response."


def test_the_feedback_tells_each_row(folder, no_sandbox):
    submit(folder, "wrong", solved(folder, "parts = {'weights': 2}\ntotal = 220"))
    run(folder)
    write_feedback(folder, NAME)
    page = (folder.feedback / "wrong" / NAME / f"{NAME}.html").read_text("utf-8")
    assert "✗ 0/1 Of which are weights: parts.weights is 2, which is not right" in page
    assert "✓ 2/2 Parameters of a dense layer" in page


def page(folder, student: str):
    """A student's feedback."""
    return folder.feedback / student / NAME / f"{NAME}.html"


def test_feedback_that_a_death_left_is_made_anew(folder, no_sandbox):
    """A folder without a page, half a page; those that are whole stay."""
    students = ("none", "half", "gone", "whole")
    for student in students:
        submit(folder, student, solved(folder))
    run(folder)
    write_feedback(folder, NAME)
    pages = {student: page(folder, student).read_text("utf-8") for student in students}
    for student in ("none", "half", "gone"):
        for path in (page(folder, student).parent, page(folder, student)):
            path.chmod(0o700)
    page(folder, "none").unlink()
    page(folder, "half").write_text(pages["half"][:3000], "utf-8")
    shutil.rmtree(page(folder, "gone").parent)
    before = page(folder, "whole").stat().st_mtime_ns
    write_feedback(folder, NAME)
    for student in students:
        assert page(folder, student).read_text("utf-8") == pages[student]
    assert page(folder, "whole").stat().st_mtime_ns == before


@pytest.mark.parametrize("failing", [False, True])
def test_no_feedback_tells_old_scores(folder, no_sandbox, monkeypatch, failing):
    """Whatever happens after a submission was graded again, and when it happens."""
    from course.classroom import grade as module

    submit(folder, "a", solved(folder, "total = 3"))
    run(folder)
    write_feedback(folder, NAME)
    assert page(folder, "a").exists()

    class Killed(BaseException):
        pass

    def step(*arguments):
        assert not page(folder, "a").exists()
        if failing:
            raise module.GradingError("no more room")
        raise Killed

    monkeypatch.setattr(module, "run_step", step)
    submit(folder, "a", solved(folder))
    try:
        run(folder)
    except Killed:
        assert not failing
    assert not page(folder, "a").exists()


def test_a_page_that_fails_leaves_those_of_other_exercises(folder, monkeypatch):
    from course.classroom import grade as module

    asked = []

    def write(folder, name):
        asked.append(name)
        if name == "b":
            raise module.GradingError("a template is missing")

    monkeypatch.setattr(module, "write_feedback", write)
    found = write_all_feedback(folder, ["a", "b", "c"])
    assert found == {"b": "a template is missing"} and asked == ["a", "b", "c"]


def test_what_a_submission_prints_is_no_score(folder, no_sandbox):
    data = released(folder)
    for cell in data["cells"]:
        if cell["cell_type"] == "code":
            cell["source"] = "3"
            result = {"output_type": "execute_result", "data": {"text/plain": "3"}}
            cell["outputs"] = [{**result, "execution_count": 1, "metadata": {}}]
    submit(folder, "printer", data)
    run(folder)
    assert scores(folder) == {"printer": 0}


def test_odd_but_honest_submissions_lose_nothing(folder, no_sandbox):
    right = solved(folder)
    named, elsewhere, given = (copy.deepcopy(right) for _ in range(3))
    stub = cell_of(released(folder), "solution-1")["source"]
    mine = f"{stub}\na, b = 220, {{'weights': 200}}"
    for one in (named, elsewhere, given):  # what they got stays where it is
        cell_of(one, "solution-1")["source"] = mine
    cell_of(named, "check-numbers")["source"] = f"check({NAME!r}, total=a, parts=b)"
    tried = {"cell_type": "code", "metadata": {}}
    tried["source"] = f"%%time\nfrom course import check\ncheck({NAME!r}, a, b)"
    elsewhere["cells"].insert(3, tried)
    inline = f"check({NAME!r}, total=2 * 110, parts={{'weights': a - 20}})"
    cell_of(given, "check-numbers")["source"] = inline
    bare = copy.deepcopy(right)
    for cell in bare["cells"]:
        cell["metadata"] = {}
    deleted = copy.deepcopy(right)
    deleted["cells"].remove(cell_of(deleted, "check-word"))
    double = copy.deepcopy(right)
    double["cells"].insert(0, copy.deepcopy(cell_of(right, "check-word")))
    kernel = copy.deepcopy(right)
    kernel["metadata"]["kernelspec"] = {"name": "julia", "language": "julia"}
    raises = copy.deepcopy(right)
    raises["cells"].insert(1, {"cell_type": "code", "source": "1 / 0", "metadata": {}})
    old = {
        "nbformat": 3,
        "nbformat_minor": 0,
        "metadata": {"name": ""},
        "worksheets": [{"cells": [in_format_3(cell) for cell in right["cells"]]}],
    }
    for student, data in {
        "renamed": named,
        "renamed elsewhere": elsewhere,
        "not named": given,
        "bare": bare,
        "deleted": deleted,
        "double": double,
        "kernel": kernel,
        "raises": raises,
        "old": old,
        "学生 ünïcode": right,
    }.items():
        submit(folder, student, data)
    submit(folder, "other name", right, "my work (2).ipynb")
    found = run(folder)
    assert {one.reason for one in found.values()} == {""}
    assert scores(folder) == dict.fromkeys(found, 6)
    assert "is called my work (2).ipynb" in comments(folder, "other name")[0]


def in_format_3(cell: dict) -> dict:
    cell = {"metadata": {}, **cell}
    if cell["cell_type"] == "code":
        cell["input"] = cell.pop("source")
    return cell


def test_what_cannot_be_read_is_zero_with_the_reason(folder, no_sandbox, tmp_path):
    (tmp_path / "secret").write_text(json.dumps(solved(folder)))
    submit(folder, "no json", b"hello")
    submit(folder, "blank", b"")
    submit(folder, "nothing", b"").unlink()
    path = submit(folder, "link", b"")
    path.unlink()
    path.symlink_to(tmp_path / "secret")
    found = run(folder)
    assert not no_sandbox
    assert set(scores(folder).values()) == {0}
    record = record_of(folder, found["blank"].submission)
    sentences = {row["sentence"] for row in record["report"]["rows"]}
    assert sentences == {"this row could not be checked: the file is empty"}
    assert not record["collected"]
    said = {student: comments(folder, student)[0] for student in scores(folder)}
    assert said["no json"].endswith("the file is no notebook: it is not JSON")
    assert said["blank"].endswith("the file is empty")
    assert said["nothing"].endswith("no notebook was submitted")
    assert f"{NAME}.ipynb cannot be read" in said["link"]


def test_one_submission_that_breaks_the_grader_costs_the_others_nothing(
    folder, no_sandbox, monkeypatch
):
    """Whatever the next surprise will be: it is named, and comes again."""
    from course.classroom import submissions as module

    def surprised(content, *arguments):
        if b"surprise" in content:
            raise AssertionError("nobody thought of this")
        return prepare(content, *arguments)

    prepare = module.prepare
    monkeypatch.setattr(module, "prepare", surprised)
    submit(folder, "a", solved(folder))
    submit(folder, "b", b"surprise")
    submit(folder, "c", solved(folder))
    for _ in range(2):
        found = run(folder)
        assert found["b"].record is None
        assert found["b"].reason == "nobody thought of this"
        assert scores(folder) == {"a": 6, "c": 6}


def test_of_two_files_the_one_with_the_name_counts(folder, no_sandbox):
    submit(folder, "two", solved(folder))
    submit(folder, "two", b"junk", "copy.ipynb")
    submit(folder, "deep", solved(folder)).parent.joinpath("unzipped").mkdir()
    deep = folder.submitted / "deep" / NAME
    (deep / f"{NAME}.ipynb").rename(deep / "unzipped" / f"{NAME}.ipynb")
    run(folder)
    assert scores(folder) == {"two": 6, "deep": 6}
    assert "2 notebooks were submitted" in comments(folder, "two")[0]


def test_of_two_notebooks_that_are_none_the_named_or_the_newest_counts(
    folder, no_sandbox
):
    right, wrong = solved(folder), solved(folder, "total = 3")
    submit(folder, "named", right)
    submit(folder, "named", wrong, "newer.ipynb")
    submit(folder, "newest", right, "b.ipynb")
    os.utime(submit(folder, "newest", wrong, "a.ipynb"), (0, 0))
    run(folder)
    assert scores(folder) == {"named": 6, "newest": 6}
    said = comments(folder, "newest")[0]
    assert "2 notebooks were submitted: b.ipynb counts" in said


@pytest.mark.parametrize("cells", [[], [{"cell_type": "code", "source": ""}]])
def test_an_empty_notebook_is_graded(folder, no_sandbox, cells):
    submit(folder, "a", {"nbformat": 4, "nbformat_minor": 5, "cells": cells})
    (found,) = run(folder).values()
    assert scores(folder) == {"a": 0} and found.record["status"] == "done"
    rows = {row["name"]: row["sentence"] for row in found.record["report"]["rows"]}
    assert rows["total"] == "total is not there: give your answer this name"


def test_fifty_megabytes_of_figures_and_logs_lose_nothing(folder, no_sandbox):
    """As a notebook has them in which much was trained: lines, brackets, images."""
    data = solved(folder)
    lines = ['[epoch 1, "a"] loss [0.1, {0.2}]\n'] * 400_000
    log = {"output_type": "stream", "name": "stdout", "text": lines}
    image = {"output_type": "display_data", "metadata": {}}
    image["data"] = {"image/png": "iVBORw0KGgo+/A==\n" * 65_000, "text/plain": ["<F>"]}
    cell_of(data, "solution-1")["outputs"] = [log, *[image] * 30]
    path = submit(folder, "a", data)
    assert 48 << 20 < path.stat().st_size < 64 << 20
    run(folder)
    assert scores(folder) == {"a": 6} and comments(folder, "a")[0] is None


def test_other_files_are_not_handed_back(folder, no_sandbox, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    submit(folder, "linker", solved(folder)).with_name("x.txt").symlink_to(secret)
    run(folder)
    write_feedback(folder, NAME)
    for name in ("autograded", "feedback"):
        assert not list((folder.root / name).rglob("x.txt"))


def test_what_was_graded_is_left_alone(folder, no_sandbox):
    submit(folder, "a", solved(folder))
    assert run(folder)["a"].again
    assert not run(folder)["a"].again
    assert len(no_sandbox) == 1
    assert run(folder, again=True)["a"].again
    assert len(no_sandbox) == 2


def test_settings_that_change_meanwhile_count_for_the_next_grading(
    folder, no_sandbox, monkeypatch
):
    from course.grading import sandbox

    execute = sandbox.execute

    def edited(*arguments):
        (folder.root / "grading.toml").write_text("limits = 3")
        return execute(*arguments)

    monkeypatch.setattr(sandbox, "execute", edited)
    submit(folder, "a", solved(folder))
    submit(folder, "b", solved(folder, "total = 220"))
    assert {one.reason for one in run(folder).values()} == {""}
    assert len(no_sandbox) == 2


def test_one_student_is_graded_again(folder, no_sandbox):
    submit(folder, "a", solved(folder))
    submit(folder, "b", solved(folder, "total = 220"))
    run(folder)
    found = run(folder, again=True, students=["a"])
    assert list(found) == ["a"] and found["a"].again
    assert len(no_sandbox) == 3
    assert set(scores(folder)) == {"a", "b"}
    with pytest.raises(ValueError, match="c has submitted nothing to counting"):
        run(folder, students=["a", "c"])


def test_what_was_odd_is_told_where_all_answers_were_deleted():
    """A comment in the gradebook, as that of who trusts submissions, is never lost."""
    from nbformat.v4 import new_notebook

    from course.classroom.preprocessors import TRUSTED, _save_comments

    comments = [SimpleNamespace(name=name, auto_comment=None) for name in "ba"]
    ours = {"remarks": ["odd"], "trusted": True}
    _save_comments(new_notebook(), SimpleNamespace(comments=comments), ours)
    assert [one.auto_comment for one in comments] == [None, f"odd\n\n{TRUSTED}"]
    _save_comments(new_notebook(), SimpleNamespace(comments=[]), ours)


def test_where_no_answers_came_back_a_human_looks(folder, no_sandbox, monkeypatch):
    """It may have been a mistake, or more than a sandbox hands out."""
    from course.grading import sandbox

    execute = sandbox.execute

    def nothing(*arguments):
        return dataclasses.replace(execute(*arguments), answers=None, reason="none")

    monkeypatch.setattr(sandbox, "execute", nothing)
    submit(folder, "a", solved(folder))
    submit(folder, "junk", b"junk")
    run(folder)
    for student, waits in (("a", True), ("junk", False)):
        gradebook, notebook = submitted(folder, student)
        with gradebook:
            tests = [one for one in notebook.grades if one.cell.cell_type == "code"]
            assert {one.needs_manual_grade for one in tests} == {waits}


@pytest.mark.parametrize("status", ["done", "timeout", "killed"])
def test_what_was_cut_short_and_missed_rows_waits_for_a_human(
    folder, no_sandbox, monkeypatch, status
):
    """It may have been the machine: it was busy."""
    from course.grading import sandbox

    execute = sandbox.execute

    def ended(*arguments):
        return dataclasses.replace(execute(*arguments), status=status, reason="cell 2")

    monkeypatch.setattr(sandbox, "execute", ended)
    submit(folder, "a", solved(folder, "total = 220"))
    run(folder)
    gradebook, notebook = submitted(folder, "a")
    with gradebook:
        needs = {one.name: one.needs_manual_grade for one in notebook.grades}
    assert needs["check-numbers"] == (status != "done")
    assert not needs["check-word"]  # nothing is missed there
    assert scores(folder) == {"a": 5}


def test_a_second_submission_is_graded_and_an_essay_is_one(folder, no_sandbox):
    submit(folder, "a", released(folder))
    run(folder)
    data = released(folder)
    cell_of(data, "essay-why")["source"] = "Because."
    submit(folder, "a", data)
    assert run(folder)["a"].again and len(no_sandbox) == 1
    gradebook, notebook = submitted(folder, "a")
    with gradebook:
        assert notebook.needs_manual_grade
    submit(folder, "a", solved(folder))
    run(folder)
    assert scores(folder) == {"a": 6}


def test_a_lost_gradebook_is_written_again(folder, no_sandbox, made):
    submit(folder, "a", solved(folder))
    run(folder)
    shutil.copyfile(made.root / "gradebook.db", folder.root / "gradebook.db")
    assert run(folder)["a"].again
    assert scores(folder) == {"a": 6} and len(no_sandbox) == 1


def test_a_human_score_stays(folder, no_sandbox):
    submit(folder, "a", solved(folder))
    run(folder)
    gradebook, notebook = submitted(folder, "a")
    with gradebook:
        for grade_ in notebook.grades:
            if grade_.name == "essay-why":
                grade_.manual_score, grade_.needs_manual_grade = 3, False
        gradebook.db.commit()
    run(folder, again=True)
    assert scores(folder) == {"a": 9}


def test_same_code_of_two_students_is_executed_once(folder, no_sandbox):
    submit(folder, "a", solved(folder))
    submit(folder, "b", solved(folder))
    run(folder)
    assert len(no_sandbox) == 1


def test_trusted_is_written_down(folder, no_sandbox):
    submit(folder, "a", solved(folder))
    found = run(folder, trust=True)["a"].record
    assert found["trusted"]
    assert "--trust-submissions" in comments(folder, "a")[0]
    # and counts for nothing where it was not asked for
    assert run(folder)["a"].again and len(no_sandbox) == 2
    assert not comments(folder, "a")[0]


def test_one_that_cannot_be_graded_does_not_stop_the_others(
    folder, no_sandbox, monkeypatch
):
    from course.grading import sandbox

    execute = sandbox.execute

    def fails(text, *rest):
        if "boom" in text:
            raise sandbox.SandboxError("no user namespaces")
        return execute(text, *rest)

    monkeypatch.setattr(sandbox, "execute", fails)
    submit(folder, "a", solved(folder, "boom = 1"))
    submit(folder, "b", solved(folder))
    found = run(folder)
    assert found["a"].record is None and found["a"].reason == "no user namespaces"
    assert scores(folder) == {"b": 6}
    assert record_of(folder, found["a"].submission) is None


@pytest.mark.parametrize("student", ["[a]", "a*", "a ", "what?"])
def test_names_that_nbgrader_takes_for_patterns_are_said(folder, no_sandbox, student):
    submit(folder, student, solved(folder))
    submit(folder, "b", solved(folder))
    assert "rename the folder" in run(folder)[student].reason
    assert scores(folder) == {"b": 6}


def test_a_changed_rubric_has_to_be_released_again(folder, no_sandbox):
    submit(folder, "a", solved(folder))
    path = folder.root / "exercises" / NAME / "rubric.toml"
    path.write_text(path.read_text("utf-8").replace("points = 2", "points = 5"))
    found = run(folder)["a"]
    assert found.record is None
    assert "check-numbers has 3 points, the rubric of counting 6" in found.reason
    assert scores(folder) == {"a": 0}


def test_scores_are_written_in_one_transaction(folder, no_sandbox, monkeypatch):
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    from course.classroom.preprocessors import SaveGrades

    submit(folder, "a", solved(folder))
    told = []
    save = SaveGrades.preprocess

    def written(connection, cursor, statement, *rest):
        told.append(statement.split()[0])

    def committed(connection):
        told.append("COMMIT")

    def watched(self, nb, resources):
        event.listen(Engine, "before_cursor_execute", written)
        event.listen(Engine, "commit", committed)
        try:
            return save(self, nb, resources)
        finally:
            event.remove(Engine, "before_cursor_execute", written)
            event.remove(Engine, "commit", committed)

    monkeypatch.setattr(SaveGrades, "preprocess", watched)
    run(folder)
    writes = [place for place, word in enumerate(told) if word in ("UPDATE", "INSERT")]
    assert writes and "COMMIT" not in told[writes[0] : writes[-1]]
    assert "COMMIT" in told[writes[-1] :]
    assert scores(folder) == {"a": 6}


def test_late_is_nbgraders_to_decide(folder, no_sandbox):
    from nbgrader.api import Gradebook

    with (folder.root / "own_config.py").open("a") as file:
        file.write('\nc.LateSubmissionPlugin.penalty_method = "zero"\n')
    with Gradebook(folder.gradebook) as gradebook:
        gradebook.update_or_create_assignment(NAME, duedate="2020-01-01 00:00:00")
    for student, stamp in {
        "late": "2020-01-02",
        "on time": "2019-12-31",
        "odd": "x",
    }.items():
        path = submit(folder, student, solved(folder))
        path.with_name("timestamp.txt").write_text(f"{stamp} 10:00:00 UTC")
    found = run(folder)
    assert {one.reason for one in found.values()} == {""}
    assert scores(folder) == {"late": 0, "on time": 6, "odd": 6}


def test_hidden_folders_are_no_students(folder):
    submit(folder, ".cache", b"")
    (folder.submitted / "a").mkdir()
    (folder.submitted / "file").touch()
    assert submissions(folder, [NAME]) == []


def test_a_training_is_decided_or_waits_for_a_human(folder, no_sandbox, monkeypatch):
    """A row that no training could decide leaves its cell to who grades."""
    from course.classroom import preprocessors
    from course.grading.evaluate import PENDING, Report

    verified = preprocessors.verified

    def pending(*arguments):
        report, _ = verified(*arguments)
        first, *rest = report.rows
        first = dataclasses.replace(first, state=PENDING, points=0)
        return Report(report.exercise, (first, *rest)), ["it took over 600 s"]

    monkeypatch.setattr(preprocessors, "verified", pending)
    submit(folder, "a", solved(folder))
    run(folder)
    gradebook, notebook = submitted(folder, "a")
    with gradebook:
        needs = {one.name: one.needs_manual_grade for one in notebook.grades}
    assert needs == {"check-numbers": True, "check-word": False, "essay-why": True}
    assert comments(folder, "a")[0] == "a training failed: it took over 600 s"


@pytest.mark.parametrize("damage", ["", "{", '{"metadata": 3}', '{"metadata": {}}'])
def test_a_half_written_notebook_is_graded_again(folder, no_sandbox, damage):
    submit(folder, "a", solved(folder))
    run(folder)
    path = folder.autograded / "a" / NAME / f"{NAME}.ipynb"
    path.chmod(0o600)
    path.write_text(damage)
    assert run(folder)["a"].again
