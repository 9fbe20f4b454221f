"""The program of the sandbox: ``python -m course.grading.sandbox.inside FD``."""

from __future__ import annotations

import json
import os
import sys

from course.grading.sandbox.inside import shield


def main() -> None:
    """As a program of its own."""
    serve(int(sys.argv[1]))


def serve(fd: int) -> None:
    """Read a request, carry it out, and write the result to the file descriptor."""
    os.set_inheritable(fd, False)
    shield.raise_own()
    request = json.loads(sys.stdin.buffer.readline())
    shield.limit(request["limits"], own_namespace=shield.is_apart(request["namespace"]))
    if request["kind"] == "notebook":
        from course.grading.sandbox.inside.notebook import answer
    else:
        from course.grading.sandbox.inside.module import answer
    answer(request, fd)
    os._exit(0)  # nothing that a submission left behind has a say in how it ends


if __name__ == "__main__":
    main()
