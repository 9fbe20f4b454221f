"""Submissions in the assignment's shape."""

from __future__ import annotations

import copy
import json

import pytest

from course.classroom.prepare import LOST, note_of, prepare
from tests.course.classroom.conftest import cell_of, released, solved


def prepared(notebook, release):
    content = notebook if isinstance(notebook, bytes) else json.dumps(notebook).encode()
    return prepare(content, release)


def names(notebook) -> list[str]:
    found = [cell.metadata.get("nbgrader", {}) for cell in notebook.cells]
    return [data["grade_id"] for data in found if data]


def named(notebook, name: str):
    (found,) = [cell for cell in notebook.cells if name in str(cell.metadata)]
    return found


@pytest.fixture
def all_names(release):
    return names(release)


def test_what_was_written_stays(made, release, all_names):
    notebook = prepared(solved(made), release)
    assert names(notebook) == all_names
    assert "word = 'bias'" in [cell.source for cell in notebook.cells]
    note = note_of(notebook)
    assert not note.unreadable and not note.lost


def test_the_assignments_own_cells_are_the_releases(made, release):
    data = solved(made)
    test = cell_of(data, "check-numbers")
    test["source"] = "check('counting', total=mine)"
    test["metadata"]["nbgrader"].update(points=1000, locked=False, extra=1)
    data["metadata"] = {"kernelspec": {"name": "julia"}, "gluon_course": {"key": "x"}}
    notebook = prepared(data, release)
    (found,) = [
        cell for cell in notebook.cells if "check-numbers" in str(cell.metadata)
    ]
    (fits,) = [cell for cell in release.cells if "check-numbers" in str(cell.metadata)]
    assert found.source == fits.source and found.metadata == fits.metadata
    assert notebook.metadata.kernelspec.name == "python3"
    assert note_of(notebook).checks[0] == "check('counting', total=mine)"
    assert "key" not in notebook.metadata["gluon_course"]


def test_the_assignments_own_checks_count_last(made, release):
    """What a student tried elsewhere comes before, wherever it stands."""
    data = solved(made)
    tried = {"cell_type": "code", "source": "course.check ('x')", "metadata": {}}
    data["cells"] += [tried, {**tried, "source": "checked = 3"}]
    checks = note_of(prepared(data, release)).checks
    assert checks[0] == tried["source"]
    own = [cell_of(data, f"check-{name}")["source"] for name in ("numbers", "word")]
    assert list(checks[1:]) == ["".join(source) for source in own]


def test_metadata_and_outputs_are_thrown_away(made, release):
    data = solved(made)
    cell = data["cells"][1]
    cell["metadata"] = {
        "nbgrader": {"grade_id": "unknown", "grade": True},
        "tags": ["x"],
    }
    cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "x"}]
    found = prepared(data, release).cells[1]
    assert found.metadata == {} and found.outputs == []


def test_of_copies_the_one_that_was_written_in_counts(made, release, all_names):
    data = solved(made)
    empty = cell_of(released(made), "essay-why")
    data["cells"] += [copy.deepcopy(empty), copy.deepcopy(empty)]
    notebook = prepared(data, release)
    assert sorted(names(notebook)) == sorted(all_names)
    essay = named(notebook, "essay-why")
    assert "Each is connected" in essay.source
    assert len(notebook.cells) == len(data["cells"])


def test_missing_tests_and_essays_are_put_back_but_no_stubs(made, release):
    data = solved(made)
    data["cells"] = [
        cell for cell in data["cells"] if "nbgrader" not in cell["metadata"]
    ] + [{"cell_type": "code", "source": "total = 220", "metadata": {}}]
    notebook = prepared(data, release)
    assert sorted(names(notebook)) == ["check-numbers", "check-word", "essay-why"]
    assert note_of(notebook).lost == ("essay-why",)
    essay = named(notebook, "essay-why")
    assert essay.source.startswith(LOST)


def test_a_put_back_test_stands_behind_its_solution(made, release):
    data = solved(made)
    data["cells"].remove(cell_of(data, "check-numbers"))
    notebook = prepared(data, release)
    assert names(notebook)[:2] == ["solution-1", "check-numbers"]


def test_cells_are_found_by_their_ids_where_metadata_was_lost(made, release, all_names):
    data = solved(made)
    for cell in data["cells"]:
        cell["metadata"] = {}
    assert names(prepared(data, release)) == all_names


def test_a_changed_kind_is_the_assignments_again(made, release):
    data = solved(made)
    cell_of(data, "solution-1")["cell_type"] = "markdown"
    notebook = prepared(data, release)
    cell = named(notebook, "solution-1")
    assert cell.cell_type == "code" and "220" in cell.source


def test_what_is_no_notebook_becomes_the_empty_release(release):
    notebook = prepared(b"hello", release)
    assert "not JSON" in note_of(notebook).unreadable
    assert [c.source for c in notebook.cells] == [c.source for c in release.cells]


def test_preparing_twice_changes_nothing(made, release):
    once = prepared(solved(made), release)
    twice = prepared(json.loads(json.dumps(once)), release)
    assert [(c.source, c.metadata) for c in once.cells] == [
        (c.source, c.metadata) for c in twice.cells
    ]
