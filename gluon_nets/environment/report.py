"""What ``gluon-nets doctor`` tells: versions, threads, devices, data, and problems."""

from __future__ import annotations

import ctypes
import os
import platform
import sys
from dataclasses import dataclass

from gluon_nets.environment import cuda_libraries, openmp, threads
from gluon_nets.environment.devices import gpu_report
from gluon_nets.environment.installed import Installed, look
from gluon_nets.environment.problems import (
    MXNET,
    Problem,
    apt_get,
    find_problems,
    pip,
)

# What OpenCV, which GluonCV imports, wants of the system -> Debian's package
_OPENCV = {"libGL.so.1": "libgl1", "libgthread-2.0.so.0": "libglib2.0-0"}
_FEATURES = ("MKLDNN", "OPENMP", "OPENCV", "CUDA", "CUDNN", "NCCL", "DIST_KVSTORE")


@dataclass(frozen=True)
class Report:
    """``rows`` are pairs of a label and what was found; ``problems`` must be mended."""

    rows: tuple[tuple[str, str], ...]
    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        return not self.problems

    def text(self) -> str:
        """The report as a person reads it."""
        width = max(len(label) for label, _ in self.rows)
        lines = [f"{label:<{width}}  {value}" for label, value in self.rows]
        for problem in self.problems:
            lines += ["", f"problem: {problem.what}", f"   mend: {problem.mend}"]
        if self.ok:
            lines += ["", "no problems"]
        return "\n".join(lines)

    def as_dict(self) -> dict:
        """The report as ``--json`` prints it."""
        return {
            "ok": self.ok,
            "found": dict(self.rows),
            "problems": [{"what": p.what, "mend": p.mend} for p in self.problems],
        }


def doctor() -> Report:
    """Examine the environment; works where Gluon Nets refuses to be imported."""
    installed = look()
    missing = cuda_libraries.load(installed)
    problems = find_problems(installed, missing)
    rows = [*_version_rows(installed), *_machine_rows()]
    fits = not problems
    if fits:
        row, problems = _try_mxnet(installed)
        rows += [row, *([] if problems else _device_rows())]
        data_rows, data_problems = _data()
        rows, problems = [*rows, *data_rows], [*problems, *data_problems]
    else:
        rows.append(("Data", "not looked for: see the problems"))
    return Report(tuple(rows), (*problems, *_gluoncv_problems(installed)))


def _version_rows(installed: Installed) -> list[tuple[str, str]]:
    mxnet = ", ".join(
        f"{d.version or 'from source'} ({d.name})" for d in installed.mxnet
    )
    absent = "not installed"
    return [
        ("Gluon Nets", _own_version()),
        ("Python", f"{platform.python_version()} ({sys.executable})"),
        ("NumPy", absent if installed.numpy is None else installed.numpy or "unknown"),
        ("MXNet", mxnet or absent),
        ("GluonCV", installed.gluoncv or f"{absent} (the course uses it)"),
    ]


def _own_version() -> str:
    package = sys.modules.get("gluon_nets")
    if hasattr(package, "__version__"):
        return package.__version__
    from importlib import metadata  # the package itself may be refused

    try:
        return metadata.version("gluon-nets")
    except metadata.PackageNotFoundError:
        return "not installed (run from its source)"


def _machine_rows() -> list[tuple[str, str]]:
    found = threads.processors()
    quota = "" if found.quota is None else f", a quota of {found.quota:g}"
    chosen = threads.choose()
    number = chosen.number or "not set"
    settings = ", ".join(f"{k}={v}" for k, v in openmp.keep_one_team().items())
    return [
        ("System", platform.platform()),
        ("Processor", _processor()),
        (
            "This process may use",
            f"{found.physical} physical cores, {found.logical} logical{quota}",
        ),
        ("Threads", f"{threads.VARIABLE}={number} ({chosen.source})"),
        ("OpenMP", settings or "not set"),
    ]


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            for line in file:
                if line.startswith(("model name", "Model")):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _try_mxnet(installed: Installed) -> tuple[tuple[str, str], list[Problem]]:
    """Import MXNet: that its files are there does not mean that they fit."""
    try:
        import mxnet as mx

        enabled = mx.runtime.Features()
        names = [name for name in _FEATURES if enabled.is_enabled(name)]
    except Exception as error:  # whatever it is, it is what is to be told
        said = (str(error).strip().splitlines() or [type(error).__name__])[-1]
        again = pip(f"install --force-reinstall --no-deps {installed.mxnet[0].name}")
        problem = Problem(f"MXNet cannot be imported: {said}", f"{again}=={MXNET}")
        return ("MXNet's features", "it cannot be imported"), [problem]
    return ("MXNet's features", ", ".join(names)), []


def _device_rows() -> list[tuple[str, str]]:
    rows = [("cpu", "usable")]
    for gpu in gpu_report():
        capability = gpu.capability and ".".join(map(str, gpu.capability))
        about = f"{gpu.name}, compute capability {capability or 'unknown'}: "
        state = "usable" if gpu.usable else f"not usable, {gpu.reason}"
        rows.append((f"gpu:{gpu.index}", about + state))
    return rows if len(rows) > 1 else [*rows, ("gpu", "none was seen")]


def _gluoncv_problems(installed: Installed) -> list[Problem]:
    if installed.gluoncv is None or not sys.platform.startswith("linux"):
        return []
    missing = [name for name in _OPENCV if not _loads(name)]
    if not missing:
        return []
    packages = " ".join(_OPENCV[name] for name in missing)
    what = f"OpenCV, which GluonCV imports, lacks {' and '.join(missing)}"
    return [Problem(what, apt_get(packages))]


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _data() -> tuple[list[tuple[str, str]], list[Problem]]:
    """Where Fashion-MNIST is, and what would be taken for it but is of no use."""
    from gluon_nets.data import sources  # needs NumPy

    home = os.path.expanduser("~")
    rows, problems = [], []
    for place in sources.status(verify=True):
        where = f" ({place.path})".replace(home, "~") if place.path else ""
        rows.append((f"Data, {place.label}", place.state + where))
        named = place.label == f"${sources.VARIABLE}" and place.path is not None
        if place.state.startswith("damaged") or (named and place.state != "complete"):
            what = f"Fashion-MNIST, {place.label}{where}: {place.state}"
            mend = f"unset {sources.VARIABLE}" if named else f"move {place.path} away"
            problems.append(Problem(what, f"{mend}, then gluon-nets data fetch"))
    return rows, problems
