"""Submissions an hour: `gluon-course grade` beside nbgrader's own autograde.

    python -m benchmarks.grading_speed resnet_family --out FILE

Both grade the same submissions, which differ in a comment, on the same machine, in
turns, from a fresh course folder each time. nbgrader executes one after the other and
believes what the cells print; `gluon-course grade` executes in sandboxes, on all
processors, reads the networks and checks them. An exercise without trainings is fair.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click
from tqdm import tqdm

from benchmarks import records
from benchmarks.estimate import ratio, summary
from benchmarks.machine import cpu_name
from benchmarks.peers import ROOT
from gluon_nets.environment.threads import processors

PLAIN = """\
c = get_config()
c.CourseDirectory.course_id = "plain"
c.ClearSolutions.code_stub = {"python": "...  # your code here"}
"""
BIN = Path(sys.executable).parent


def call(*command: str, folder: Path) -> float:
    """Seconds of a command in a folder."""
    path = os.pathsep.join([str(BIN), os.environ["PATH"]])
    python = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    env = {**os.environ, "PATH": path, "PYTHONPATH": python}
    begin = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise click.ClickException((done.stdout + done.stderr)[-2000:])
    return time.perf_counter() - begin


def prepare(folder: Path, name: str, count: int) -> None:
    """A course folder with submissions, each the solution and a comment."""
    import nbformat

    from course.grading.assignment import assignment_notebook
    from course.grading.rubric import load_exercise

    call("course", "init", str(folder), folder=folder.parent)
    call("course", "release", str(folder), name, folder=folder)
    solution = assignment_notebook(load_exercise(name))
    code = next(cell for cell in solution.cells if _is_free(cell))
    text = code.source
    for number in range(count):
        code.source = f"{text}\n\n# {number}"
        target = folder / "submitted" / f"student{number:03}" / name
        target.mkdir(parents=True)
        nbformat.write(solution, target / f"{name}.ipynb")


def _is_free(cell) -> bool:
    """Whether a cell's code is the student's: equal code would be executed once."""
    locked = cell.metadata.get("nbgrader", {}).get("locked")
    return cell.cell_type == "code" and bool(cell.source) and not locked


def plainly(folder: Path) -> None:
    """Make it a folder that nbgrader alone knows of."""
    (folder / "nbgrader_config.py").write_text(PLAIN)


def points(folder: Path, name: str) -> list[float]:
    """What the gradebook has, a number for each submission."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as book:
        return [one.score for one in book.assignment_submissions(name)]


@click.command()
@click.argument("name")
@click.option("--rounds", default=3, show_default=True, type=click.IntRange(2))
@click.option("--submissions", default=50, show_default=True, type=click.IntRange(1))
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False))
def main(name, rounds, submissions, out) -> None:
    """Measure how many submissions to the exercise NAME are graded an hour."""
    seconds: dict[str, list[float]] = {"ours": [], "nbgrader": []}
    found: dict[str, set] = {"ours": set(), "nbgrader": set()}
    with tempfile.TemporaryDirectory() as place:
        ready = Path(place, "ready")
        prepare(ready, name, submissions)
        for turn in tqdm(range(rounds), "rounds"):
            for side in seconds:
                folder = Path(place, f"{side}-{turn}")
                shutil.copytree(ready, folder)
                if side == "ours":
                    command = (
                        "course",
                        "grade",
                        str(folder),
                        name,
                        "-q",
                        "--no-feedback",
                    )
                else:
                    plainly(folder)
                    command = ("nbgrader", "autograde", name)
                seconds[side].append(call(*command, folder=folder))
                found[side] |= set(points(folder, name))
                shutil.rmtree(folder)
    if any(len(values) != 1 for values in found.values()):
        raise click.ClickException(f"equal submissions have other points: {found}")
    result = {
        "cpu": cpu_name(),
        "threads": processors().threads,
        "exercise": name,
        "submissions a turn": submissions,
        "points": {side: values.pop() for side, values in found.items()},
        "seconds a turn": {side: summary(v) for side, v in seconds.items()},
        "submissions an hour": {
            side: round(3600 * submissions * rounds / sum(values))
            for side, values in seconds.items()
        },
        "ours over nbgrader": ratio(seconds["ours"], seconds["nbgrader"]),
    }
    click.echo(records.as_text(result), nl=False)
    if out:
        records.write(out, result)


if __name__ == "__main__":
    main()
