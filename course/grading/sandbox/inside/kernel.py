"""The process in which a submission's cells run: IPython's own kernel.

It is a fork of the runner, so that what both import is imported once. The runner has no
threads and no sockets then.
"""

from __future__ import annotations

import os
import signal
import sys
import time

from course.grading.sandbox.inside import shield
from course.grading.sandbox.inside.forking import fork

PORTS = {"shell": 1, "iopub": 2, "stdin": 3, "hb": 4, "control": 5}  # parts of names
_START = 60.0  # seconds for its sockets to be there


class Kernel:
    """A kernel that listens at sockets in a folder."""

    def __init__(self, folder: str, key: bytes, closed: int):
        self.folder = folder
        self.status: int | None = None
        self.pid = fork()
        if self.pid == 0:
            _become(folder, key, closed)

    def address(self, port: str) -> str:
        """Where a socket of it is."""
        return f"ipc://{_path(self.folder, port)}"

    def is_alive(self) -> bool:
        """Whether it runs; `status` tells afterwards how it ended."""
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = status
        return self.status is None

    def interrupt(self) -> None:
        """As the stop button does."""
        if self.is_alive():
            os.kill(self.pid, signal.SIGINT)

    def kill(self) -> None:
        """End it; what it started lives on."""
        if self.status is None:  # else the number may be another process's by now
            os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> bool:
        """Until its sockets are there; False where it ended or took too long."""
        deadline = time.monotonic() + _START
        while not all(os.path.exists(_path(self.folder, port)) for port in PORTS):
            if not self.is_alive() or time.monotonic() > deadline:
                return False
            time.sleep(0.005)
        return True

    def end(self) -> str:
        """How it ended, in words."""
        if self.status is None:
            return "it runs"
        if os.WIFSIGNALED(self.status):
            return f"signal {signal.Signals(os.WTERMSIG(self.status)).name}"
        return f"exit code {os.WEXITSTATUS(self.status)}"


def _path(folder: str, port: str) -> str:
    return f"{folder}/k-{PORTS[port]}"


def _become(folder: str, key: bytes, closed: int) -> None:
    """In the new process: never returns."""
    try:
        os.setsid()  # no part of the runner's group any more
        os.close(closed)
        nothing = os.open(os.devnull, os.O_RDWR)
        for fd in (0, 1, 2):
            os.dup2(nothing, fd)
        shield.lower_own()
        os.environ["JUPYTER_RUNTIME_DIR"] = folder
        sys.argv = ["ipykernel_launcher.py"]
        _reseed()
        _serve(folder, key)
    finally:
        os._exit(1)


def _reseed() -> None:
    """What the template has imported is seeded there, the same for every submission."""
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed()


def _serve(folder: str, key: bytes) -> None:
    from ipykernel.kernelapp import IPKernelApp
    from traitlets.config import Config

    settings = {f"{name}_port": number for name, number in PORTS.items()}
    settings.update(transport="ipc", ip=f"{folder}/k")
    settings["connection_file"] = f"{folder}/kernel.json"
    config = Config(
        IPKernelApp=settings,
        Session={"key": key},
        HistoryManager={"enabled": False},  # no database
    )
    app = IPKernelApp.instance(config=config)
    app.initialize([])
    app.start()
