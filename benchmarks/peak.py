"""What the machine can do at most: multiply-adds, and bytes copied, in a second.

python -m benchmarks.peak THREADS
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np


def peaks(threads: int) -> dict[str, float]:
    """`measure_peaks` in a process of its own, in which each product has one thread."""
    variables = dict(os.environ, OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
    command = [sys.executable, "-m", "benchmarks.peak", str(threads)]
    said = subprocess.run(
        command, env=variables, check=True, stdout=subprocess.PIPE, text=True
    )
    return json.loads(said.stdout)


def measure_peaks(threads: int, repeats: int = 7) -> dict[str, float]:
    """The best of several tries, with so many threads.

    Returns
    -------
    dict
        'flops': multiply-adds a second of a product of large float32 matrices by
        NumPy's OpenBLAS; 'bytes': bytes read plus bytes written in a second of
        copying memory that no cache holds.
    """
    matrices = [_matrices(threads) for _ in range(repeats)]
    copies = [_copy(threads) for _ in range(repeats)]
    return {"flops": max(matrices), "bytes": max(copies)}


def _matrices(threads: int, side: int = 1536) -> float:
    """Multiply-adds a second of one product for each thread."""
    rng = np.random.default_rng(0)
    pairs = [rng.random((2, side, side), dtype=np.float32) for _ in range(threads)]
    outs = [np.empty((side, side), np.float32) for _ in range(threads)]

    with ThreadPoolExecutor(threads) as pool:
        begin = time.perf_counter()
        list(pool.map(lambda i: np.matmul(*pairs[i], out=outs[i]), range(threads)))
        return threads * side**3 / (time.perf_counter() - begin)


def _copy(threads: int, megabytes: int = 256) -> float:
    """Bytes a second that copies of large arrays read and write."""
    size = megabytes * 2**20 // 8
    sources, targets = ([np.ones(size) for _ in range(threads)] for _ in range(2))
    with ThreadPoolExecutor(threads) as pool:
        begin = time.perf_counter()
        list(pool.map(np.copyto, targets, sources))
        return 2 * 8 * size * threads / (time.perf_counter() - begin)


# A pass reads and writes each output of a convolution at least once. Training does so
# forwards, and backwards for the gradient of the input and again (two readings) for
# that of the weight.
_PASSES = {"infer": 1, "train": 3}


def limit(work, peak: dict[str, float]) -> float | None:
    """Seconds that a step takes at least: by multiply-adds, or by memory.

    A bound from below that no side reaches: each convolution is a product of matrices
    (three in training; the first layer's gradient of the images, which nobody computes,
    is counted), BatchNorm costs nothing, and nothing is read twice.
    """
    if work.kind not in _PASSES:
        return None
    cost, passes = work.cost, _PASSES[work.kind]
    flops = cost.flops * work.batch * passes
    traffic = 2 * 4 * cost.acts * work.batch * passes
    return round(max(flops / peak["flops"], traffic / peak["bytes"]), 5)


if __name__ == "__main__":
    print(json.dumps(measure_peaks(int(sys.argv[1]))))
