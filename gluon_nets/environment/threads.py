"""How many threads MXNet gets: one for each physical core this process may use.

By itself MXNet takes half the processors on x86, whether or not a core has two of them,
and does not know what a container's quota leaves.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Iterator, MutableMapping
from dataclasses import dataclass

VARIABLE = "OMP_NUM_THREADS"
_OURS = "one for each physical core that this process may use"
_USERS = f"{VARIABLE} was set"
_TOO_LATE = "MXNet's own choice: it was imported before Gluon Nets"


@dataclass(frozen=True)
class Processors:
    """What the machine has of them, and what this process may use."""

    logical: int
    physical: int
    quota: float | None = None

    @property
    def threads(self) -> int:
        """Physical cores, at most what the container's quota (rounded up) allows."""
        if self.quota is None:
            return max(1, self.physical)
        return max(1, min(self.physical, -int(-self.quota // 1)))


@dataclass(frozen=True)
class Threads:
    """``number`` is what the variable says (it may be a list), None where unset."""

    number: str | None
    source: str


_chosen: Threads | None = None


def choose(environ: MutableMapping[str, str] = os.environ) -> Threads:
    """Set ``OMP_NUM_THREADS`` unless the user did; say what holds and why."""
    global _chosen
    if _chosen is not None and environ.get(VARIABLE) == _chosen.number:
        return _chosen
    if environ.get(VARIABLE):
        _chosen = Threads(environ[VARIABLE], _USERS)
    elif "mxnet" in sys.modules:
        _chosen = Threads(None, _TOO_LATE)
    else:
        environ[VARIABLE] = str(processors().threads)
        _chosen = Threads(environ[VARIABLE], _OURS)
    return _chosen


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Processes that are started meanwhile have one thread each."""
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = "1"
    try:
        yield
    finally:
        del os.environ[VARIABLE]
        if before is not None:
            os.environ[VARIABLE] = before


def processors(root: str = "/", allowed: Iterable[int] | None = None) -> Processors:
    """Count the processors that this process may use.

    Parameters
    ----------
    root : str, default '/'
        Where ``sys`` and ``proc`` are mounted.
    allowed : iterable of int, optional
        The logical processors; by default those of this process's affinity.
    """
    if allowed is None:
        allowed = _affinity()
    logical = sorted(set(allowed))
    siblings = {_siblings(root, cpu) for cpu in logical}
    physical = len(siblings)
    if sys.platform == "darwin":
        physical = min(physical, _darwin_cores() or physical)
    return Processors(len(logical), physical, _quota(root))


def _affinity() -> Iterable[int]:
    try:
        return os.sched_getaffinity(0)
    except AttributeError:  # macOS has no such call
        return range(os.cpu_count() or 1)


def _siblings(root: str, cpu: int) -> str:
    """The processors of one core, as the kernel lists them: the same for each."""
    name = f"sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list"
    return _read(os.path.join(root, name)) or str(cpu)


def _darwin_cores() -> int:
    import subprocess

    command = ["sysctl", "-n", "hw.physicalcpu"]
    try:
        return int(subprocess.run(command, capture_output=True, check=True).stdout)
    except (OSError, ValueError, subprocess.CalledProcessError):
        return 0


def _quota(root: str) -> float | None:
    """Processors that the control groups grant: the least along the path, or None."""
    found = []
    for line in _read(os.path.join(root, "proc/self/cgroup")).splitlines():
        _, _, rest = line.partition(":")
        controllers, _, group = rest.partition(":")
        if not controllers:
            found += _group_quotas(root, "sys/fs/cgroup", group)
        elif "cpu" in controllers.split(","):
            found += _group_quotas(root, f"sys/fs/cgroup/{controllers}", group)
            found += _group_quotas(root, "sys/fs/cgroup/cpu", group)
    return min(found, default=None)


def _group_quotas(root: str, mount: str, group: str) -> list[float]:
    """The quotas of a group and of those above it, of either version of cgroups."""
    parts = [part for part in group.split("/") if part not in ("", "..")]
    quotas = []
    for length in range(len(parts) + 1):
        folder = os.path.join(root, mount, *parts[:length])
        limit = _read(os.path.join(folder, "cpu.max")).split()
        if not limit:
            names = ("cpu.cfs_quota_us", "cpu.cfs_period_us")
            limit = [_read(os.path.join(folder, name)) for name in names]
        try:
            quota, period = (int(number) for number in limit)
        except ValueError:  # 'max', or there is no such file
            continue
        if quota > 0 and period > 0:
            quotas.append(quota / period)
    return quotas


def _read(path: str) -> str:
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return file.read().strip()
    except OSError:
        return ""
