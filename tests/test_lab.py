"""JupyterLab opens lessons and exercises as `gluon-course open` starts it."""

from __future__ import annotations

from pathlib import Path

import pytest

from course.places import notebooks
from tests.browser import browser
from tests.jupyter import jupyterlab

pytestmark = pytest.mark.slow
LESSON = "lessons/05_erratum.ipynb"
EXERCISE = "exercises/vgg_costs.ipynb"
SECONDS = 180
PROMPTS = (
    "return [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')]"
    ".map(prompt => prompt.textContent)"
)


@pytest.fixture
def lab(tmp_path):
    """The address of a JupyterLab with the course's notebooks, and their folder."""
    folder = tmp_path / "mine"
    words = ("-m", "course", "open", str(folder))
    flags = (
        "--ServerApp.disable_check_xsrf=True",
        "--expose-app-in-browser",  # its commands can be called by name
    )
    with jupyterlab(tmp_path, *words, *flags) as address:
        yield address, folder


def test_a_lesson_runs_to_its_end_in_the_browser(lab):
    address, folder = lab
    assert (folder / LESSON).exists()
    with browser(1400, 1000) as page:
        texts = outputs(page, address, LESSON)
        assert len(texts) >= 6, "there are hardly any outputs"
        for text in texts:
            assert "Traceback" not in text, text
        pictures = page.find_elements("css selector", ".jp-RenderedImage img")
        assert len(pictures) == 2


def test_an_exercise_says_what_is_missing_and_then_that_nothing_is(lab):
    """The release runs to its end too; the solution is one that a student may write."""
    address, folder = lab
    path = folder / EXERCISE
    with browser(1400, 1000) as page:
        text = "\n".join(outputs(page, address, EXERCISE))
        assert "✗" in text and "rows are missing" in text and "Traceback" not in text
        solved = notebooks() / "solutions" / path.name
        path.with_name("solved.ipynb").write_bytes(solved.read_bytes())
        place = EXERCISE.replace(path.name, "solved.ipynb")
        text = "\n".join(outputs(page, address, place))
        assert "✓" in text and "✗" not in text and "missing" not in text


def outputs(page, address: str, place: str) -> list[str]:
    """Open a notebook, run all of its cells; what they show.

    In a workspace of its own: another one would have the notebooks of before open too.
    """
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import WebDriverWait

    page.get(f"{address}/lab/workspaces/{Path(place).stem}/tree/{place}")
    wait = WebDriverWait(page, SECONDS)
    wait.until(lambda page: page.find_elements(By.CSS_SELECTOR, ".jp-Notebook"))
    run(page, wait, "notebook:clear-all-cell-outputs")
    wait.until(lambda page: not any(map(has_number, page.execute_script(PROMPTS))))
    run(page, wait, "notebook:restart-run-all")
    accept = ".jp-Dialog .jp-mod-accept"
    wait.until(lambda page: page.find_elements(By.CSS_SELECTOR, accept))
    page.find_element(By.CSS_SELECTOR, accept).click()
    wait.until(lambda page: all(map(has_number, page.execute_script(PROMPTS))))
    texts = page.find_elements(By.CSS_SELECTOR, ".jp-OutputArea-output")
    return [output.text for output in texts]


def run(page, wait, command: str) -> None:
    """Run a command of JupyterLab's as soon as it can be run."""
    ready = "return !!(window.jupyterapp && window.jupyterapp.commands)"
    wait.until(lambda page: page.execute_script(ready))
    wait.until(
        lambda page: page.execute_script(
            f"return window.jupyterapp.commands.isEnabled('{command}')"
        )
    )
    page.execute_script(f"window.jupyterapp.commands.execute('{command}')")


def has_number(prompt: str) -> bool:
    """Whether a cell was run: its prompt is neither empty nor a star."""
    return any(character.isdigit() for character in prompt)
