"""Tests that need a real sandbox ask for `sandbox`; after it, runs are forks."""

from __future__ import annotations

import os

import pytest

from course.grading.sandbox import SandboxError, check_sandbox, cool_down, warm_up


@pytest.fixture(scope="session")
def sandbox():
    """Skips where there is none; where the tests count, that is a failure."""
    pytest.importorskip("ipykernel")
    try:
        check_sandbox()
    except SandboxError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
    assert warm_up()
    yield
    cool_down()
