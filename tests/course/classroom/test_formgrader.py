"""Who grades essays sees them in nbgrader's formgrader, and nothing runs there."""

from __future__ import annotations

import pytest

from tests.browser import browser
from tests.course.classroom.conftest import NAME, Here, cell_of, solved, submit
from tests.jupyter import jupyterlab

pytestmark = pytest.mark.slow
HOSTILE = (
    "\n<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'"
)


@pytest.fixture
def lab(folder, tmp_path):
    """The address of a JupyterLab in the course folder."""
    with jupyterlab(tmp_path, "-m", "jupyterlab", cwd=folder.root) as address:
        yield address


def test_an_essay_gets_its_points(folder, no_sandbox, lab):
    from nbgrader.api import Gradebook
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import WebDriverWait

    from course.classroom.grade import grade
    from course.classroom.summary import results

    data = solved(folder)
    cell_of(data, "essay-why")["source"] += HOSTILE
    submit(folder, "ann", data)
    grade(folder, [NAME], Here())
    with Gradebook(folder.gradebook) as gradebook:
        number = gradebook.find_submission_notebook(NAME, NAME, "ann").id
    with browser() as page:
        wait = WebDriverWait(page, 60)
        page.get(f"{lab}/formgrader/gradebook/{NAME}/{NAME}")
        wait.until(lambda page: "Submission #1" in page.page_source)
        page.get(f"{lab}/formgrader/submissions/{number}/?index=0")
        wait.until(lambda page: page.find_elements(By.ID, "essay-why"))
        assert "Each is connected to each." in page.page_source
        assert "✓ 2/2 Parameters of a dense layer" in page.page_source
        assert page.title != "owned"
        points = page.find_element(By.ID, "essay-why")
        wait.until(lambda page: points.is_enabled())
        page.execute_script("arguments[0].scrollIntoView({block: 'center'})", points)
        points.clear()
        points.send_keys("3\t")
        wait.until(lambda page: results(folder)[0].score == 9)
    assert not results(folder)[0].needs_human
