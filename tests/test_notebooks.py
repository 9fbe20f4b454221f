"""Lessons and exercises: notebooks are those of their sources, and still hold."""

from __future__ import annotations

import ast
import itertools
import re

import pytest

from course.places import exercises, lesson_notebook, notebooks, sources
from tests.validation import nbval

LESSONS = sorted(sources())
EXERCISES = exercises()
LONGEST = 12  # lines of text without something to run or to see
HEADINGS = ("Afterwards you can", "Time", "Prepares", "Exercises", "Sources")


def notebook(name: str):
    nbformat = pytest.importorskip("nbformat")
    return nbformat.read(lesson_notebook(name), 4)


def test_there_is_a_notebook_for_each_source():
    assert LESSONS == [
        "01_blocks",
        "02_residual",
        "03_design_spaces",
        "04_hybridize",
        "05_erratum",
    ]
    built = {path.stem for path in lesson_notebook("x").parent.glob("*.ipynb")}
    assert built == set(LESSONS)


@pytest.mark.parametrize("name", LESSONS)
class TestLesson:
    def test_its_notebook_is_that_of_its_source(self, name):
        pytest.importorskip("jupytext")
        from course.build import is_stale

        assert not is_stale(sources()[name], lesson_notebook(name)), (
            f"{name} has changed: gluon-course build {name}"
        )

    def test_all_cells_were_run_in_order_and_none_failed(self, name):
        cells = [cell for cell in notebook(name).cells if cell.cell_type == "code"]
        assert [cell.execution_count for cell in cells] == [*range(1, len(cells) + 1)]
        for cell in cells:
            for output in cell.outputs:
                assert output.output_type != "error"
                assert output.get("name") != "stderr", output.text

    def test_it_says_what_it_is_for_and_what_it_rests_on(self, name):
        text = "\n".join(
            c.source for c in notebook(name).cells if "mark" in c.cell_type
        )
        for heading in HEADINGS:
            assert f"**{heading}**" in text
        assert text.count("**Predict**") == text.count("<details>") >= 2
        assert text.count("<details>") == text.count("</details>")
        assert "## Try" in text

    def test_it_links_to_each_exercise_that_it_prepares(self, name):
        text = "\n".join(
            c.source for c in notebook(name).cells if "mark" in c.cell_type
        )
        told = re.search(r"(?s)\*\*Prepares\*\*: exercises (.*?)(?:\n\n|$)", text)
        assert told, "it does not say which exercises it prepares"
        prepared = set(re.findall(r"`(\w+)`", told.group(1)))
        linked = set(re.findall(r"\]\(\.\./exercises/(\w+)\.ipynb\)", text))
        assert prepared == linked and linked <= set(EXERCISES)

    def test_it_runs_on_python_3_8(self, name):
        """Where list[int] is an error, unless it is not evaluated."""
        for cell in notebook(name).cells:
            if cell.cell_type != "code":
                continue
            for node in ast.walk(ast.parse(cell.source)):
                if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
                    assert node.value.id not in ("list", "dict", "tuple", "set", "type")

    def test_no_wall_of_text(self, name):
        """What is folded, and the lists at a lesson's end, do not count."""
        lines: list[str] = []
        for cell in notebook(name).cells:
            if cell.cell_type == "code":
                lines = []
                continue
            text = re.sub(r"(?s)<details>.*?</details>", "", cell.source)
            text = re.sub(r"(?ms)^## (Try|What to take home).*", "", text)
            lines += [line for line in text.splitlines() if line.strip()]
            assert len(lines) <= LONGEST, "\n".join(lines)

    def test_each_picture_has_words_of_what_it_shows(self, name):
        seen = set()
        for cell in notebook(name).cells:
            for output in cell.get("outputs", ()):
                if "image/png" in output.get("data", {}):
                    words = output.data["text/plain"]
                    assert len(words) > 20 and not words.startswith("<")
                    assert re.search(r"\d", words), f"{words!r} tells no result"
                    assert output.metadata["image/png"]["alt"] == words
                    assert words not in seen, f"two pictures are told by {words!r}"
                    seen.add(words)

    def test_it_is_no_longer_than_can_be_stored(self, name):
        assert lesson_notebook(name).stat().st_size < 600_000


@pytest.mark.parametrize("name", EXERCISES)
class TestExercise:
    def test_its_notebooks_are_those_of_its_source(self, name):
        pytest.importorskip("jupytext")
        from course.build import is_stale
        from course.works import works

        for work in works():
            if work.name == name:
                assert not is_stale(work.source, work.path, work.read), (
                    f"{name} has changed: gluon-course build {name}"
                )

    def test_the_solution_gets_all_points_that_need_no_training(self, name):
        nbformat = pytest.importorskip("nbformat")
        solution = nbformat.read(notebooks() / "solutions" / f"{name}.ipynb", 4)
        for cell in solution.cells:
            for output in cell.get("outputs", ()):
                assert output.output_type != "error", cell.source
                assert "✗" not in output.get("text", ""), output.text

    def test_it_links_to_the_lesson_before_it(self, name):
        nbformat = pytest.importorskip("nbformat")
        release = nbformat.read(notebooks() / "exercises" / f"{name}.ipynb", 4)
        text = "\n".join(cell.source for cell in release.cells)
        links = re.findall(r"\]\(\.\./lessons/(\w+)\.ipynb\)", text)
        assert links and set(links) <= set(LESSONS)


def test_there_is_a_lesson_that_leads_to_each_exercise():
    text = "\n".join(path.read_text("utf-8") for path in sources().values())
    assert set(re.findall(r"\.\./exercises/(\w+)\.ipynb", text)) == set(EXERCISES)


def test_the_sliders_of_lesson_3_move_to_all_their_ends(monkeypatch):
    """In a notebook an error of theirs goes to a widget, where nobody looks."""
    widgets = pytest.importorskip("ipywidgets")
    import gluon_nets as gn
    from gluon_nets import plot

    sliders: dict = {}
    monkeypatch.setattr(
        widgets, "interact", lambda **found: sliders.update(found) or (lambda f: f)
    )
    (code,) = (
        cell.source
        for cell in notebook("03_design_spaces").cells
        if "@interact" in cell.source
    )
    found = {"gn": gn, "plot": plot}
    exec(code, found)
    assert set(sliders) == {"w0", "wa", "wm", "depth"}
    ends = [[(name, s.min), (name, s.max)] for name, s in sliders.items()]
    begin = {name: slider.value for name, slider in sliders.items()}
    for values in [begin, *map(dict, itertools.product(*ends))]:
        picture = found["rule"](**values)
        blocks = re.search(r"in ([\d, ]+) blocks", picture.alt).group(1)
        assert sum(map(int, blocks.split(", "))) == values["depth"]


@pytest.mark.slow
def test_nbval_finds_the_stored_outputs_of_the_lessons_again(tmp_path):
    paths = [lesson_notebook(name) for name in LESSONS]
    largest = max(nbval(tmp_path, "--nbval", path) for path in paths)
    assert largest < 2e9, f"a process took {largest / 1e9:.1f} GB"


@pytest.mark.parametrize("kind", ["solutions", "exercises"])
def test_there_is_a_notebook_for_each_exercise(kind):
    assert sorted(path.stem for path in (notebooks() / kind).iterdir()) == EXERCISES


@pytest.mark.slow
@pytest.mark.parametrize("name", EXERCISES)
def test_nbval_finds_the_stored_outputs_of_a_solution_again(tmp_path, name):
    nbval(tmp_path, "--nbval", notebooks() / "solutions" / f"{name}.ipynb")


@pytest.mark.slow
@pytest.mark.parametrize("name", EXERCISES)
def test_nbval_runs_what_students_get(tmp_path, name):
    """Cells that check say what is missing, and raise: they are tagged so."""
    nbval(tmp_path, "--nbval-lax", notebooks() / "exercises" / f"{name}.ipynb")
