"""Small data sets, a server of them on loopback, and a home without Fashion-MNIST."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import http.server
import threading
from pathlib import Path

import numpy as np
import pytest

from gluon_nets.data import DataError, download, sources
from gluon_nets.data.idx import idx_bytes


def _full_root():
    """The folder of the full set, looked for before the tests move the cache away."""
    try:
        files = sources.find()
    except DataError:
        return None
    return files and next(iter(files.values())).parent


FULL_ROOT = _full_root()


@pytest.fixture
def full_root():
    """The folder with the full Fashion-MNIST."""
    if FULL_ROOT is None:
        pytest.skip("the full Fashion-MNIST is not on this machine")
    return FULL_ROOT


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """An empty cache folder; no other place has the full set."""
    folder = tmp_path / "cache" / "fashion-mnist"
    monkeypatch.delenv(sources.VARIABLE, raising=False)
    monkeypatch.setattr(sources, "cache_folder", lambda: folder)
    monkeypatch.setattr(download, "cache_folder", lambda: folder)
    monkeypatch.setattr(sources, "DEBIAN", tmp_path / "debian")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return folder


class Small:
    """The four files of a tiny data set: contents by name, and their hashes."""

    def __init__(self) -> None:
        rng = np.random.default_rng(0)
        self.arrays = {}
        for count, names in zip((20, 10), sources.PARTS.values()):
            images = rng.integers(0, 256, (count, 28, 28), dtype=np.uint8)
            labels = rng.integers(0, 10, count, dtype=np.uint8)
            self.arrays.update(zip(names, (images, labels)))
        plain = {name: idx_bytes(array) for name, array in self.arrays.items()}
        self.packed = {name: gzip.compress(data) for name, data in plain.items()}
        self.pins = {n: hashlib.sha256(data).hexdigest() for n, data in plain.items()}

    def write(self, folder: Path, names=None) -> Path:
        """Write the files as .gz into a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in names or self.packed:
            (folder / f"{name}.gz").write_bytes(self.packed[name])
        return folder


@pytest.fixture(scope="session")
def small():
    return Small()


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves ``server.files`` the way ``server.mode`` says."""

    def do_GET(self):
        asked = self.headers.get("Range")
        self.server.log.append((self.path, asked))
        body = self.server.files.get(self.path.strip("/"))
        if body is None or self.server.mode == "missing":
            return self.send_error(404)
        if self.server.mode == "garbage":
            body = b"<html>please log in</html>" * 50
        start = int(asked[len("bytes=") : -1]) if asked else 0
        if not asked or self.server.mode in ("no ranges", "garbage"):
            return self._send(200, body, 0)
        if start >= len(body):
            return self.send_error(416)
        if self.server.mode == "wrong range":
            start = 0
        self._send(206, body, start)

    def _send(self, code: int, body: bytes, start: int) -> None:
        rest = body[start:]
        self.send_response(code)
        self.send_header("Content-Length", str(len(rest)))
        if code == 206:
            span = f"bytes {start}-{len(body) - 1}/{len(body)}"
            self.send_header("Content-Range", span)
        if self.server.mode == "encoding":  # as some servers label every .gz
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        breaks = self.server.mode == "breaks off" and len(rest) > 100
        self.wfile.write(rest[: len(rest) // 2] if breaks else rest)

    def log_message(self, *args):
        pass


@pytest.fixture
def serve(small):
    """Start servers: ``serve(mode)`` returns (url, log of (path, Range) requested)."""
    with contextlib.ExitStack() as stack:

        def start(mode: str = "ranges"):
            server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
            server.mode, server.log = mode, []
            server.files = {f"{name}.gz": data for name, data in small.packed.items()}
            thread = threading.Thread(target=server.serve_forever, args=(0.01,))
            thread.start()
            stack.callback(server.server_close)
            stack.callback(thread.join)
            stack.callback(server.shutdown)
            return f"http://127.0.0.1:{server.server_port}/", server.log

        yield start
