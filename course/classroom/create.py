"""``gluon-course init``: a folder in which nbgrader works, with our settings."""

from __future__ import annotations

import secrets
from pathlib import Path

from course.classroom.folder import SETTINGS, Folder, open_folder
from course.classroom.settings import OWN_CONFIG

CONFIG = '''"""nbgrader's settings for this course. Yours go into own_config.py.

Where a file of settings has an error, nbgrader goes on without it: it would execute
submissions without a sandbox. This one stops it.
"""

try:
    from course.classroom.settings import configure

    configure(get_config(), __file__)  # noqa: F821
except BaseException as error:
    raise SystemExit(f"{__file__}: {type(error).__name__}: {error}") from None
'''
OWN = '''"""Your own settings of nbgrader, for example:

c.LateSubmissionPlugin.penalty_method = "zero"
"""

c = get_config()  # noqa: F821
'''
GRADING = """\
# Settings of `gluon-course grade`. Keep this file to yourself: who knows the seed could
# choose a network that happens to train well with it.
seed = {seed}

# [limits]              # of each submission; these are the defaults
# cell_seconds = 180
# wall_seconds = 600
# memory = 3221225472   # bytes, of all its processes
"""
IGNORED = "/.cache/\n"


def create(path: str | Path) -> Folder:
    """Make a course folder; what is there already stays.

    Raises
    ------
    ValueError
        Where nbgrader's settings of another course are there.
    """
    root = Path(path)
    if (root / "nbgrader_config.py").exists() and not (root / SETTINGS).exists():
        raise ValueError(f"{root} has nbgrader_config.py of another course")
    (root / "source").mkdir(parents=True, exist_ok=True)
    (root / "submitted").mkdir(exist_ok=True)
    texts = {
        "nbgrader_config.py": CONFIG,
        OWN_CONFIG: OWN,
        SETTINGS: GRADING.format(seed=secrets.randbits(31)),
        ".gitignore": IGNORED,
    }
    for name, text in texts.items():
        if not (root / name).exists():
            (root / name).write_text(text, "utf-8")
    (root / SETTINGS).chmod(0o600)
    folder = open_folder(root)
    _make_gradebook(folder)
    return folder


def _make_gradebook(folder: Folder) -> None:
    """Empty, so that nobody needs alembic later: nbgrader asks it for the version."""
    from course.classroom.gradebook import open_gradebook

    with open_gradebook(folder):
        pass
