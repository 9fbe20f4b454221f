"""Who grades essays sees them in nbgrader's formgrader, and nothing runs there."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from tests.browser import browser
from tests.course.classroom.conftest import NAME, Here, cell_of, solved, submit

pytestmark = pytest.mark.slow
HOSTILE = (
    "\n<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'"
)


@pytest.fixture
def lab(folder, tmp_path):
    """The address of a JupyterLab in the course folder."""
    pytest.importorskip("jupyterlab")
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
        *(f"--port={port}", "--ip=127.0.0.1", "--IdentityProvider.token="),
    ]
    names = ("HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR")
    home = {name: str(tmp_path / name) for name in names}
    with open(tmp_path / "lab.log", "wb") as log:
        process = subprocess.Popen(
            command,
            cwd=folder.root,
            env={**os.environ, **home},
            stdout=log,
            stderr=log,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(90):
            try:
                urllib.request.urlopen(f"{address}/api/status", timeout=5).close()
                break
            except (urllib.error.URLError, OSError):
                assert process.poll() is None, (tmp_path / "lab.log").read_text()
                time.sleep(1)
        yield address
    finally:
        process.kill()
        process.wait()


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
