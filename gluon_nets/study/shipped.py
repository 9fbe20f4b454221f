"""Results that come with the package: of the studies in the project's `studies/`."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent / "populations"


def shipped() -> tuple[str, ...]:
    """The names of the studies whose results come with the package."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.sqlite")))


def find(name: str | Path) -> Path:
    """The file by this path; where there is none, the package's by this name."""
    path = Path(name)
    if not path.exists() and str(name) in shipped():
        return FOLDER / f"{name}.sqlite"
    return path
