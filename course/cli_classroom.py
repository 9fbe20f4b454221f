"""The commands of ``gluon-course`` for who teaches: init, release, grade, summary."""

from __future__ import annotations

import importlib.util
import json

import click
from tqdm import tqdm

NEEDED = ("nbgrader", "nbconvert", "nbclient", "jupytext")


def _need() -> None:
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise ValueError(
            f"{', '.join(missing)} missing: pip install 'gluon-nets[cpu,course]'"
        )


@click.command("init")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False))
def init(folder: str) -> None:
    """Make the course folder DIR, in which nbgrader works too.

    \b
      gluon-course init autumn
      gluon-course release autumn vionet      # autumn/release/vionet is for students
      cp -r …  autumn/submitted/STUDENT/vionet/vionet.ipynb
      gluon-course grade autumn
    """
    _need()
    from course.classroom.create import create

    made = create(folder)
    click.echo(f"{made.root}: a course folder; gluon-course release {folder} NAME")


@click.command("release")
@click.argument("folder", metavar="DIR")
@click.argument("names", nargs=-1)
def release(folder: str, names) -> None:
    """Make the students' notebooks of the exercises NAMES (all) in DIR/release."""
    _need()
    from course.classroom.folder import open_folder
    from course.classroom.lock import held
    from course.classroom.release import release as release_one
    from course.grading.rubric import exercise_folders

    course = open_folder(folder)
    known = list(dict.fromkeys([*exercise_folders(), *course.own_exercises()]))
    for name in names:
        if name not in known:
            raise ValueError(f"there is no exercise {name!r}: {', '.join(known)}")
    with held(course):
        for name in names or known:
            click.echo(f"{release_one(course, name)}")


@click.command("grade")
@click.argument("folder", metavar="DIR")
@click.argument("names", nargs=-1)
@click.option("--workers", type=int, help="Sandboxes at a time (physical cores).")
@click.option("--scheduler", metavar="ADDRESS", help="Of a dask cluster.")
@click.option("--trust-submissions", is_flag=True, help="Execute without a sandbox.")
@click.option("--again", is_flag=True, help="Execute and grade anew.")
@click.option("--student", "students", metavar="NAME", multiple=True, help="Only NAME.")
@click.option("--no-feedback", is_flag=True, help="Write no feedback pages.")
@click.option("--json", "as_json", is_flag=True, help="Results as JSON.")
@click.option("--quiet", "-q", is_flag=True, help="No progress on stderr.")
def grade(
    folder,
    names,
    workers,
    scheduler,
    trust_submissions,
    again,
    students,
    no_feedback,
    as_json,
    quiet,
) -> None:
    """Grade what was submitted to the exercises NAMES (all that were released).

    Each submission is executed in a sandbox, its answers are checked outside of it.
    What was graded before is left alone, so that a grading that was stopped goes on.

    \b
      gluon-course grade autumn vionet --again --student ada     # one student anew
    """
    _need()
    from course.classroom import grade as grading
    from course.classroom.folder import open_folder
    from course.classroom.lock import held
    from course.classroom.submissions import submissions
    from course.classroom.summary import write_summary

    course = open_folder(folder)
    names = _released(course, names)
    with held(course):
        _warn(course)
        count = len(submissions(course, names, students))
        _check_sandbox(course, trust_submissions, scheduler)
        with _pool(workers, scheduler) as pool, tqdm(
            total=count, unit="submission", disable=quiet or None
        ) as bar:
            done = grading.grade(
                course,
                names,
                pool,
                trust=trust_submissions,
                again=again,
                students=students,
                told=lambda graded: bar.update(),
            )
        failed = {} if no_feedback else grading.write_all_feedback(course, names)
        written = write_summary(course)
    _tell(done, written, as_json)
    for name, reason in failed.items():
        click.echo(f"no feedback: {name}: {reason}", err=True)
    if failed or any(graded.record is None for graded in done):
        raise SystemExit(1)


def _released(course, names) -> list[str]:
    known = course.exercises()
    for name in names:
        if name not in known:
            there = ", ".join(known) or "none yet"
            raise ValueError(f"{name} was not released: released are {there}")
    if not known:
        raise ValueError(f"nothing was released: gluon-course release {course.root}")
    return list(names or known)


def _warn(course) -> None:
    """Of submissions in a wrong place, which would vanish silently."""
    from course.classroom.submissions import ignored

    for line in ignored(course):
        click.echo(line, err=True)


def _check_sandbox(course, trust: bool, scheduler: str | None) -> None:
    """Refuse before anything is done; a cluster's workers do so themselves."""
    if not trust and not scheduler:
        from course.grading.sandbox import check_sandbox, check_unseen

        check_sandbox()
        check_unseen(course.root)


def _pool(workers: int | None, scheduler: str | None):
    from course.classroom.workers import Cluster, LocalWorkers

    return Cluster(scheduler) if scheduler else LocalWorkers(workers)


def _tell(done, written, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([_data(graded) for graded in done], indent=2))
        return
    failed = [graded for graded in done if graded.record is None]
    now = sum(graded.again for graded in done) - len(failed)
    click.echo(f"{now} graded, {len(done) - now - len(failed)} were so before")
    for graded in failed:
        where = f"{graded.submission.student}/{graded.submission.exercise}"
        click.echo(f"not graded: {where}: {graded.reason}", err=True)
    for path in written:
        click.echo(str(path))


def _data(graded) -> dict:
    record = graded.record
    rows = record["report"]["rows"] if record else []
    return {
        "student": graded.submission.student,
        "exercise": graded.submission.exercise,
        "points": sum(row["points"] for row in rows) if record else None,
        "out_of": sum(row["out_of"] for row in rows) if record else None,
        "status": record["status"] if record else "not graded",
        "reason": graded.reason,
        "missed": [row["name"] for row in rows if row["state"] != "held"],
    }


@click.command("summary")
@click.argument("folder", metavar="DIR")
def summary(folder: str) -> None:
    """Write DIR/summary.html, grades.csv and rows.csv of what is in the gradebook."""
    _need()
    from course.classroom.folder import open_folder
    from course.classroom.lock import held
    from course.classroom.summary import write_summary

    course = open_folder(folder)
    with held(course):
        _warn(course)
        for path in write_summary(course):
            click.echo(str(path))


COMMANDS = (init, release, grade, summary)
