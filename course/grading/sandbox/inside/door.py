"""The first process of a sandbox that a fork of the template enters.

It hands out the sandbox's namespaces, and holds the sandbox until the runner has ended.
It is started alone, without the rest of the project: that takes the least time.
"""

from __future__ import annotations

import array
import os
import signal
import socket
import sys

NAMESPACES = ("user", "mnt", "pid", "net", "ipc", "uts", "cgroup")


def main() -> None:
    """Send them through the socket whose number is given, and wait."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # whoever loses its parent comes here
    line = socket.socket(fileno=int(sys.argv[1]))
    fds = [os.open(f"/proc/self/ns/{name}", os.O_RDONLY) for name in NAMESPACES]
    control = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))]
    line.sendmsg([b"x"], control)
    os.closerange(min(fds), max(fds) + 1)
    line.recv(1)  # nothing is sent: the other side has ended


if __name__ == "__main__":
    main()
