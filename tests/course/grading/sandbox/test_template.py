"""Runs that are forks of one process know nothing of each other, or of it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest

from course.grading.sandbox import Limits, cool_down, execute, template, warm_up
from course.grading.sandbox.inside import passing
from tests.course.grading.sandbox.notebooks import COLLECT, cold, notebook, run

pytestmark = pytest.mark.usefixtures("sandbox")
mxnet = pytest.mark.skipif(find_spec("mxnet") is None, reason="needs MXNet")


@pytest.fixture
def again():
    """The template is there for the other tests, whatever happens to it in this one."""
    yield
    cool_down()
    assert warm_up()


@mxnet
def test_mxnet_is_there_at_once():
    execution = run(
        "import sys\nanswer = ['mxnet' in sys.modules]",
        "from mxnet import autograd, gluon, np, npx\nnpx.set_np()",
        "net = gluon.nn.Dense(3)\nnet.initialize()\nx = np.ones((2, 5))",
        "with autograd.record():\n    loss = (net(x) ** 2).sum()\nloss.backward()",
        "answer += [list(net(x).shape), list(net.weight.grad().shape)]",
        "answer += [len(__import__('os').listdir('/proc/self/task')) > 3]",
    )
    assert (execution.status, execution.answers) == (
        "done",
        [True, [2, 3], [3, 5], True],
    )


@mxnet
@pytest.mark.slow
def test_it_computes_what_a_program_of_its_own_does():
    cells = (
        "from mxnet import np, npx, random\nnpx.set_np()\nrandom.seed(3)",
        "x = np.random.normal(size=(2, 3, 8, 8))\n"
        "w = np.random.normal(size=(4, 3, 3, 3))",
        "y = npx.convolution(x, w, kernel=(3, 3), num_filter=4, no_bias=True)\n"
        "answer = y.asnumpy().ravel().tolist()",
    )
    with cold():
        own = run(*cells, cell_seconds=60).answers
    assert run(*cells).answers == own
    assert len(own) == 2 * 4 * 6 * 6


def test_what_one_run_changes_the_next_does_not_see():
    change = (
        "import json, os, sys, numpy\n"
        "json.left = sys.left = numpy.left = 1\n"
        "os.environ['LEFT'] = '1'\n"
        "open('/tmp/left', 'w').write('1')\nopen('left', 'w').write('1')\n"
        "answer = 1"
    )
    look = (
        "import json, os, sys, numpy\n"
        "answer = [hasattr(module, 'left') for module in (json, sys, numpy)]\n"
        "answer += ['LEFT' in os.environ, os.path.exists('/tmp/left'), os.listdir()]"
    )
    assert run(change).answers == 1
    assert run(look).answers == [False] * 5 + [[]]


def test_no_memory_is_shared_for_writing():
    look = (
        "lines = [line.split() for line in open('/proc/self/maps')]\n"
        "answer = [line for line in lines if line[1][1] + line[1][3] == 'ws']"
    )
    assert run(look).answers == []


def test_no_open_file_is_left():
    look = (
        "import os\nfound = {os.readlink(f'/proc/self/fd/{fd}') for fd in range(60)\n"
        "         if os.path.lexists(f'/proc/self/fd/{fd}')}\n"
        "answer = sorted(name.split(':')[0] for name in found)"
    )
    with cold():
        usual = set(run(look).answers)
    assert set(run(look).answers) <= usual


def test_each_run_has_random_numbers_of_its_own():
    draw = "import random, numpy\nanswer = [random.random(), numpy.random.random()]"
    first, second = run(draw).answers, run(draw).answers
    assert first[0] != second[0]
    assert first[1] != second[1]


def test_runs_at_the_same_time_do_not_see_each_other():
    from concurrent.futures import ThreadPoolExecutor

    cell = (
        "import os, time\nopen('/tmp/mine', 'w').write('{0}')\ntime.sleep(1)\n"
        "pids = [name for name in os.listdir('/proc') if name.isdigit()]\n"
        "answer = [open('/tmp/mine').read(), len(pids)]"
    )
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda at: run(cell.format(at)), range(3)))
    assert [execution.answers for execution in found] == [
        [str(at), 3] for at in range(3)
    ]


@pytest.mark.slow
def test_a_template_that_has_ended_is_no_loss(again):
    template.current().process.kill()
    template.current().process.wait()
    assert run("answer = 1", cell_seconds=30).answers == 1


def test_a_fork_of_the_grader_does_not_use_it():
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.write(write, str(template.current() is None).encode())
        os._exit(0)
    os.waitpid(pid, 0)
    os.close(write)
    with os.fdopen(read) as file:
        assert file.read() == "True"
    assert template.current() is not None


@pytest.mark.slow
def test_it_ends_with_the_grader():
    script = (
        "from course.grading.sandbox import template, warm_up\n"
        "assert warm_up()\nprint(template.current().process.pid, flush=True)\ninput()"
    )
    grader = subprocess.Popen(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[4])},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with grader:
        pid = int(grader.stdout.readline())
        grader.kill()
    deadline = time.monotonic() + 20
    while os.path.exists(f"/proc/{pid}") and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not os.path.exists(f"/proc/{pid}")


def test_warming_up_again_changes_nothing():
    before = template.current()
    assert warm_up()
    assert template.current() is before


def test_files_that_are_not_the_right_number_are_closed():
    import socket

    here, there = socket.socketpair()
    with here, there:
        before = len(os.listdir("/proc/self/fd"))
        passing.send(here, [0, 1])
        assert passing.receive(there, 3) == []
        assert len(os.listdir("/proc/self/fd")) == before
        here.close()
        assert passing.receive(there, 3) == []


@mxnet
def test_a_run_is_fast():
    """A bound that holds on a busy machine: a program of its own takes much more."""
    text = notebook("import mxnet\nanswer = __import__('time').process_time()")
    execution = execute(text, COLLECT, Limits())
    assert execution.answers < 1.5
