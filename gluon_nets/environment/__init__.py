"""The environment: does it fit, how many threads, which devices, where is the data.

Imports neither NumPy nor MXNet, and works where they are missing: ``prepare`` then
says what is wrong, and ``doctor`` tells the rest.
"""

from __future__ import annotations

from gluon_nets.environment import cuda_libraries, openmp, threads
from gluon_nets.environment.devices import gpu_report, resolve_devices, usable_gpus
from gluon_nets.environment.gpus import Gpu
from gluon_nets.environment.installed import look
from gluon_nets.environment.problems import EnvironmentProblem, Problem, find_problems
from gluon_nets.environment.report import Report, doctor

__all__ = [
    "EnvironmentProblem",
    "Gpu",
    "Problem",
    "Report",
    "doctor",
    "find_problems",
    "gpu_report",
    "prepare",
    "resolve_devices",
    "usable_gpus",
]


def prepare() -> None:
    """Set up threads and OpenMP and load the CUDA libraries, before MXNet's import.

    Raises
    ------
    EnvironmentProblem
        Where MXNet could not be imported or would not work: one message that names
        each problem and the command that mends it.
    """
    installed = look()
    # first of all: MXNet's OpenMP library reads its variables when it is loaded
    threads.choose()
    openmp.keep_one_team()
    missing = cuda_libraries.load(installed)
    problems = find_problems(installed, missing)
    if problems:
        raise EnvironmentProblem(problems)
