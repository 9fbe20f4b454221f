"""The command ``gluon-course``. It imports neither the library nor MXNet by itself."""

from __future__ import annotations

from pathlib import Path

import click

ROOT = Path(__file__).parent


@click.group()
@click.version_option(package_name="gluon-nets", prog_name="gluon-course")
def main() -> None:
    """The course that goes with Gluon Nets."""


@main.command("list")
def list_course() -> None:
    """List the lessons and exercises that are there."""
    for kind, names in (("lessons", lessons()), ("exercises", exercises())):
        click.echo(f"{kind}: {', '.join(names) or 'none yet'}")


def lessons(root: Path = ROOT) -> list[str]:
    """Names of the lessons: their sources are scripts."""
    return sorted(
        path.stem
        for path in (root / "lessons").glob("*.py")
        if not path.name.startswith("_")
    )


def exercises(root: Path = ROOT) -> list[str]:
    """Names of the exercises: each has a folder."""
    return sorted(
        path.name
        for path in (root / "exercises").glob("*/")
        if path.is_dir() and not path.name.startswith(("_", "."))
    )
