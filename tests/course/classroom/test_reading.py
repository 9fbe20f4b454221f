"""Submitted files, whatever they are."""

from __future__ import annotations

import json
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.classroom import reading
from course.classroom.reading import Cell, Unreadable, read_cells, read_file

LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
TEXTS = st.text(alphabet='[]{}"\\\n,:ü', max_size=8)
KEYS = st.sampled_from(
    "cells worksheets cell_type source input metadata nbgrader grade_id id level "
    "attachments nbformat".split()
) | st.text(max_size=4)
VALUES = st.sampled_from(["code", "markdown", "raw", "heading"]) | LEAVES | TEXTS
TREES = st.recursive(
    VALUES, lambda x: st.lists(x, max_size=4) | st.dictionaries(KEYS, x, max_size=5)
)
CELL = st.fixed_dictionaries({"cell_type": VALUES, "source": TREES, "metadata": TREES})
NOTEBOOKS = st.fixed_dictionaries({"cells": st.lists(CELL | TREES, max_size=5)})


@settings(max_examples=150)
@given(TREES | NOTEBOOKS)
def test_any_json_is_cells_or_unreadable(data):
    try:
        cells = read_cells(json.dumps(data).encode())
    except Unreadable as error:
        assert str(error)
        return
    for cell in cells:
        assert cell.kind in ("code", "markdown", "raw")
        cell.source.encode()  # can be written
        assert isinstance(cell.grade_id, str) and isinstance(cell.id, str)


@settings(max_examples=100)
@given(st.binary(max_size=200))
def test_any_bytes_are_cells_or_unreadable(content):
    try:
        read_cells(content)
    except Unreadable:
        pass


@pytest.mark.parametrize(
    "content, said",
    [
        (b"", "the file is empty"),
        (b" \n", "the file is empty"),
        (b"hello", "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        (b"[" * 200_000, "not JSON"),
        (b"[]", "no cells"),
        (b"{}", "no cells"),
        (b'{"worksheets": [1]}', "no cells"),
    ],
)
def test_what_is_no_notebook_is_said(content, said):
    with pytest.raises(Unreadable, match=said):
        read_cells(content)


def test_lines_and_marks_at_the_beginning_are_read():
    data = {"cells": [{"cell_type": "code", "source": ["a\n", "b", 3], "id": "x"}]}
    text = "\ufeff" + json.dumps(data)
    assert read_cells(text.encode()) == [Cell("code", "a\nb", "", "x")]


def test_format_3_is_read():
    cells = [
        {"cell_type": "heading", "level": 2, "source": ["Title"]},
        {"cell_type": "code", "input": ["x = 1"], "language": "python"},
        {"cell_type": "html", "source": "<b>"},
    ]
    data = {"nbformat": 3, "worksheets": [{"cells": cells}]}
    found = read_cells(json.dumps(data).encode())
    assert found == [
        Cell("markdown", "## Title"),
        Cell("code", "x = 1"),
        Cell("raw", "<b>"),
    ]


@pytest.mark.parametrize("level", [2.0, True, 0, 7, "2", None, [], {}])
def test_a_heading_without_a_right_level_is_one_of_the_first(level):
    cell = {"cell_type": "heading", "level": level, "source": "x"}
    found = read_cells(json.dumps({"cells": [cell]}).encode())
    assert found == [Cell("markdown", "# x")]


def test_of_metadata_only_the_place_in_the_assignment_is_kept():
    metadata = {"nbgrader": {"grade_id": "check-1", "points": 99}, "tags": ["x"]}
    data = {"cells": [{"cell_type": "code", "source": "1", "metadata": metadata}]}
    assert read_cells(json.dumps(data).encode()) == [Cell("code", "1", "check-1")]


def test_of_attachments_only_images_are_kept():
    kinds = {"image/png": "aGk=", "text/html": "aGk="}
    attachments = {"a.png": kinds, "b": {"image/png": '"><script>'}, "c": 3}
    cell = {"cell_type": "markdown", "source": "", "attachments": attachments}
    (found,) = read_cells(json.dumps({"cells": [cell]}).encode())
    assert found.attachments == {"a.png": {"image/png": "aGk="}}


def test_lone_surrogates_can_be_written():
    (cell,) = read_cells(b'{"cells": [{"cell_type": "code", "source": "\\ud800"}]}')
    assert cell.source == "?"


def test_too_much_is_refused(monkeypatch):
    cell = {"cell_type": "code", "source": "x" * 100}
    content = json.dumps({"cells": [cell] * 3}).encode()
    monkeypatch.setattr(reading, "TEXT", 200)
    with pytest.raises(Unreadable, match="300 characters: at most 200"):
        read_cells(content)
    monkeypatch.setattr(reading, "CELLS", 2)
    with pytest.raises(Unreadable, match="3 cells: at most 2"):
        read_cells(content)


def test_only_regular_files_are_read(tmp_path, monkeypatch):
    path = tmp_path / "a.ipynb"
    path.write_bytes(b"hello")
    assert read_file(path) == b"hello"
    link, pipe, folder = (tmp_path / name for name in ("link", "pipe", "folder"))
    link.symlink_to(path)
    os.mkfifo(pipe)
    folder.mkdir()
    for other in (link, pipe, folder, tmp_path / "nothing"):
        with pytest.raises(Unreadable, match=other.name):
            read_file(other)
    monkeypatch.setattr(reading, "BYTES", 4)
    with pytest.raises(Unreadable, match="MiB are read"):
        read_file(path)


def test_fifty_megabytes_of_outputs_lose_nothing():
    outputs = [{"output_type": "stream", "name": "stdout", "text": "x" * (50 << 20)}]
    cell = {"cell_type": "code", "source": "1", "outputs": outputs}
    assert read_cells(json.dumps({"cells": [cell]}).encode()) == [Cell("code", "1")]


def test_newlines_are_those_of_the_release():
    cell = {"cell_type": "code", "source": "a\r\nb\rc"}
    (found,) = read_cells(json.dumps({"cells": [cell]}).encode())
    assert found.source == "a\nb\nc"


def test_more_lists_than_a_notebook_has_are_not_read():
    content = b'{"cells": [], "x": [' + b'{"":0},' * reading.BRACKETS + b"0]}"
    with pytest.raises(Unreadable, match="more lists"):
        read_cells(content)


def test_brackets_in_texts_are_no_lists():
    """As a training's log has them, with whatever else texts may hold."""
    line = '[epoch 1] "loss" {0.1, 0.2} \\ \\" [\n'
    text = line * (reading.BRACKETS // 2)
    output = {"output_type": "stream", "name": "stdout", "text": text}
    cell = {"cell_type": "code", "source": "1", "outputs": [output]}
    assert read_cells(json.dumps({"cells": [cell]}).encode()) == [Cell("code", "1")]


@settings(max_examples=200)
@given(TREES)
def test_lists_and_dicts_are_counted_as_json_has_them(data):
    waiting, count = [data], 0
    while waiting:
        item = waiting.pop()
        count += isinstance(item, (list, dict))
        waiting += item.values() if isinstance(item, dict) else ()
        waiting += item if isinstance(item, list) else ()
    for options in ({}, {"ensure_ascii": False}, {"indent": 1}):
        text = json.dumps(data, **options).encode("utf-8", "surrogatepass")
        assert reading._brackets(text) == count


@pytest.mark.parametrize("piece", [b'"', b'"[', b'"["', b"\\", b'\\"[', b'"",[', b"[{"])
def test_no_text_is_costly_to_count(piece):
    content = piece * (reading.BYTES // len(piece))
    with pytest.raises(Unreadable):
        read_cells(content)  # in steps squared this would take days


def test_names_of_any_bytes(tmp_path):
    path = tmp_path / os.fsdecode(b"\xff.ipynb")
    with pytest.raises(Unreadable, match="\ufffd.ipynb cannot be read"):
        read_file(path)
