"""Submissions that forge what the runner reads: answers, messages, the last cell."""

from __future__ import annotations

import json

import pytest

from course.grading.sandbox import Limits, execute
from tests.course.grading.sandbox.notebooks import COLLECT, notebook, outputs, run

pytestmark = pytest.mark.usefixtures("sandbox")
# a last cell that does whatever the submission wants
HOOK = "own('{path}')"
SOCKET = """
import json, zmq
from ipykernel.kernelapp import IPKernelApp
kernel = get_ipython().kernel
parent = get_ipython().parent_header
def send(kind, content):
    kernel.session.send(kernel.iopub_socket, kind, content, parent=parent)
"""


@pytest.mark.parametrize(
    "write, why",
    [
        ("import os; os.symlink('/usr/bin/env', path)", "no answers"),
        ("import os; os.mkfifo(path)", "no answers"),
        ("import os; os.mkdir(path)", "no answers"),
        ("open(path, 'w').write('x' * 9 * 2**20)", "no answers"),
        ("pass", "no answers"),
        ("open(path, 'w').write('no JSON')", "cannot be read"),
        ("open(path, 'wb').write(bytes(range(256)))", "cannot be read"),
        ("open(path, 'w').write('[' * 10**6)", "cannot be read"),
        ("open(path, 'w').write('[' * 500 + ']' * 500)", "cannot be read"),
        ("open(path, 'w').write('9' * 10**5)", "cannot be read"),
    ],
)
def test_answers_that_cannot_be(write, why):
    execution = execute(notebook(f"def own(path): {write}"), HOOK)
    assert execution.answers is None
    assert why in execution.reason
    assert execution.seconds < 20


DEAF = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass"


@pytest.mark.parametrize(
    "ends, status, why",
    [
        (DEAF, "timeout", "did not end when it was interrupted"),
        ("while True: pass", "timeout", "not all answers were collected within 1 s"),
        ("import os\nos._exit(3)", "killed", "exit code 3"),
        ("exit()", "done", ""),
    ],
)
def test_what_was_written_before_the_last_cell_ended_counts(ends, status, why):
    """Answers are written one by one: the last one may be a function that loops."""
    last = f"with open('{{path}}', 'w') as file: file.write('[1]')\n{ends}"
    execution = execute(notebook("x = 1"), last, Limits(cell_seconds=1))
    assert (execution.status, execution.answers) == (status, [1])
    assert why in execution.reason


def test_half_characters_in_answers_do_no_harm():
    write = "open(path, 'w').write(chr(34) + chr(92) + 'ud800' + chr(34))"
    execution = execute(notebook(f"def own(path): {write}"), HOOK)
    assert execution.answers == "?"


@pytest.mark.parametrize(
    "patch",
    [
        pytest.param(
            "import json\njson.dump = json.dumps = json.loads = None",
            marks=pytest.mark.slow,
        ),
        "import builtins\nbuiltins.open = None",
        "import sys\nsys.modules['json'] = None",
        "get_ipython().input_transformers_post.append(lambda lines: ['pass'])",
        pytest.param(
            "get_ipython().run_cell = get_ipython().run_cell_async = None",
            marks=pytest.mark.slow,
        ),
        "import os\nos.chdir('/tmp')\nimport shutil\n"
        "shutil.rmtree('/home/student', ignore_errors=True)",
    ],
)
def test_a_last_cell_that_is_undone_does_no_harm(patch):
    execution = run("answer = 1", patch, cell_seconds=3)
    assert execution.answers in (None, 1)
    assert execution.status in ("done", "timeout", "killed")
    assert execution.seconds < 20


@pytest.mark.parametrize(
    "forged",
    [
        "send('stream', {'name': 5, 'text': {'a': 1}})",
        "send('display_data', {'data': [1], 'metadata': 3})",
        "send('display_data', {'data': {'text/plain': [1, None]}, 'transient': 4})",
        "send('execute_result', {'data': {}, 'execution_count': 'x'})",
        "send('error', {'traceback': 'x', 'ename': None})",
        "send('clear_output', {})\nsend('update_display_data', {})",
        "send('stream', {'name': 'stdout', 'text': chr(0xd800)})",
        "send('unknown', {'x': 1})",
        "send('status', {'execution_state': 5})",
        "kernel.iopub_socket.send_multipart([b'x', b'y'])",
        "kernel.iopub_socket.send_multipart([b''] * 10)",
    ],
)
def test_forged_messages_become_valid_outputs(forged):
    nbformat = pytest.importorskip("nbformat")
    execution = run(SOCKET, forged, "answer = 2")
    assert (execution.status, execution.answers) == ("done", 2)
    nbformat.validate(execution.notebook)
    json.dumps(execution.notebook).encode()


@pytest.mark.slow
def test_a_giant_message_is_dropped():
    giant = "kernel.iopub_socket.send_multipart([b'x' * 10**8])"
    execution = run(SOCKET, giant, "answer = 2", cell_seconds=20)
    assert (execution.status, execution.answers) == ("done", 2)


def test_what_is_said_about_it_is_one_short_line():
    noise = "import os\nos.write(os.open('/proc/1/fd/2', 1), b'A\\x1b[31m\\n' * 10**4)"
    execution = run(noise, "import os\nos.kill(os.getppid(), 9)")
    assert execution.status == "killed"
    assert len(execution.reason) <= 300
    assert execution.reason.isprintable()


@pytest.mark.parametrize("metadata", [5, [], {"kernelspec": 3}, {"language_info": {}}])
def test_strange_metadata(metadata):
    execution = execute(notebook("answer = 1", metadata=metadata), COLLECT)
    assert execution.answers == 1


def test_strange_cells():
    cells = [None, 5, [], {}, {"cell_type": "code"}, {"cell_type": 7, "source": 7}]
    cells.append({"cell_type": "code", "source": ["answer ", "= 1"], "outputs": "x"})
    execution = execute(notebook(cells=cells, nbformat_minor=99), COLLECT)
    assert execution.answers == 1
    assert outputs(execution, 6) == []
