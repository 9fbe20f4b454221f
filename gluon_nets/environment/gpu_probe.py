"""The program that tries GPUs: ``python -m gluon_nets.environment.gpu_probe FIRST``.

A program of its own, because an operator without code for the GPU may abort the
process. It writes one JSON object a line, as soon as it knows, so that what it found
before it died is not lost: ``{"seen": [{"name", "capability"}, …]}``, then for each GPU
``{"trying": i}`` and ``{"usable": i}`` or ``{"failed": i, "why": "…"}``.
"""

from __future__ import annotations

import ctypes
import json
import sys

_MAJOR, _MINOR = 75, 76  # CUdevice_attribute: COMPUTE_CAPABILITY_MAJOR, _MINOR


def main(first: int) -> None:
    """Try each GPU from number ``first`` on."""
    seen = describe()
    _write(seen=seen)
    import mxnet as mx

    mx.npx.set_np()
    try:
        count = mx.context.num_gpus()
    except mx.MXNetError as error:
        for i in range(first, len(seen)):
            _write(failed=i, why=_last_line(error))
        return
    for i in range(first, count):
        _write(trying=i)
        try:
            run_operators(mx, mx.gpu(i))
        except mx.MXNetError as error:
            _write(failed=i, why=_last_line(error))
        else:
            _write(usable=i)


def run_operators(mx, device) -> None:
    """A sum and a convolution, computed and checked: CUDA's kernels and cuDNN's."""
    ones = mx.np.ones((1, 1, 4, 4), ctx=device) + 1
    kernel = mx.np.ones((1, 1, 3, 3), ctx=device)
    out = mx.npx.convolution(ones, kernel, kernel=(3, 3), num_filter=1, no_bias=True)
    if out.asnumpy().tolist() != [[[[18.0, 18.0], [18.0, 18.0]]]]:
        raise mx.MXNetError("it computes wrong numbers")


def describe() -> list[dict]:
    """Name and compute capability of each GPU, asked of the driver itself."""
    try:
        cuda = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return []
    count = ctypes.c_int()
    if cuda.cuInit(0) or cuda.cuDeviceGetCount(ctypes.byref(count)):
        return []
    return [_describe_one(cuda, i) for i in range(count.value)]


def _describe_one(cuda, index: int) -> dict:
    device, major, minor = ctypes.c_int(), ctypes.c_int(), ctypes.c_int()
    name = ctypes.create_string_buffer(128)
    cuda.cuDeviceGet(ctypes.byref(device), index)
    cuda.cuDeviceGetName(name, len(name), device)
    cuda.cuDeviceGetAttribute(ctypes.byref(major), _MAJOR, device)
    cuda.cuDeviceGetAttribute(ctypes.byref(minor), _MINOR, device)
    text = name.value.decode("utf-8", "replace")
    return {"name": text, "capability": [major.value, minor.value]}


def _last_line(error: Exception) -> str:
    """MXNet puts the message after the C++ stack trace."""
    return str(error).strip().splitlines()[-1].strip() if str(error).strip() else ""


def _write(**event) -> None:
    print(json.dumps(event), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
