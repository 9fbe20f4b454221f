"""Notebooks from sources: the same bytes each time, or the cell that differs."""

from __future__ import annotations

import pytest

pytest.importorskip("jupytext")
pytest.importorskip("nbclient")

import nbformat  # noqa: E402

from course.build import build, differences, is_stale  # noqa: E402
from course.execute import LessonError, execute  # noqa: E402
from course.notebook import as_text, is_ignored, read_source  # noqa: E402

SOURCE = """\
# %% [markdown]
# # Title

# %%
import os, random
print("a"); print("b")
os.environ["OMP_NUM_THREADS"], os.listdir()

# %% tags=["nbval-ignore-output"]
random.random()

# %% tags=["raises-exception"]
1 / 0
"""


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "09_it.py"
    path.write_text(SOURCE)
    return path


def test_a_source_becomes_cells_with_tags_and_lasting_ids(source):
    first, second = read_source(source), read_source(source)
    assert as_text(first) == as_text(second)
    assert [cell.cell_type for cell in first.cells] == ["markdown", *["code"] * 3]
    assert [is_ignored(cell) for cell in first.cells] == [False, False, True, False]
    assert len({cell.id for cell in first.cells}) == 4
    nbformat.validate(first)


def test_built_twice_no_byte_differs(source, tmp_path):
    path = tmp_path / "out" / "it.ipynb"
    assert is_stale(source, path)
    assert build(source, path).changed == ("new",)
    before = path.read_bytes()
    assert not is_stale(source, path)
    assert build(source, path).changed == ()  # a random number, but tagged as such
    assert path.read_bytes() == before
    notebook = nbformat.read(path, 4)
    printed, value = notebook.cells[1].outputs
    assert printed.text == "a\nb\n"
    assert value.data["text/plain"] == "('1', [])", "one thread, in an empty folder"
    assert notebook.cells[3].outputs[0].ename == "ZeroDivisionError"


def test_a_changed_source_is_stale_and_the_cell_is_named(source, tmp_path):
    path = tmp_path / "it.ipynb"
    build(source, path)
    source.write_text(SOURCE.replace('print("b")', 'print("c")'))
    assert is_stale(source, path)
    (line,) = (x for x in build(source, path).changed if x.startswith("cell 1"))
    assert line == "cell 1: source"


def test_a_notebook_edited_by_hand_is_stale(source, tmp_path):
    path = tmp_path / "it.ipynb"
    build(source, path)
    path.write_text(path.read_text().replace("# Title", "# Another"))
    assert is_stale(source, path)
    assert build(source, path).changed == ("cell 0: source",)


def test_a_widget_leaves_nothing_that_differs(source, tmp_path):
    pytest.importorskip("ipywidgets")
    source.write_text(
        "# %%\nfrom ipywidgets import IntSlider, interact\n"
        "@interact(x=IntSlider(3))\ndef shown(x):\n    print(x)\n"
    )
    path = tmp_path / "it.ipynb"
    build(source, path)
    assert "widget" not in path.read_text().replace("ipywidgets", "")
    assert build(source, path).changed == ()


def test_a_kernel_that_dies_is_told_with_the_lesson(source):
    source.write_text("# %%\nimport os\nos._exit(3)\n")
    with pytest.raises(LessonError, match="^it: no kernel: "):
        execute(read_source(source), "it")


def test_an_output_that_differs_is_named(source):
    old, new = read_source(source), read_source(source)
    new.cells[1].outputs = [nbformat.v4.new_output("stream", text="else")]
    assert differences(old, new) == ("cell 1: output of 'import os, random'",)
    del new.cells[3]
    assert differences(old, new)[0] == "4 cells became 3"


def test_a_failing_cell_is_told_by_number_and_error(source):
    source.write_text(SOURCE + "\n# %%\nint('x')\n")
    notebook, seen = read_source(source), []
    with pytest.raises(LessonError, match="it, cell 4: ValueError: invalid literal"):
        execute(notebook, "it", seen.append)
    assert seen[:2] == [1, 2], "cells of text are not run"
