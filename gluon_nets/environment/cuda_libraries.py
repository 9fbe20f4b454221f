"""Load the shared libraries that MXNet's wheels are linked to but do not carry.

The wheels with CUDA find its libraries only on the system's search path. NVIDIA's own
wheels bring them, in folders that are not on it; a library that is already loaded in
the process is not searched for, so that nobody has to set ``LD_LIBRARY_PATH``.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import sys
from collections.abc import Callable, Iterable

from gluon_nets.environment.installed import Installed

# soname -> (folder below nvidia/, wheel); each after those that it is linked to
PACKAGES = {
    "libcudart.so.11.0": ("cuda_runtime", "nvidia-cuda-runtime-cu11"),
    "libnvrtc.so.11.2": ("cuda_nvrtc", "nvidia-cuda-nvrtc-cu11"),
    "libnvToolsExt.so.1": ("nvtx", "nvidia-nvtx-cu11"),
    "libcublasLt.so.11": ("cublas", "nvidia-cublas-cu11"),
    "libcublas.so.11": ("cublas", "nvidia-cublas-cu11"),
    "libcudnn.so.8": ("cudnn", "nvidia-cudnn-cu11"),
    "libcufft.so.10": ("cufft", "nvidia-cufft-cu11"),
    "libcurand.so.10": ("curand", "nvidia-curand-cu11"),
    "libcusparse.so.11": ("cusparse", "nvidia-cusparse-cu11"),
    "libcusolver.so.11": ("cusolver", "nvidia-cusolver-cu11"),
    "libnccl.so.2": ("nccl", "nvidia-nccl-cu11"),
}
DRIVER = "libcuda.so.1"
# soname -> Debian's package; slim container images lack them
SYSTEM = {"libgomp.so.1": "libgomp1", "libquadmath.so.0": "libquadmath0"}


def load(
    installed: Installed, cdll: Callable[[str], object] = ctypes.CDLL
) -> tuple[str, ...]:
    """Load what the installed MXNet needs; return the sonames that are not there."""
    wheels = [d for d in installed.mxnet if d.version]
    if not sys.platform.startswith("linux") or len(wheels) != 1:
        return ()
    if "mxnet" in sys.modules:  # it has found them all
        return ()
    missing = [name for name in SYSTEM if not _try(cdll, name)]
    if installed.has_cuda:
        roots = _nvidia_folders()
        missing += [name for name in PACKAGES if not _load_one(cdll, name, roots)]
        missing += [] if _try(cdll, DRIVER) else [DRIVER]
    return tuple(missing)


def requirements(sonames: Iterable[str]) -> list[str]:
    """The wheels that bring ``sonames``, in the versions that the extra `gpu` names."""
    wheels = dict.fromkeys(PACKAGES[name][1] for name in sonames)
    pins = _pins()
    return [f"{wheel}{pins.get(wheel, '')}" for wheel in wheels]


def _load_one(cdll: Callable, soname: str, roots: list[str]) -> bool:
    """From NVIDIA's wheel, whose versions fit each other; else from the system."""
    for root in roots:
        path = os.path.join(root, PACKAGES[soname][0], "lib", soname)
        if os.path.exists(path) and _try(cdll, path):
            return True
    return _try(cdll, soname)


def _try(cdll: Callable, name: str) -> bool:
    try:
        cdll(name)
    except OSError:
        return False
    return True


def _nvidia_folders() -> list[str]:
    spec = importlib.util.find_spec("nvidia")
    return list(spec.submodule_search_locations or ()) if spec else []


def _pins() -> dict[str, str]:
    """``==version`` by wheel, from this package's own metadata."""
    from importlib import metadata  # slow, and needed only where something is wrong

    try:
        lines = metadata.requires("gluon-nets") or []
    except metadata.PackageNotFoundError:
        return {}
    exact = [line.split(";")[0].strip().split("==") for line in lines if "==" in line]
    return {parts[0].strip(): "==" + parts[1] for parts in exact if len(parts) == 2}
