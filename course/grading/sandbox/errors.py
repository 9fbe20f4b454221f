"""What goes wrong with the sandbox itself, or with our own code in it."""

from __future__ import annotations


class SandboxError(RuntimeError):
    """There is no sandbox here; the message says why, and what to do."""

    exit_code = 1


class TrustedRunError(RuntimeError):
    """Our own code did not come to a result in the sandbox; the message says why."""

    exit_code = 1
