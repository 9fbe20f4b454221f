"""Site folders that hold metadata only, and a Python that sees nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def site(tmp_path):
    """Make a site folder: ``site('numpy-2.0', 'mxnet-1.9.1')`` gives its path."""

    def make(*distributions: str, complete: bool = True) -> Path:
        folder = tmp_path / "site"
        folder.mkdir()
        for name in distributions:
            info = folder / f"{name}.dist-info"
            info.mkdir()
            (info / "METADATA").touch()
        if complete:
            (folder / "mxnet").mkdir()
            (folder / "mxnet" / "__init__.py").write_text(
                "raise SystemExit('imported')"
            )
            (folder / "mxnet" / "libmxnet.so").touch()
        return folder

    return make


@pytest.fixture
def run_python():
    """Run a fresh Python that sees this repository and ``site``, no site-packages."""

    def run(site: Path, *arguments: str) -> subprocess.CompletedProcess:
        environ = dict(os.environ, PYTHONPATH=f"{ROOT}{os.pathsep}{site}")
        return subprocess.run(
            [sys.executable, "-S", *arguments],
            env=environ,
            cwd=str(site),
            capture_output=True,
            text=True,
            timeout=60,
        )

    return run
