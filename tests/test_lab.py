"""JupyterLab opens lessons and exercises as `gluon-course open` starts it."""

from __future__ import annotations

from pathlib import Path

import pytest

from course.places import notebooks
from tests.browser import browser
from tests.jupyter import jupyterlab

pytestmark = pytest.mark.slow
LESSON = "lessons/05_erratum.ipynb"
SLIDERS = "lessons/03_design_spaces.ipynb"  # the only one with widgets
EXERCISE = "exercises/vgg_costs.ipynb"
SECONDS = 400
# whether a notebook is shown, and its kernel waits for cells
READY = (
    "const shown = window.jupyterapp && window.jupyterapp.shell.currentWidget;"
    "const session = shown && shown.sessionContext && shown.sessionContext.session;"
    "return !!session && !!session.kernel && session.kernel.status === 'idle'"
    " && shown.content.widgets.length > 0"
)
# of all cells with code, those too that are not in the window: their numbers, which are
# null until they have run, their outputs, and whether they may fail
NOTEBOOK = "const notebook = window.jupyterapp.shell.currentWidget.content;"
CELLS = NOTEBOOK + (
    "return notebook.widgets.map(cell => cell.model)"
    ".filter(model => model.type === 'code')"
    ".map(model => [model.executionCount, model.outputs.toJSON(),"
    " (model.getMetadata('tags') || []).includes('raises-exception')])"
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
        cells = run_all(page, address, LESSON)
        assert sum(map(bool, cells)) >= 6, "there are hardly any outputs"
        check_outputs(cells)
        assert sum(len(pictures(outputs)) for outputs in cells) == 2
        assert page.find_elements("css selector", ".jp-RenderedImage img")


def test_the_sliders_of_a_lesson_move_its_picture(lab):
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.support.ui import WebDriverWait

    address, _ = lab
    with browser(1400, 1000) as page:
        cells = run_all(page, address, SLIDERS)
        check_outputs(cells)
        assert sum(len(pictures(outputs)) for outputs in cells) >= 12
        find = (
            "const at = notebook.widgets.findIndex("
            "cell => cell.model.sharedModel.getSource().includes('@interact'));"
            "notebook.activeCellIndex = at; notebook.scrollToItem(at, 'start')"
        )
        page.execute_script(NOTEBOOK + find)
        wait = WebDriverWait(page, 60)
        # null while a picture is replaced by the next one
        picture = (
            "const image = document.querySelector('.widget-output img');"
            "return image && image.src.split('base64,')[1].replace(/\\s/g, '')"
        )
        before = wait.until(lambda page: page.execute_script(picture), "no picture")
        stored = [picture for outputs in cells for picture in pictures(outputs)]
        assert before in stored, "the cell behind it draws the same"
        handles = page.find_elements("css selector", ".noUi-handle")
        assert len(handles) == 4
        handles[-1].send_keys(Keys.ARROW_RIGHT)  # one block more
        wait.until(
            lambda page: page.execute_script(picture) not in (None, before),
            "the picture stays",
        )


def test_an_exercise_says_what_is_missing_and_then_that_nothing_is(lab):
    """The release runs to its end too; the solution is one that a student may write."""
    address, folder = lab
    path = folder / EXERCISE
    with browser(1400, 1000) as page:
        text = texts(run_all(page, address, EXERCISE))
        assert "✗" in text and "rows are missing" in text and "Traceback" not in text
        solved = notebooks() / "solutions" / path.name
        path.with_name("solved.ipynb").write_bytes(solved.read_bytes())
        place = EXERCISE.replace(path.name, "solved.ipynb")
        text = texts(run_all(page, address, place))
        assert "✓" in text and "✗" not in text and "missing" not in text


def run_all(page, address: str, place: str) -> list[list]:
    """Open a notebook, run all of its cells; the outputs of each.

    In a workspace of its own: another one would have the notebooks of before open too.
    """
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import WebDriverWait

    page.get(f"{address}/lab/workspaces/{Path(place).stem}/tree/{place}")
    wait = WebDriverWait(page, SECONDS)
    wait.until(lambda page: page.execute_script(READY), "no kernel")
    run(page, wait, "notebook:clear-all-cell-outputs")
    wait.until(lambda page: not any(cell[0] for cell in page.execute_script(CELLS)))
    run(page, wait, "notebook:restart-run-all")
    accept = ".jp-Dialog .jp-mod-accept"
    wait.until(lambda page: page.find_elements(By.CSS_SELECTOR, accept))
    page.find_element(By.CSS_SELECTOR, accept).click()
    wait.until(lambda page: is_over(page.execute_script(CELLS)))
    return [outputs for _, outputs, _ in page.execute_script(CELLS)]


def is_over(cells: list[list]) -> bool:
    """Whether all cells have run, or one failed: those behind it then never do."""
    if all(number for number, _, _ in cells):
        return True
    for _, outputs, may_fail in cells:
        if not may_fail:
            check_outputs([outputs])
    return False


def texts(cells: list[list]) -> str:
    """What the cells printed, with their errors."""
    return "\n".join(
        "".join(output.get("text", output.get("traceback", "")))
        for outputs in cells
        for output in outputs
    )


def check_outputs(cells: list[list]) -> None:
    """No cell may have failed."""
    for outputs in cells:
        for output in outputs:
            assert output["output_type"] != "error", output


def pictures(outputs: list) -> list[str]:
    """The pictures that a cell shows, as text."""
    found = (output.get("data", {}).get("image/png") for output in outputs)
    return ["".join("".join(picture).split()) for picture in found if picture]


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
