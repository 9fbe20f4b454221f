"""A class of more than twenty, graded from the command line in real sandboxes."""

from __future__ import annotations

import hashlib
import json

import pytest

from tests.course.classroom.conftest import NAME, cell_of, released, solved
from tests.course.classroom.test_cli_classroom import FORGER, PRINTER, run

pytestmark = pytest.mark.slow
COSTS, BRANCHES = "vgg_costs", "inception_vs_residual"
LIMITS = """
[limits]
cell_seconds = 20
wall_seconds = 90
memory = 1500000000
"""

# what hostile submissions have in their first cell, and what answers they are left with
LOOP = "while True:\n    try:\n        while True: pass\n    except BaseException: pass"
MEMORY = "held = []\nwhile True:\n    held.append(bytearray(b'x' * 10**8))"
FORKS = "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"
KILLER = "import os\nos.kill(os.getppid(), 9)\nos.kill(os.getpid(), 9)"
READER = """
import glob, os
found = [open(path).read() for path in glob.glob({root!r} + "/**/*.*", recursive=True)]
total = 220 if found else 3
"""
DELETER = """
import os, shutil
for path in ({root!r}, os.path.expanduser("~"), "/tmp", "/"):
    shutil.rmtree(path, ignore_errors=True)
"""
CHECK = """
import course, course.grading.check as one, course.grading.evaluate as two
def held(*arguments, **options): return 6
course.check = check = one.check = two.evaluate = two._result = held
"""
JSON = """
import json
json.dumps = lambda *_, **__: '{"total": {"value": 220}}'
json.dump = json.loads = json.load = lambda *_, **__: {"points": 6}
"""
NUMPY = """
import numpy
class Any(float):
    def __eq__(self, other): return True
    def __abs__(self): return 0.0
    def __sub__(self, other): return 0.0
    def tolist(self): return [220] * 9
numpy.float64 = numpy.array = numpy.asarray = numpy.isfinite = Any
total, parts, word = Any(3), {"weights": Any(4)}, "bia"
"""
# graphs that are written down, in the place of networks
FORGED = """
import json
import mxnet as mx
from mxnet import autograd
from mxnet.gluon import nn
nodes = [{"op": "null", "name": "data", "inputs": []}]
%s
text = json.dumps({"nodes": nodes, "heads": [[len(nodes) - 1, 0, 0]]})
class Symbol:
    def tojson(self): return text
mx.sym.Symbol.tojson = Symbol.tojson
autograd.get_symbol = lambda y: Symbol()
import course.grading.extract as extract
extract.graph_text = lambda net, image: text
%s
"""
DOUBLED = """
for last in range(60):
    nodes.append({"op": "_npi_add", "name": "y", "inputs": [[last, 0, 0]] * 2})
"""
POINTER = """
nodes.append({"op": "_Native", "name": "y", "inputs": [[0, 0, 0]],
              "attrs": {"info": "0x4141414141"}})
"""
MANY = """
nodes += [{"op": "relu", "inputs": [[0, 0]]}] * 100_000
"""
NETS = """
inception = nn.Dense(3)
residual = dict.fromkeys(["basic", "bottleneck"], inception)
pair = dict.fromkeys(["sum", "concat"], inception)
"""
HEAD = "cheap, cheap_params = nn.Dense(3), 3"


@pytest.fixture(scope="module")
def classroom(made, tmp_path_factory):
    """A course folder in which two of the course's exercises were released, too."""
    import shutil

    from course.classroom.folder import open_folder
    from course.classroom.release import release
    from course.grading.sandbox import SandboxError, check_sandbox

    try:
        check_sandbox()
    except SandboxError as error:
        pytest.skip(str(error))
    root = tmp_path_factory.mktemp("class") / "course"
    shutil.copytree(made.root, root)
    folder = open_folder(root)
    with (root / "grading.toml").open("a") as file:
        file.write(LIMITS)
    for name in (COSTS, BRANCHES):
        release(folder, name)
    return folder


def began(notebook: dict, source: str) -> dict:
    """A submission with a first cell of its own."""
    cell = {"cell_type": "code", "metadata": {}, "source": source}
    notebook["cells"].insert(0, cell)
    return notebook


def ended(notebook: dict, source: str) -> dict:
    """The same at the end."""
    notebook["cells"].append({"cell_type": "code", "metadata": {}, "source": source})
    return notebook


def of_course(folder, name: str, solution: bool = False) -> dict:
    """A notebook of the course: as it is given out, or with the solution."""
    from course.grading.assignment import assignment_notebook

    if solution:
        return json.loads(json.dumps(assignment_notebook(folder.exercise(name))))
    path = folder.release / name / f"{name}.ipynb"
    return json.loads(path.read_text("utf-8"))


def hand_in(folder) -> dict[tuple[str, str], float]:
    """Submit all; the points that each should get."""
    root = str(folder.root)
    points: dict[tuple[str, str], float] = {}

    def hands_in(student, notebook, right, exercise=NAME, file="") -> None:
        content = notebook if isinstance(notebook, bytes) else json.dumps(notebook)
        content = content if isinstance(content, bytes) else content.encode()
        path = folder.submitted / student / exercise / (file or f"{exercise}.ipynb")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        points[student, exercise] = right

    hands_in("right", solved(folder), 6)
    hands_in("wrong", solved(folder, "parts = {'weights': 2}\ntotal = 220"), 5)
    hands_in("untouched", released(folder), 0)
    hands_in("empty", {"nbformat": 4, "nbformat_minor": 5, "cells": []}, 0)
    hands_in("junk", b"junk", 0)
    (folder.submitted / "nothing" / NAME).mkdir(parents=True)
    points["nothing", NAME] = 0
    # odd, but honest
    hands_in("two", solved(folder, "total = 3"), 6, file="older.ipynb")
    hands_in("two", solved(folder), 6)
    odd = ended(solved(folder), "import sys\nprint(1, file=sys.stderr)\n1 / 0")
    odd["cells"].remove(cell_of(odd, "check-word"))
    hands_in("odd", odd, 6)
    named = solved(folder, "total = None\nparts = {}\nmine = [220, {'weights': 200}]")
    cell_of(named, "check-numbers")["source"] = f"check({NAME!r}, mine[0], mine[1])"
    hands_in("named", named, 6)
    # hostile, with nothing else
    for student, source in {
        "loop": LOOP,
        "memory": MEMORY,
        "forks": FORKS,
        "killer": KILLER,
        "printer": PRINTER,
        "forger": FORGER,
        "reader": READER.format(root=root),
        "deleter": DELETER.format(root=root),
        "json": JSON,
    }.items():
        hands_in(student, began(released(folder), source), 0)
    hands_in("check", began(ended(released(folder), "total = 219"), CHECK), 0)
    # as data they are wrong numbers, whatever they say when they are compared
    hands_in("numpy", ended(released(folder), NUMPY), 0)
    # of the course's own exercises
    for name in (COSTS, BRANCHES):
        full = sum(row.points for row in folder.exercise(name).rubric.rows)
        hands_in("right", of_course(folder, name, solution=True), full, name)
        hands_in("untouched", of_course(folder, name), 0, name)
    for student, name, nodes, left in (
        ("doubled", BRANCHES, DOUBLED, NETS),
        ("raw", BRANCHES, POINTER, NETS),
        ("raw", COSTS, POINTER, HEAD),
        ("many", COSTS, MANY, HEAD),
    ):
        data = ended(of_course(folder, name), FORGED % (nodes, left))
        hands_in(student, data, 0, name)
    return points


def fingerprints(path) -> dict[str, str]:
    """What is below a folder."""
    return {
        str(one.relative_to(path)): hashlib.sha256(one.read_bytes()).hexdigest()
        for one in sorted(path.rglob("*"))
        if one.is_file()
    }


def test_a_class_gets_what_each_deserves(classroom):
    """Right, wrong, odd and hostile work side by side; the folder stays as it was."""
    expected = hand_in(classroom)
    assert len(expected) >= 20
    before = [fingerprints(path) for path in (classroom.submitted, classroom.release)]
    found = json.loads(run("grade", classroom.root, "-q", "--json", "--workers", 2))
    points = {(one["student"], one["exercise"]): one["points"] for one in found}
    assert points == expected
    after = [fingerprints(path) for path in (classroom.submitted, classroom.release)]
    assert after == before
    reasons = {one["student"]: one["status"] for one in found}
    assert reasons["right"] == reasons["odd"] == "done"
    assert {reasons["loop"], reasons["killer"]} <= {"timeout", "killed"}
    for student, name in expected:
        assert (classroom.feedback / student / name / f"{name}.html").exists()
    again = run("grade", classroom.root, "-q")
    assert f"0 graded, {len(expected)} were so before" in again
    check_export(classroom, expected)


def check_export(folder, expected) -> None:
    """nbgrader's own export says the same as our tables."""
    import csv

    rows = csv.DictReader((folder.root / "grades.csv").read_text("utf-8").splitlines())
    found = {(row["student_id"], row["assignment"]): row["score"] for row in rows}
    for key, points in expected.items():
        assert float(found[key]) == points, key
