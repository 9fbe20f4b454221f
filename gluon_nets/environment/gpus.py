"""Find the GPUs and try them, each in a process that may die of it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass

# What the wheels hold machine code for (sm_50, 60, 70, 80, 86, and no PTX); code of a
# lower minor version runs within the same major one.
CAPABILITIES = ((5, 0), (8, 9))
PROBE = "gluon_nets.environment.gpu_probe"
_SECONDS = 180  # the first use of a GPU after a boot takes long


@dataclass(frozen=True)
class Gpu:
    """``reason`` says why it is not usable; ``tried``: whether an operator ran."""

    index: int
    name: str
    capability: tuple[int, int] | None
    usable: bool
    reason: str = ""
    tried: bool = True


def try_all(run: Callable[[int], tuple[str, str]] | None = None) -> tuple[Gpu, ...]:
    """Try every GPU; where one kills the probe, go on with the next."""
    run = run or _run
    results: dict[int, str] = {}  # number -> why not, '' where usable
    seen: list[dict] = []
    first = 0
    while True:
        output, end = run(first)
        trying = None
        for event in _events(output):
            seen = event.get("seen", seen)
            trying = event.get("trying", trying)
            if "usable" in event:
                results[event["usable"]], trying = "", None
            elif "failed" in event:
                results[event["failed"]], trying = event["why"], None
        if trying is None or trying < first:
            break
        results[trying] = end
        first = trying + 1
    if end:  # it died before it came to these
        for i in range(len(seen)):
            results.setdefault(i, end)
    return tuple(_gpu(i, why, seen) for i, why in sorted(results.items()))


def listed_by_driver(folder: str = "/proc/driver/nvidia/gpus") -> tuple[Gpu, ...]:
    """The GPUs that NVIDIA's driver lists, for an MXNet that cannot use any."""
    try:
        entries = sorted(os.listdir(folder))
    except OSError:
        return ()
    why = "the installed MXNet is the one without CUDA"
    names = [_model(os.path.join(folder, entry, "information")) for entry in entries]
    return tuple(Gpu(i, n, None, False, why, False) for i, n in enumerate(names))


def _run(first: int) -> tuple[str, str]:
    """The probe's output, and how it ended badly ('' where it did not)."""
    import subprocess

    environ = dict(os.environ)
    # the same modules, from wherever this process has them
    environ["PYTHONPATH"] = os.pathsep.join(os.path.abspath(p) for p in sys.path)
    environ["MXNET_CUDNN_AUTOTUNE_DEFAULT"] = "0"  # one tiny convolution: no search
    command = [sys.executable, "-m", PROBE, str(first)]
    try:
        done = subprocess.run(
            command, env=environ, capture_output=True, text=True, timeout=_SECONDS
        )
    except subprocess.TimeoutExpired as error:
        output = error.stdout or b""
        text = output if isinstance(output, str) else output.decode("utf-8", "replace")
        return text, f"no answer within {_SECONDS} s"
    if done.returncode < 0:
        return (
            done.stdout,
            f"an operator killed the process (signal {-done.returncode})",
        )
    last = (done.stderr.strip().splitlines() or ["no message"])[-1]
    return done.stdout, last if done.returncode else ""


def _events(output: str) -> list[dict]:
    """What MXNet itself prints stands between the events, and a dead one's last line
    may be torn."""
    import json

    events = []
    for line in output.splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict):
            events.append(event)
    return events


def _gpu(index: int, why: str, seen: list[dict]) -> Gpu:
    about = seen[index] if index < len(seen) else {}
    capability = tuple(about["capability"]) if "capability" in about else None
    if why and capability and not CAPABILITIES[0] <= capability <= CAPABILITIES[1]:
        why = (
            f"its compute capability is {capability[0]}.{capability[1]}, and MXNet's "
            "wheels hold code for 5.0 to 8.9 only"
        )
    return Gpu(index, about.get("name", "a GPU"), capability, not why, why)


def _model(information: str) -> str:
    try:
        with open(information, encoding="utf-8") as file:
            fields = dict(line.split(":", 1) for line in file if ":" in line)
    except OSError:
        return "NVIDIA GPU"
    return fields.get("Model", "NVIDIA GPU").strip()
