"""What a run uses, all its processes together: memory, processor time, their number.

The limits that the system keeps are for single processes, so this looks at the whole
tree, from outside, several times a second.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

from course.grading.sandbox.limits import MIB, Limits
from course.grading.sandbox.view import SHARED, WRITABLE

_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICKS = os.sysconf("SC_CLK_TCK")
_OURS = 16  # threads that the sandbox itself may have
_INODE = 1024  # bytes that a file in memory takes beside its content
_SOCKET = 256 * 1024  # bytes that may wait in a socket, which is counted for no process


@dataclass(frozen=True)
class Usage:
    """Bytes, seconds and threads; ``disk`` are those of files and sockets in memory."""

    memory: int = 0
    disk: int = 0
    cpu: float = 0.0
    threads: int = 0

    def excess(self, limits: Limits) -> str:
        """A sentence on the first limit that is broken; '' where all hold."""
        used = self.memory + self.disk
        if used > limits.memory:
            return (
                f"it used {used // MIB} MiB of memory, files in it included; "
                f"the limit is {limits.memory // MIB} MiB"
            )
        if self.cpu > limits.cpu_seconds:
            return (
                f"it used {self.cpu:.0f} s of processor time; "
                f"the limit is {limits.cpu_seconds:g} s"
            )
        if self.threads > limits.processes + _OURS:
            return f"it had over {limits.processes} processes and threads"
        return ""


@dataclass(frozen=True)
class _Process:
    pid: int
    parent: int
    cpu: float
    threads: int


def usage(*pids: int) -> Usage:
    """What the processes and all their descendants use now.

    Of the second and further ones only the descendants count.
    """
    found = [process for pid in pids for process in descendants(pid)[pid != pids[0] :]]
    return Usage(
        sum(_memory(process.pid) for process in found),
        _shared(process.pid for process in found),
        sum(process.cpu for process in found),
        sum(process.threads for process in found),
    )


def descendants(pid: int) -> list[_Process]:
    """The process and those that it started, and they; in the order of their depth."""
    children: dict[int, list[_Process]] = {}
    for name in os.listdir("/proc"):
        process = _read(int(name)) if name.isdigit() else None
        if process is not None:
            children.setdefault(process.parent, []).append(process)
    own = _read(pid)
    found = [own] if own is not None else []
    for process in found:
        found += children.get(process.pid, ())
    return found


def _read(pid: int) -> _Process | None:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            # the name, in parentheses, is the program's own choice
            fields = file.read().rpartition(b")")[2].split()
    except OSError:  # it has ended
        return None
    ticks = sum(int(field) for field in fields[11:15])  # with children that have ended
    return _Process(pid, int(fields[1]), ticks / _TICKS, int(fields[17]))


def _memory(pid: int) -> int:
    """Resident bytes that are its own or shared in memory, not those of its program.

    And those of the tables of its pages, which may be large where nothing is resident.
    """
    kinds = {"RssAnon:", "RssShmem:", "VmPTE:"}
    total = 0
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as file:
            for line in file:
                words = line.split()
                if words and words[0] in kinds:
                    total += int(words[1]) * 1024
    except OSError:
        pass
    return total


def _shared(pids: Iterable[int]) -> int:
    """Bytes of the sandbox's files and sockets, seen through one of its processes."""
    for pid in sorted(pids, reverse=True):
        root = f"/proc/{pid}/root"
        try:
            if os.path.samefile(root, "/"):
                return 0  # no sandbox
            filled = sum(_filled(root + path) for path in (*WRITABLE, SHARED))
            return filled + _sockets(pid) * _SOCKET
        except OSError:  # one that cannot be looked into, or has ended
            continue
    return 0


def _sockets(pid: int) -> int:
    """How many there are in its network, where that is the sandbox's own."""
    network = f"/proc/{pid}/ns/net"
    if os.readlink(network) == os.readlink("/proc/self/ns/net"):
        return 0
    with open(f"/proc/{pid}/net/sockstat", encoding="ascii") as file:
        return int(file.readline().split()[2])  # sockets: used N


def _filled(path: str) -> int:
    state = os.statvfs(path)
    files = state.f_files - state.f_ffree
    return (state.f_blocks - state.f_bfree) * state.f_frsize + files * _INODE
