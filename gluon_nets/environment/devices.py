"""Which devices can be used, and which ones a name like 'gpu:0,1' means.

That MXNet counts a GPU does not mean that it can compute there: its wheels hold machine
code for some compute capabilities only. So each one is tried.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from gluon_nets.environment import gpus
from gluon_nets.environment.gpus import Gpu
from gluon_nets.environment.installed import look

TYPE_CHECKING = False  # as in typing, whose import takes longer than all this
if TYPE_CHECKING:
    import mxnet as mx

_LAST_CPU = 999  # a CPU's number is free to choose; MXNet hangs over huge ones
_NAME = re.compile(r"(cpu|gpu)(?::(\d+(?:,\d+)*))?")
_report: tuple[Gpu, ...] | None = None
_told = False


def gpu_report(refresh: bool = False) -> tuple[Gpu, ...]:
    """Every GPU that was seen, whether it can be used, and why not.

    The answer is kept for the life of the process; ``refresh`` asks again. With MXNet's
    CPU wheel no GPU is tried: those that the driver lists are reported as not usable.
    """
    global _report
    if _report is None or refresh:
        _report = gpus.try_all() if _may_have_cuda() else gpus.listed_by_driver()
    return _report


def usable_gpus(refresh: bool = False) -> tuple[int, ...]:
    """Numbers of the GPUs on which MXNet's operators ran and gave the right numbers."""
    return tuple(gpu.index for gpu in gpu_report(refresh) if gpu.usable)


def resolve_devices(
    device: str | mx.Context | Iterable[mx.Context] | None = "auto",
) -> list[mx.Context]:
    """The devices that ``device`` means, as a list of MXNet's contexts.

    Parameters
    ----------
    device : str, Context, iterable of Context, or None
        'auto' (or None): the first usable GPU, else the CPU; 'cpu'; 'gpu': the first
        usable GPU; 'gpu:0,1': these; 'cpu:0,1': two contexts on the CPU, to try what
        runs on several devices.

    Raises
    ------
    ValueError
        The name means nothing, or the GPU is not there or cannot be used.
    """
    import mxnet as mx

    if device is None or device == "auto":
        found = usable_gpus()
        if not found:
            _tell_of_fallback()
        return [mx.gpu(found[0])] if found else [mx.cpu()]
    if isinstance(device, str):
        return _named(device)
    several = isinstance(device, Iterable)
    contexts = list(device) if several else [device]
    if not contexts or not all(isinstance(c, mx.Context) for c in contexts):
        raise ValueError(
            f"device {device!r} is no context of MXNet, nor a list of them"
        )
    _check(contexts, str(device))
    return contexts


def _named(device: str) -> list[mx.Context]:
    import mxnet as mx

    match = _NAME.fullmatch(device.strip())
    if not match:
        raise ValueError(
            f"device {device!r} is unknown; known: 'auto', 'cpu', 'gpu', 'gpu:0,1'"
        )
    kind, numbers = match.groups()
    if numbers is not None:
        contexts = [mx.Context(kind, int(i)) for i in numbers.split(",")]
    elif kind == "cpu":
        contexts = [mx.cpu()]
    else:
        contexts = [mx.gpu(i) for i in usable_gpus()[:1] or (0,)]
    _check(contexts, device)
    return contexts


def _check(contexts: list[mx.Context], device: str) -> None:
    if len(set(contexts)) < len(contexts):
        raise ValueError(f"device {device!r} names one twice")
    for c in contexts:
        if c.device_type == "cpu" and c.device_id > _LAST_CPU:
            raise ValueError(
                f"device cpu:{c.device_id} is unknown: cpu:0 to cpu:{_LAST_CPU} fit"
            )
    wanted = [c.device_id for c in contexts if c.device_type == "gpu"]
    if not wanted:
        return
    usable = usable_gpus()
    there = ", ".join(["cpu", *(f"gpu:{i}" for i in usable)])
    seen = {gpu.index: gpu for gpu in gpu_report()}
    for i in wanted:
        if i not in usable:
            why = f"cannot be used: {seen[i].reason}" if i in seen else "is not there"
            raise ValueError(f"device gpu:{i} {why}; there is: {there}")


def _may_have_cuda() -> bool:
    """Whether the installed MXNet may: one built from source does not say."""
    return any(d.has_cuda or d.version is None for d in look().mxnet)


def _tell_of_fallback() -> None:
    """Once: a GPU is there, was tried, and is not used."""
    global _told
    tried = [gpu for gpu in gpu_report() if gpu.tried]
    if _told or not tried:
        return
    _told = True
    import logging

    gpu = tried[0]
    logging.getLogger("gluon_nets").warning(
        "using the CPU: gpu:%d (%s) cannot be used: %s", gpu.index, gpu.name, gpu.reason
    )
