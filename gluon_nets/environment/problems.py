"""What keeps MXNet 1.9.1 from working here, each with the command that mends it."""

from __future__ import annotations

import os
import re
import shlex
import sys
from dataclasses import dataclass

from gluon_nets.environment import cuda_libraries
from gluon_nets.environment.installed import Installed, look

PYTHONS = ((3, 8), (3, 11))
MXNET = "1.9.1"
_NUMPY = "'numpy<1.24'"


@dataclass(frozen=True)
class Problem:
    """``what`` is wrong, in one line, and the command that mends it."""

    what: str
    mend: str


class EnvironmentProblem(ImportError):
    """The environment does not fit; ``problems`` says why."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        lines = ["Gluon Nets cannot work in this environment:"]
        for problem in problems:
            lines += [f"  * {problem.what}", f"    mend: {problem.mend}"]
        super().__init__("\n".join(lines))


def find_problems(
    installed: Installed | None = None, missing: tuple[str, ...] | None = None
) -> list[Problem]:
    """List what must be mended before MXNet can be imported.

    Parameters
    ----------
    installed : Installed, optional
        The facts; by default those of this process.
    missing : tuple of str, optional
        The shared libraries that MXNet needs and that could not be loaded; by default
        it is tried.
    """
    if installed is None:
        installed = look()
    if missing is None:
        missing = cuda_libraries.load(installed)
    if not PYTHONS[0] <= installed.python <= PYTHONS[1]:
        return [_wrong_python(installed.python)]  # the others go with its packages
    problems = [*_numpy_problems(installed.numpy), *_mxnet_problems(installed)]
    return problems + _library_problems(installed, missing)


def pip(arguments: str) -> str:
    """The command that runs pip in this environment and in no other."""
    return f"{shlex.quote(sys.executable or 'python')} -m pip {arguments}"


def apt_get(packages: str) -> str:
    """The command that installs Debian's packages."""
    sudo = "" if getattr(os, "geteuid", lambda: 1)() == 0 else "sudo "
    return f"{sudo}apt-get install -y {packages}"


def _wrong_python(version: tuple[int, int]) -> Problem:
    return Problem(
        f"Python {version[0]}.{version[1]} does not fit: MXNet {MXNET} works with "
        "Python 3.8 to 3.11",
        "python3.11 -m venv .venv   (or: uv venv --python 3.11 .venv), "
        "then install Gluon Nets there",
    )


def _numpy_problems(version: str | None) -> list[Problem]:
    mend = pip(f"install {_NUMPY}")
    if version is None:
        return [Problem("NumPy is not installed", mend)]
    release = re.match(r"(\d+)\.(\d+)", version)
    if release and (int(release[1]), int(release[2])) >= (1, 24):
        what = f"NumPy {version} is too new: MXNet {MXNET} needs one below 1.24"
        return [Problem(what, mend)]
    return []


def _mxnet_problems(installed: Installed) -> list[Problem]:
    install = pip(f"install mxnet=={MXNET} {_NUMPY}")
    found = installed.mxnet
    if not found:
        choice = f"{install}   (with an NVIDIA GPU: mxnet-cu117=={MXNET})"
        return [Problem("MXNet is not installed", choice)]
    names = [d.name for d in found]
    again = f"{pip('uninstall -y ' + ' '.join(names))} && {pip('install')} "
    if len(found) > 1:
        what = f"{_join(names)} are both installed, and overwrite each other's files"
        choice = "" if not installed.has_cuda else "   (or the one with CUDA instead)"
        return [Problem(what, f"{again}mxnet=={MXNET}{choice}")]
    version = found[0].version
    if version not in (None, MXNET):
        what = f"{names[0]} {version} is installed: Gluon Nets needs MXNet {MXNET}"
        return [Problem(what, f"{again}mxnet=={MXNET}")]
    if not installed.mxnet_complete:
        what = f"{names[0]} {version} is installed, but its files are not all there"
        return [Problem(what, f"{again}{names[0]}=={version}")]
    return []


def _library_problems(installed: Installed, missing: tuple[str, ...]) -> list[Problem]:
    problems = []
    driver = cuda_libraries.DRIVER in missing
    system = [name for name in missing if name in cuda_libraries.SYSTEM]
    packages = [name for name in missing if name in cuda_libraries.PACKAGES]
    if packages:
        wheels = " ".join(cuda_libraries.requirements(packages))
        what = f"CUDA libraries that MXNet needs are missing: {_join(packages)}"
        problems.append(Problem(what, pip(f"install {wheels}")))
    if system:
        what = f"system libraries that MXNet needs are missing: {_join(system)}"
        debian = " ".join(cuda_libraries.SYSTEM[name] for name in system)
        problems.append(Problem(what, apt_get(debian)))
    if driver:
        names = " ".join(d.name for d in installed.mxnet if d.has_cuda)
        problems.append(
            Problem(
                f"{cuda_libraries.DRIVER} is missing: {names} cannot even be imported "
                "without NVIDIA's driver",
                f"{pip('uninstall -y ' + names)} && {pip(f'install mxnet=={MXNET}')}   "
                "(or, where there is a GPU, install its driver)",
            )
        )
    return problems


def _join(names: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
