"""Where the parts of the course are: sources, and the notebooks built of them."""

from __future__ import annotations

from pathlib import Path

COURSE = Path(__file__).resolve().parent


def sources(root: Path = COURSE) -> dict[str, Path]:
    """The sources of the lessons by name, in their order."""
    return {
        path.stem: path
        for path in sorted((root / "lessons").glob("*.py"))
        if not path.name.startswith("_")
    }


def exercises(root: Path = COURSE) -> list[str]:
    """Names of the exercises: each has a folder."""
    return sorted(
        path.name
        for path in (root / "exercises").glob("*/")
        if path.is_dir() and not path.name.startswith(("_", "."))
    )


def notebooks() -> Path:
    """The folder of the built notebooks: of the clone, or of the installed package."""
    clone = COURSE.parent
    is_clone = (clone / "setup.py").exists()
    return (clone if is_clone else COURSE) / "notebooks"


def lesson_notebook(name: str) -> Path:
    """The built notebook of a lesson."""
    return notebooks() / "lessons" / f"{name}.ipynb"
