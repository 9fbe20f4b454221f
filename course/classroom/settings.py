"""nbgrader's settings for a course folder: what ``nbgrader_config.py`` calls."""

from __future__ import annotations

from pathlib import Path

STUB = "...  # your code here"  # a release runs to its end
ANSWER = "*Your answer:*"
OWN_CONFIG = "own_config.py"
OURS = "course.classroom.preprocessors"


def configure(c, file: str) -> None:
    """Put the sandbox and the trusted verification into nbgrader's steps.

    Parameters
    ----------
    c : traitlets.config.Config
    file : str
        The ``nbgrader_config.py`` of the course folder; the instructor's own settings,
        beside it, count last.
    """
    root = Path(file).resolve().parent
    c.CourseDirectory.root = str(root)
    c.ClearSolutions.code_stub = {"python": STUB}
    c.ClearSolutions.text_stub = ANSWER
    c.OverwriteCells.add_missing_cells = True
    c.Autograde.exporter_class = "course.classroom.exporter.SubmissionExporter"
    c.Autograde.autograde_preprocessors = [
        f"{OURS}.SandboxExecute",
        f"{OURS}.TrustedVerify",
        "nbgrader.preprocessors.IgnorePattern",
        "nbconvert.preprocessors.ClearMetadataPreprocessor",
        "nbgrader.preprocessors.LimitOutput",
        f"{OURS}.SaveGrades",
        "nbgrader.preprocessors.CheckCellMetadata",
    ]
    # what students write is shown in the instructor's browser: no HTML of their own
    c.HTMLExporter.filters = {"markdown2html": "course.classroom.html.safe_markdown"}
    own = root / OWN_CONFIG
    if own.exists():
        code = compile(own.read_text("utf-8"), str(own), "exec")
        exec(code, {"__file__": str(own), "get_config": lambda: c})
