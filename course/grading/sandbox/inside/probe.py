"""What a sandbox is like from inside, for `check_sandbox`."""

from __future__ import annotations

import os
from typing import Any


def main(request: Any) -> dict[str, Any]:
    """Capabilities, user, namespace of processes, and the names of network devices."""
    with open("/proc/self/status", encoding="utf-8") as file:
        lines = dict(line.split(":", 1) for line in file if ":" in line)
    with open("/proc/net/dev", encoding="utf-8") as file:
        devices = [line.split(":")[0].strip() for line in file if ":" in line]
    return {
        "capabilities": int(lines["CapBnd"], 16) | int(lines["CapEff"], 16),
        "user": os.getuid(),
        "namespace": os.readlink("/proc/self/ns/pid"),
        "devices": devices,
    }
