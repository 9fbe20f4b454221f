"""This side of the template, the process of which runners can be forks."""

from __future__ import annotations

import atexit
import os
import shutil
import socket
import subprocess
import tempfile
import threading

from course.grading.sandbox import command
from course.grading.sandbox.inside import passing

_IMPORTS = 120.0  # seconds for what it imports
_FORK = 30.0  # seconds for a fork


class Template:
    """Starts the process; it ends when this one does."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        # root's is in a view of its own, with an empty /tmp
        self.home = tempfile.mkdtemp() if os.getuid() != 0 else ""
        self.line, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        home = self.home or "/tmp"
        with other:
            self.process = subprocess.Popen(
                command.template(other.fileno()),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[other.fileno()],
                env={**command.environment(home), "MPLCONFIGDIR": home},
                cwd="/",
                start_new_session=True,  # a Ctrl-C here is not meant for it
            )
        self.line.settimeout(_IMPORTS)

    def wait(self) -> bool:
        """Until it is ready; False where it cannot be used."""
        # a process with more than one thread enters no namespace
        return self._heard() == 1

    def fork(self, fds: list[int]) -> int | None:
        """The number of a fork that takes these files; None where there is no fork."""
        with self.lock:
            try:
                self.line.settimeout(_FORK)
                passing.send(self.line, fds)
            except OSError:
                return None
            return self._heard()

    def close(self) -> None:
        """End it; runs that are forks of it go on."""
        self.line.close()
        self.process.wait()
        if self.home:
            shutil.rmtree(self.home, ignore_errors=True)

    def _heard(self) -> int | None:
        try:
            data = self.line.recv(64)
        except OSError:
            return None
        return int(data) if data.isdigit() else None


_kept: tuple[int, Template] | None = None


def warm_up() -> bool:
    """Import once what submissions import, for all that this process executes later.

    It takes some seconds, and 200 MiB for as long as this process lives.

    Returns
    -------
    bool
        Whether later executions are forks of what has imported it.
    """
    global _kept
    if current() is not None:
        return True
    template = Template()
    if not template.wait():
        template.close()
        return False
    _kept = (os.getpid(), template)
    atexit.register(cool_down)
    return True


def cool_down() -> None:
    """Undo `warm_up`."""
    global _kept
    template = current()
    _kept = None
    if template is not None:
        template.close()


def current() -> Template | None:
    """The template of this process, not of one that this one is a fork of."""
    if _kept is None or _kept[0] != os.getpid():
        return None
    return _kept[1]
