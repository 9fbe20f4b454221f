"""Honest notebooks, in whatever form they come, and what an execution tells of them."""

from __future__ import annotations

import json
from contextlib import nullcontext
from importlib.util import find_spec

import pytest

from course.grading.sandbox import Limits, execute
from tests.course.grading.sandbox.notebooks import (
    COLLECT,
    cold,
    error,
    notebook,
    outputs,
    run,
)

pytestmark = pytest.mark.usefixtures("sandbox")
mxnet = pytest.mark.skipif(find_spec("mxnet") is None, reason="needs MXNet")


@pytest.fixture(scope="module", params=["warm", "cold", "trust"])
def ran(request, sandbox):
    """A notebook with all that is usual in one."""
    with cold() if request.param == "cold" else nullcontext():
        return _ran(request.param == "trust")


def _ran(trust):
    return run(
        "x = 20\nx + 1",
        "1 / 0",
        "import sys\nprint('to stdout')\nprint('to stderr', file=sys.stderr)",
        "# nothing but a comment",
        "%%time\ny = x * 2",
        "!echo from a program",
        "from IPython.display import clear_output, display, HTML\n"
        "print('gone')\nclear_output()\nprint('kept')",
        "shown = display(HTML('<b>before</b>'), display_id='one')",
        "shown.update(HTML('<b>after</b>'))",
        "%matplotlib inline\nimport matplotlib.pyplot as plt\n"
        "plt.plot([1, 2])\nplt.show()",
        "import asyncio\nawait asyncio.sleep(0)\n'awaited'",
        "naïve = 'Ünïcödé 数 🎉'\nprint(naïve)",
        "import os\nos.environ['GLUON_NETS_GRADING'], os.environ['OMP_NUM_THREADS']",
        "from multiprocessing import get_context\n"
        "def square(x): return x * x\n"
        "with get_context('fork').Pool(2) as pool: print(pool.map(square, [2, 3]))",
        "import gluon_nets, course\nanswer = [x, y, naïve]",
        trust=trust,
        cell_seconds=60,
    )


def test_all_cells_run_and_the_last_one_collects(ran):
    assert (ran.status, ran.reason) == ("done", "")
    assert ran.answers == [20, 40, "Ünïcödé 数 🎉"]
    assert 0 < ran.seconds < 100


def test_values_have_their_numbers(ran):
    assert ran.notebook["cells"][0]["execution_count"] == 1
    assert outputs(ran, 0) == [
        {
            "output_type": "execute_result",
            "metadata": {},
            "data": {"text/plain": "21"},
            "execution_count": 1,
        }
    ]


def test_an_error_does_not_end_it(ran):
    assert error(ran, 1) == "ZeroDivisionError"


def test_both_streams_are_kept_apart(ran):
    texts = {out["name"]: out["text"] for out in outputs(ran, 2)}
    assert texts == {"stdout": "to stdout\n", "stderr": "to stderr\n"}


def test_programs_and_magic_commands_work(ran):
    assert "Wall time" in outputs(ran, 4)[0]["text"]
    assert outputs(ran, 5)[0]["text"].strip() == "from a program"


def test_outputs_are_cleared_and_changed(ran):
    assert [out["text"] for out in outputs(ran, 6)] == ["kept\n"]
    assert outputs(ran, 7)[0]["data"]["text/html"] == "<b>after</b>"


def test_figures_are_shown(ran):
    assert "image/png" in outputs(ran, 9)[0]["data"]


def test_a_cell_can_await(ran):
    assert outputs(ran, 10)[0]["data"]["text/plain"] == "'awaited'"


def test_it_knows_that_it_is_graded(ran):
    assert outputs(ran, 12)[0]["data"]["text/plain"] == "('1', '1')"


def test_processes_can_be_started(ran):
    assert outputs(ran, 13)[0]["text"] == "[4, 9]\n"


def test_the_notebook_is_valid(ran):
    nbformat = pytest.importorskip("nbformat")
    nbformat.validate(ran.notebook)


def test_other_cells_are_as_they_were():
    cells = json.loads(notebook("answer = 1"))["cells"]
    essay = {"cell_type": "markdown", "id": "essay", "source": "Why?"}
    essay["metadata"] = {"nbgrader": {"grade_id": "essay", "schema_version": 3}}
    text = notebook(cells=[essay, *cells], metadata={"kernelspec": {"name": "julia"}})
    execution = execute(text, COLLECT)
    assert execution.answers == 1
    assert execution.notebook["cells"][0] == essay
    assert execution.notebook["metadata"] == {"kernelspec": {"name": "julia"}}


def test_a_notebook_of_an_older_format():
    cell = {"cell_type": "code", "language": "python", "input": "answer = 3"}
    cell.update(metadata={}, outputs=[], collapsed=False)
    text = notebook(
        nbformat=3, nbformat_minor=0, worksheets=[{"cells": [cell], "metadata": {}}]
    )
    execution = execute(text, COLLECT)
    assert (execution.status, execution.answers) == ("done", 3)
    assert execution.notebook["nbformat"] == 4


@pytest.mark.parametrize(
    "text, why",
    [
        ("", "not JSON"),
        ("# a script", "not JSON"),
        ("[" * 10**5, "not JSON"),
        ("[]", "no notebook"),
        ('{"nbformat": 4}', "no list of cells"),
        ('{"nbformat": 99, "cells": []}', "version 99"),
    ],
)
def test_what_is_no_notebook(text, why):
    execution = execute(text, COLLECT)
    assert execution.status == "failed"
    assert why in execution.reason
    assert (execution.notebook, execution.answers) == (None, None)


def test_an_empty_notebook():
    execution = execute(notebook(), COLLECT)
    assert (execution.status, execution.answers) == ("done", None)
    assert execution.notebook["cells"] == []


def test_a_very_large_one_is_not_even_run():
    execution = execute(" " * 50 * 2**20, COLLECT)
    assert execution.status == "failed"
    assert "20 MiB" in execution.reason
    assert execution.seconds == 0


def test_one_of_ten_megabytes_is_run():
    picture = {"image/png": "A" * 10**7}
    output = {"output_type": "display_data", "data": picture, "metadata": {}}
    cell = json.loads(notebook("answer = 1"))["cells"][0]
    execution = execute(notebook(cells=[{**cell, "outputs": [output]}]), COLLECT)
    assert execution.answers == 1
    assert execution.notebook["cells"][0]["outputs"] == []


def test_without_a_last_cell():
    assert execute(notebook("x = 1")).answers is None


def test_a_last_cell_that_fails_says_why():
    execution = execute(notebook("x = 1"), "raise LookupError('no answers here')")
    assert (execution.status, execution.answers) == ("done", None)
    assert "LookupError: no answers here" in execution.reason


@pytest.mark.slow
@mxnet
def test_a_notebook_with_mxnet():
    execution = execute(
        notebook(
            "from mxnet import np, npx\nfrom mxnet.gluon import nn\nnpx.set_np()",
            "net = nn.Dense(3)\nnet.initialize()",
            "answer = list(net(np.ones((2, 5))).shape)",
        ),
        COLLECT,
        Limits(),
    )
    assert (execution.status, execution.answers) == ("done", [2, 3])
