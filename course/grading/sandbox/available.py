"""Whether this machine can make a sandbox."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from course.grading.sandbox import command
from course.grading.sandbox.errors import SandboxError, TrustedRunError
from course.grading.sandbox.limits import Limits
from course.grading.sandbox.trusted import run_trusted
from course.grading.sandbox.view import view

_OLDEST = (0, 8)  # the first that can forbid further user namespaces
_PROBE = "course.grading.sandbox.inside.probe"
_LIMITS = Limits(cell_seconds=30, wall_seconds=30)
_MAYBE = (
    "are user namespaces allowed? See kernel.unprivileged_userns_clone, "
    "kernel.apparmor_restrict_unprivileged_userns, or the settings of the container"
)
_WAY_OUT = (
    "Grade on a machine where bubblewrap works, or, if you trust every submission, "
    "say --trust-submissions."
)


def check_sandbox() -> None:
    """Make one, and look at it from inside.

    Raises
    ------
    SandboxError
        With the reason, and what to do.
    """
    try:
        _check_version()
        _check_inside()
    except SandboxError as error:
        raise SandboxError(f"There is no sandbox here: {error}. {_WAY_OUT}") from None


def check_unseen(folder: Path) -> None:
    """Make sure that a folder with secrets is not shown inside.

    Raises
    ------
    SandboxError
        Where it is, or lies in, a folder that is: the system, Python, this package.
    """
    folder = folder.resolve()
    for path in map(Path, view().shown):
        if Path(os.path.realpath(path)) in (folder, *folder.parents):
            raise SandboxError(
                f"{folder} can be seen in the sandbox, as all of {path}: keep the "
                "course in a folder of its own, and virtual environments out of it"
            )


def _check_version() -> None:
    words = [command.find_bubblewrap(), "--version"]
    text = subprocess.run(words, capture_output=True, text=True).stdout.strip()
    found = re.search(r"(\d+)\.(\d+)", text)
    if found is None or (int(found[1]), int(found[2])) < _OLDEST:
        raise SandboxError(f"bubblewrap 0.8 or newer is needed, this is '{text}'")


def _check_inside() -> None:
    try:
        found = run_trusted(_PROBE, None, _LIMITS)
    except TrustedRunError as error:
        raise SandboxError(f"{error} ({_MAYBE})") from None
    if found["capabilities"] or found["user"] == 0:
        raise SandboxError("who is in it is still a super-user")
    if found["namespace"] == os.readlink("/proc/self/ns/pid"):
        raise SandboxError("other processes can be seen from inside")
    if found["devices"] not in ([], ["lo"]):
        raise SandboxError(f"there is a network in it: {', '.join(found['devices'])}")
