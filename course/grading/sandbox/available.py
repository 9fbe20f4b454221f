"""Whether this machine can make a sandbox."""

from __future__ import annotations

import os
import re
import subprocess

from course.grading.sandbox import command, seccomp
from course.grading.sandbox.errors import SandboxError
from course.grading.sandbox.limits import Limits

_OLDEST = (0, 8)  # the first that can forbid further user namespaces
_MAYBE = (
    "are user namespaces allowed? See kernel.unprivileged_userns_clone, "
    "kernel.apparmor_restrict_unprivileged_userns, or the settings of the container"
)
_WAY_OUT = (
    "Grade on a machine where bubblewrap works, or, if you trust every submission, "
    "say --trust-submissions."
)


def check_sandbox() -> None:
    """Make one, and run nothing in it.

    Raises
    ------
    SandboxError
        With the reason, and what to do.
    """
    try:
        _check_version()
        _try()
    except SandboxError as error:
        raise SandboxError(f"There is no sandbox here: {error}. {_WAY_OUT}") from None


def _check_version() -> None:
    words = [command.find_bubblewrap(), "--version"]
    text = subprocess.run(words, capture_output=True, text=True).stdout
    found = re.search(r"(\d+)\.(\d+)", text)
    if found is None or (int(found[1]), int(found[2])) < _OLDEST:
        raise SandboxError(
            f"bubblewrap 0.8 or newer is needed, this is '{text.strip()}'"
        )


def _try() -> None:
    rules = seccomp.descriptor()
    try:
        done = subprocess.run(
            command.sandboxed(["true"], Limits(), rules),
            env=command.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            pass_fds=[rules],
            timeout=60,
        )
    finally:
        os.close(rules)
    if done.returncode != 0:
        said = done.stderr.strip().rpartition("\n")[2] or f"code {done.returncode}"
        raise SandboxError(f"bubblewrap says '{said}' ({_MAYBE})")
