"""The command ``gluon-course``. Starting it imports neither MXNet nor Jupyter."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import click
from tqdm import tqdm

from course.cli_classroom import COMMANDS
from course.cli_exercises import mutants
from course.places import exercises, notebooks, sources
from course.works import works
from gluon_nets.cli.errors import Commands

NEEDED = ("jupytext", "nbclient", "nbformat", "ipykernel")


class CourseCommands(Commands):
    """The same, under the course's name."""

    program = "gluon-course"


@click.group(cls=CourseCommands)
@click.version_option(package_name="gluon-nets", prog_name="gluon-course")
def main() -> None:
    """The course that goes with Gluon Nets.

    \b
    Copy the lessons to a folder of your own and work through them:
      gluon-course open
    """


@main.command("list")
def list_course() -> None:
    """List the lessons and exercises that are there."""
    for kind, names in (("lessons", list(sources())), ("exercises", exercises())):
        click.echo(f"{kind}: {', '.join(names) or 'none yet'}")


@main.command("open", context_settings={"ignore_unknown_options": True})
@click.option("--copy-only", is_flag=True, help="Do not start JupyterLab.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[FOLDER] ...")
def open_course(copy_only: bool, arguments) -> None:
    """Copy the notebooks to FOLDER (gluon-course), and start JupyterLab there.

    Notebooks that are there already stay as they are. What follows FOLDER is for
    JupyterLab: gluon-course open work --no-browser --port 9999
    """
    named = arguments and not arguments[0].startswith("-")
    folder = Path(arguments[0] if named else "gluon-course")
    lab = arguments[1:] if named else arguments
    from course.opening import copy_notebooks, lab_command

    if not notebooks().is_dir():
        raise ValueError(f"{notebooks()} is not there: gluon-course build makes it")
    copied, kept = copy_notebooks(folder)
    if not copied and not any(folder.rglob("*.ipynb")):
        raise ValueError(
            f"{notebooks()} has no notebooks: gluon-course build makes them"
        )
    click.echo(f"{folder}: {len(copied)} notebooks copied", nl=False)
    click.echo(f", {len(kept)} of your own kept" if kept else "")
    if copy_only:
        return
    _need("jupyterlab")
    command = lab_command(folder.resolve(), lab)
    os.execv(command[0], command)


def _need(*modules: str) -> None:
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    if missing:
        raise ValueError(
            f"{', '.join(missing)} missing: pip install 'gluon-nets[cpu,course]'"
        )


@main.command("build")
@click.argument("names", nargs=-1)
@click.option("--force", is_flag=True, help="Also those that are up to date.")
@click.option("--check", is_flag=True, help="Write nothing; tell what would change.")
@click.option("--quiet", "-q", is_flag=True, help="No progress on stderr.")
def build_course(names, force: bool, check: bool, quiet: bool) -> None:
    """Make the notebooks of the lessons and exercises of their sources.

    All whose source has changed, or those by NAMES. Lessons and solutions are executed
    and stored with outputs. A second build changes no byte; it tells the cells whose
    outputs differ.
    """
    _need(*NEEDED)
    from course.build import build, is_stale

    all_works = works()
    known = dict.fromkeys(work.name for work in all_works)
    for name in names:
        if name not in known:
            raise ValueError(f"there is no {name!r}: {', '.join(known)}")
    differ = False
    for work in all_works:
        if names and work.name not in names:
            continue
        place = (work.source, work.path)
        label = work.name if work.kind == "lesson" else f"{work.name} ({work.kind})"
        if not (force or check or is_stale(*place, work.read)):
            click.echo(f"{label}: up to date")
            continue
        with tqdm(desc=label, unit="cell", disable=quiet or None) as bar:
            told = lambda cell, bar=bar: bar.update()  # noqa: E731
            built = build(*place, told, not check, work.read, work.runs)
        differ |= bool(built.changed)
        click.echo(f"{label}: {'; '.join(built.changed) or 'no change'}")
    if check and differ:
        raise SystemExit(1)


for command in (mutants, *COMMANDS):
    main.add_command(command)
