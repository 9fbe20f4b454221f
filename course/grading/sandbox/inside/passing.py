"""Open files as messages between processes."""

from __future__ import annotations

import array
import os
import socket

_NUMBER = array.array("i").itemsize


def send(line: socket.socket, fds: list[int]) -> None:
    """Open files for the other side; they stay open here."""
    control = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))]
    line.sendmsg([b"x"], control)


def receive(line: socket.socket, count: int) -> list[int]:
    """So many open files; none where the other side has ended, or sent other ones."""
    data, control, _, _ = line.recvmsg(1, socket.CMSG_SPACE(count * _NUMBER))
    fds = array.array("i")
    for level, kind, content in control:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            fds.frombytes(content[: len(content) - len(content) % _NUMBER])
    if not data or len(fds) != count:
        for fd in fds:
            os.close(fd)
        return []
    return list(fds)
