"""The command line of the sandbox, and the environment of what runs in it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from course.grading.sandbox.errors import SandboxError
from course.grading.sandbox.limits import Limits
from course.grading.sandbox.view import (
    HOME,
    PROJECT,
    SHARED,
    WORK,
    WRITABLE,
    View,
    needs_path,
    view,
)

NOBODY = "65534"
_RUNNER = "course.grading.sandbox.inside"
_ALL_PROCESSES = ("--bind", "/proc", "/proc")
# bubblewrap's /proc has parts covered, and a further one is only given to whoever has a
# whole one
_OWN_PROCESSES = ("--unshare-pid", "--proc", "/proc", "--bind", "/proc", "/run/proc")
_DOOR = str(Path(__file__).with_name("inside") / "door.py")


def runner(fd: int) -> list[str]:
    """The program inside; it writes its result to the file descriptor."""
    return [sys.executable, "-m", _RUNNER, str(fd)]


def door(fd: int) -> list[str]:
    """The first process of a sandbox that a fork of the template enters."""
    return [sys.executable, "-I", "-S", _DOOR, str(fd)]


def template(fd: int) -> list[str]:
    """The template; of root's, too, it is a user without rights."""
    words = [sys.executable, "-m", f"{_RUNNER}.template", str(fd)]
    return as_nobody(words) if os.getuid() == 0 else words


def environment(home: str = HOME) -> dict[str, str]:
    """All that the program inside knows of the outside; nothing is inherited."""
    variables = {
        "PATH": f"{os.path.dirname(sys.executable)}:/usr/local/bin:/usr/bin:/bin",
        "HOME": home,
        "USER": "student",
        "LOGNAME": "student",
        "LANG": "C.UTF-8",
        "OMP_NUM_THREADS": "1",
        "GLUON_NETS_GRADING": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    }
    if needs_path():
        variables["PYTHONPATH"] = str(PROJECT)
    return variables


def sandboxed(
    program: list[str], limits: Limits, rules: int, first: bool = False
) -> list[str]:
    """The program in a sandbox, for whoever asks.

    Parameters
    ----------
    program : list of str
    limits : Limits
    rules : int
        A `seccomp.descriptor`.
    first : bool
        Whether it is the first process inside, which no other one can end; else that is
        bubblewrap's own.
    """
    shown = view()
    words = [find_bubblewrap(), *_isolation(), *_writable(limits), *_visible(shown)]
    words += ["--as-pid-1"] if first else []
    words += [*_hiding(shown), *_devices(limits), "--remount-ro", "/"]
    words += ["--seccomp", str(rules), "--chdir", WORK, "--", *program]
    if os.getuid() != 0:
        return words
    # bubblewrap may not end this user's processes, but the system ends all those of a
    # namespace with its first one
    return as_nobody(words, _OWN_PROCESSES)


def as_nobody(
    program: list[str], processes: Sequence[str] = _ALL_PROCESSES
) -> list[str]:
    """The program as a user without rights, for a super-user.

    For there are folders that only root can enter, what is to be shown is made visible
    to everybody first. And in a sandbox of root's, bubblewrap would leave a user that
    owns the files of the system.

    Parameters
    ----------
    program : list of str
    processes : sequence of str
        Bubblewrap's options on the processes that it sees; all of them.
    """
    words = [find_bubblewrap(), "--die-with-parent"]
    words += ["--perms", "1777", "--tmpfs", "/tmp", *_visible(view())]
    words += [*processes, "--dev-bind", "/dev", "/dev"]
    words += ["--", _find("setpriv"), f"--reuid={NOBODY}", f"--regid={NOBODY}"]
    return [*words, "--clear-groups", "--inh-caps=-all", "--", *program]


def find_bubblewrap() -> str:
    """The path of bubblewrap's program."""
    return _find("bwrap")


def _find(name: str) -> str:
    path = shutil.which(name, path=f"{os.defpath}:/usr/bin:/usr/local/bin")
    if path is None:
        package = {"bwrap": "bubblewrap", "setpriv": "util-linux"}[name]
        raise SandboxError(
            f"there is no '{name}' here: install {package} 0.8 or newer"
            if name == "bwrap"
            else f"there is no '{name}' here: install {package}"
        )
    return path


def _isolation() -> list[str]:
    flags = ["--unshare-all", "--unshare-user", "--disable-userns", "--cap-drop", "ALL"]
    return [*flags, "--die-with-parent", "--new-session", "--hostname", "sandbox"]


def _writable(limits: Limits) -> list[str]:
    """Folders in memory; they come first, for what is shown may be beneath them."""
    words = []
    for path in WRITABLE:
        words += ["--perms", "0755", "--size", str(limits.disk), "--tmpfs", path]
    return [*words, "--dir", WORK]


def _visible(shown: View) -> list[str]:
    words = []
    for path in shown.parents:  # bubblewrap's own choice is that only root may enter
        words += ["--perms", "0755", "--dir", path]
    for text, path in shown.links:
        words += ["--symlink", text, path]
    for path in shown.shown:
        words += ["--ro-bind", path, path]
    return words


def _hiding(shown: View) -> list[str]:
    words = []
    for path in shown.hidden:
        words += ["--size", "4096", "--tmpfs", path, "--remount-ro", path]
    return words


def _devices(limits: Limits) -> list[str]:
    """Of /dev only the memory that processes share can be written to."""
    shared = ["--size", str(limits.disk), "--tmpfs", SHARED]
    return ["--proc", "/proc", "--dev", "/dev", *shared, "--remount-ro", "/dev"]
