"""The template: a process that has imported what submissions import, and runs nothing.

For each sandbox it makes a fork of itself, which enters the sandbox and is the runner
there. So the imports are paid once, and no submission meets another one, nor the
template: they are in other namespaces, and a fork shares no memory that is written.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import socket
import sys

from course.grading.sandbox.inside import __main__ as runner
from course.grading.sandbox.inside import entering, passing
from course.grading.sandbox.inside.door import NAMESPACES
from course.grading.sandbox.inside.forking import fork

IMPORTED = (
    "course.grading.sandbox.inside.notebook",
    "mxnet.gluon",
    "matplotlib.pyplot",
    "matplotlib_inline.backend_inline",
    "gluon_nets",
)
FILES = 4  # the door of a sandbox, the runner's standard input, result and messages


def main() -> None:
    """Serve the socket whose number is given, until its other side is closed."""
    if os.geteuid() == 0:
        sys.exit("a super-user's process enters no sandbox")
    line = socket.socket(fileno=int(sys.argv[1]))
    line.set_inheritable(False)
    for name in IMPORTED:
        with contextlib.suppress(ImportError):  # what is not installed is not needed
            importlib.import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    line.send(str(len(os.listdir("/proc/self/task"))).encode())
    while True:
        fds = passing.receive(line, FILES)
        if not fds:
            os._exit(0)
        pid = fork()
        if pid == 0:
            line.close()
            _lead(*fds)
        for fd in fds:
            os.close(fd)
        line.send(str(pid).encode())


def _lead(door: int, stdin: int, result: int, messages: int) -> None:
    """In a fork: enter, start the runner, and hold the door until it has ended."""
    try:
        os.dup2(messages, 2)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        held = socket.socket(fileno=door)
        fds = passing.receive(held, len(NAMESPACES))
        if fds:
            entering.join(fds)
            pid = fork()
            if pid == 0:
                _become(stdin, result)
            for fd in (stdin, result, messages):
                os.close(fd)
            os.waitpid(pid, 0)
    except Exception as error:
        os.write(2, f"{type(error).__name__}: {error}".encode())
    finally:
        os._exit(0)


def _become(stdin: int, result: int) -> None:
    """In a fork of the fork: the runner of `__main__`; never returns."""
    os.setsid()
    os.dup2(stdin, 0)
    os.closerange(3, result)
    os.closerange(result + 1, os.sysconf("SC_OPEN_MAX"))
    entering.surrender()
    runner.serve(result)


if __name__ == "__main__":
    main()
