"""A JupyterLab server for tests in a browser."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Iterator

import pytest

SECONDS = 90  # to start in


@contextlib.contextmanager
def jupyterlab(home: Path, *words: str, cwd: Path | None = None) -> Iterator[str]:
    """Python run with these words, which start JupyterLab; its address.

    Settings come from ``home``, and its log is written there.
    """
    pytest.importorskip("jupyterlab")
    port = free_port()
    command = [
        *(sys.executable, *words, "--no-browser", "--allow-root"),
        *(f"--port={port}", "--ip=127.0.0.1", "--IdentityProvider.token="),
    ]
    names = ("HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR")
    env = {**os.environ, **{name: str(home / name) for name in names}}
    log = home / "lab.log"
    with open(log, "wb") as file:
        process = subprocess.Popen(command, cwd=cwd, env=env, stdout=file, stderr=file)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(SECONDS):
            try:
                urllib.request.urlopen(f"{address}/api/status", timeout=5).close()
                break
            except (urllib.error.URLError, OSError):
                assert process.poll() is None, log.read_text()
                time.sleep(1)
        yield address
    finally:
        process.kill()  # kernels see it and end; asked kindly it may wait for them
        process.wait()


def free_port() -> int:
    """A port of this machine that nobody uses."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]
