"""Where submissions are run: bubblewrap, with a runner of ours inside."""

from __future__ import annotations

from course.grading.sandbox.available import check_sandbox, check_unseen
from course.grading.sandbox.errors import SandboxError, TrustedRunError
from course.grading.sandbox.execution import Execution, execute
from course.grading.sandbox.limits import Limits
from course.grading.sandbox.template import cool_down, warm_up
from course.grading.sandbox.trusted import run_trusted

__all__ = [
    "Execution",
    "Limits",
    "SandboxError",
    "TrustedRunError",
    "check_sandbox",
    "check_unseen",
    "cool_down",
    "execute",
    "run_trusted",
    "warm_up",
]
