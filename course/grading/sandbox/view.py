"""What can be seen from inside: the system, this Python, the project without solutions.

Every folder is where it is outside too, so that a virtual environment works.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from course.places import COURSE

PROJECT = COURSE.parent
HOME = "/home/student"
WORK = f"{HOME}/work"
WRITABLE = (HOME, "/tmp")
SHARED = "/dev/shm"

_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_SETTINGS = ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "localtime")
_SETTINGS += ("fonts", "mime.types")
_PACKAGES = ("course", "gluon_nets")
_HIDDEN = ("exercises", "notebooks")  # of the course, as it is installed


@dataclass(frozen=True)
class View:
    """Links as (text, path), and folders and files to show and to hide."""

    links: tuple[tuple[str, str], ...]
    shown: tuple[str, ...]
    hidden: tuple[str, ...]

    @property
    def parents(self) -> list[str]:
        """The folders above those that are shown, from above."""
        above = {str(parent) for path in self.shown for parent in Path(path).parents}
        return sorted(above - {"/"})


def view() -> View:
    """What the sandbox of this interpreter shows."""
    links = tuple((os.readlink(path), path) for path in _SYSTEM if os.path.islink(path))
    system = [path for path in _SYSTEM if not os.path.islink(path)]
    system += [f"/etc/{name}" for name in _SETTINGS]
    packages = [str(PROJECT / name) for name in _PACKAGES]
    shown = _outermost([*system, *python_folders(), *packages])
    return View(links, shown, tuple(_solutions()))


def python_folders() -> list[str]:
    """Where this interpreter, its library and what is installed for it are."""
    return [sys.prefix, sys.base_prefix, os.path.dirname(_interpreter()), *_installed()]


def needs_path() -> bool:
    """Whether the project is a clone that Python has to be told of."""
    return str(PROJECT) not in _installed()


def _installed() -> list[str]:
    """The folders of installed packages; of other folders on the path it need not know.

    A notebook's own folder, or the instructor's, may be among those.
    """
    names = ("site-packages", "dist-packages")
    return [path for path in sys.path if os.path.basename(path) in names]


def _interpreter() -> str:
    return os.path.realpath(sys.executable)


def _solutions() -> list[str]:
    """The folders with reference solutions, of this copy and of an installed one."""
    copies = {COURSE, *(Path(folder) / "course" for folder in _installed())}
    paths = [copy / name for copy in sorted(copies) for name in _HIDDEN]
    return [str(path) for path in paths if path.is_dir()]


def _outermost(paths: list[str]) -> tuple[str, ...]:
    """Those that exist and are not within another one, shortest first."""
    kept: list[str] = []
    for path in sorted(set(paths), key=len):
        within = any(path.startswith(other + "/") for other in kept)
        if path != "/" and os.path.exists(path) and not within:
            kept.append(path)
    return tuple(kept)
