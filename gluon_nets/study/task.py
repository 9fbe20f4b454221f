"""What a worker of a study is given to do: numbers in, numbers out.

Importing it is cheap: MXNet is imported by the worker, once.
"""

from __future__ import annotations

import dataclasses
import os
import platform
import signal
import threading
import time

import gluon_nets
from gluon_nets.arch import Arch
from gluon_nets.environment import resolve_devices
from gluon_nets.messages import line_of
from gluon_nets.study.definition import Training
from gluon_nets.study.images import load_data
from gluon_nets.study.outcome import Outcome, failed

REASON = 300  # characters of a library's message


@dataclasses.dataclass(frozen=True)
class Task:
    """A design to be trained."""

    arch: Arch
    training: Training
    size: int
    repeat: int = 0
    device: str = "auto"


class Unfit(RuntimeError):
    """A worker cannot train any network: images, devices or modules are not there."""

    exit_code = 1


def work(task: Task) -> Outcome:
    """Train a design; what goes wrong with it is its outcome.

    Raises
    ------
    Unfit
        Where no design could be trained here: that is no outcome.
    """
    begin = time.perf_counter()
    check_worker(task)
    try:
        from gluon_nets.study.train_design import train_design

        return train_design(
            task.arch, task.training, task.size, task.repeat, task.device
        )
    except Exception as error:  # any: whatever it is, the study goes on
        reason = f"{type(error).__name__}: {line_of(error)[:REASON]}"
        return failed(reason, time.perf_counter() - begin, origin())


def origin() -> dict[str, str]:
    """This machine and its versions, as far as they are known without MXNet."""
    return {
        "host": platform.node(),
        "gluon_nets": gluon_nets.__version__,
        "python": platform.python_version(),
    }


def check_worker(task: Task) -> None:
    """Raise `Unfit` unless images and devices of a study are there."""
    try:
        load_data(task.training, task.size)
        resolve_devices(task.device)
    except Exception as error:  # any: it is told to whoever started the study
        line = line_of(error, type(error).__name__)
        raise Unfit(f"{platform.node()}: {line}") from None


def prepare_worker(parent: int) -> None:
    """Make a process ready: Ctrl-C is its parent's, and it does not outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
