"""What is installed: read from the names of folders, since nothing may be imported."""

from __future__ import annotations

import importlib.util
import os
import re
import sys
from dataclasses import dataclass

# Other projects are called mxnet-something as well: only MXNet's own wheels count.
_METADATA = re.compile(
    r"(?P<name>numpy|gluoncv|mxnet(?:[-_.](?:cu\d+(?:mkl)?|mkl|native))?)"
    r"(?:-(?P<version>[^-]+)(?:-.*)?)?\.(?:dist|egg)-info",
    re.IGNORECASE,
)
_LIBRARIES = ("libmxnet.so", "libmxnet.dylib", "libmxnet.dll")


@dataclass(frozen=True)
class Distribution:
    """One installed distribution; ``version`` is None where its metadata has none."""

    name: str
    version: str | None
    folder: str

    @property
    def has_cuda(self) -> bool:
        return "-cu" in self.name


@dataclass(frozen=True)
class Installed:
    """The facts that decide whether MXNet can work here.

    ``numpy`` is the version, '' where it is there without one, None where it is not.
    ``mxnet_complete`` tells whether MXNet's folder holds what its metadata promise.
    """

    python: tuple[int, int]
    numpy: str | None
    mxnet: tuple[Distribution, ...]
    mxnet_complete: bool = True
    gluoncv: str | None = None

    @property
    def has_cuda(self) -> bool:
        return any(d.has_cuda for d in self.mxnet)


def look(path: list[str] | None = None) -> Installed:
    """Find what is on ``path`` (``sys.path``), without importing any of it."""
    found = _distributions(sys.path if path is None else path)
    mxnet = tuple(d for name, d in sorted(found.items()) if name.startswith("mxnet"))
    if not mxnet and path is None and _findable("mxnet"):  # built from source
        mxnet = (Distribution("mxnet", None, ""),)
    numpy = found.get("numpy")
    version = (numpy.version or "") if numpy else None
    if path is None:
        version = _imported_numpy(version)
    gluoncv = found.get("gluoncv")
    return Installed(
        python=sys.version_info[:2],
        numpy=version,
        mxnet=mxnet,
        mxnet_complete=all(_is_complete(d) for d in mxnet),
        gluoncv=gluoncv.version if gluoncv else None,
    )


def _distributions(path: list[str]) -> dict[str, Distribution]:
    """Distributions by name; of two with one name, the first on the path is used."""
    found: dict[str, Distribution] = {}
    for folder in path:
        try:
            entries = os.listdir(folder or ".")
        except OSError:  # a zip archive, or a folder that is not there
            continue
        for entry in sorted(entries):
            match = _METADATA.fullmatch(entry)
            if match and _has_metadata(os.path.join(folder, entry)):
                name = re.sub("[-_.]+", "-", match["name"]).lower()
                found.setdefault(name, Distribution(name, match["version"], folder))
    return found


def _has_metadata(info: str) -> bool:
    """An interrupted uninstall leaves an empty folder, which stands for nothing."""
    names = ("METADATA", "PKG-INFO")
    return os.path.isfile(info) or any(
        os.path.exists(os.path.join(info, name)) for name in names
    )


def _findable(module: str) -> bool:
    if module in sys.modules:
        return True
    spec = importlib.util.find_spec(module)
    return spec is not None and spec.origin is not None


def _imported_numpy(version: str | None) -> str | None:
    """What is already imported, or is there without metadata, decides."""
    if "numpy" in sys.modules:
        return getattr(sys.modules["numpy"], "__version__", "")
    return "" if version is None and _findable("numpy") else version


def _is_complete(mxnet: Distribution) -> bool:
    """Uninstalling one of two wheels takes the other one's files along."""
    if mxnet.version is None:
        return True
    folder = os.path.join(mxnet.folder, "mxnet")
    return os.path.exists(os.path.join(folder, "__init__.py")) and any(
        os.path.exists(os.path.join(folder, name)) for name in _LIBRARIES
    )
