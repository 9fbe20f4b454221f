"""How many designs a second have their complexity computed, on one core.

    python -m benchmarks.designs

`complexities`, for arrays of designs, beside `complexity`, for one at a time. The
designs are drawn as the study draws them: four stages, any depth, width, bottleneck and
group width, made compatible. Both must give the same numbers before their times count;
they take turns, and the ratio is that of each pair of turns.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import time
from pathlib import Path

import numpy as np

import gluon_nets as gn
from benchmarks import records
from benchmarks.machine import cpu_name
from gluon_nets.compatible import adjust

INPUT = {"image_size": 28, "in_channels": 1, "num_classes": 10}


def draw(designs: int, seed: int = 0) -> tuple:
    """Depths, widths, group widths and bottlenecks, each of (designs, 4)."""
    generator = np.random.default_rng(seed)
    shape = (designs, 4)
    bottleneck = generator.choice([1.0, 2.0, 4.0], shape)
    group_width = generator.choice([1, 2, 4, 8, 16, 32], shape)
    width = generator.integers(1, 129, shape) * 8
    width, group_width = adjust(width, group_width, bottleneck)
    return generator.integers(1, 17, shape), width, group_width, bottleneck


def one_by_one(columns) -> np.ndarray:
    """Parameters, flops and activations of each design, by `complexity`."""
    counts = []
    for row in zip(*(column.tolist() for column in columns)):
        stages = tuple(gn.Stage(*numbers) for numbers in zip(*row))
        cost = gn.complexity(gn.Arch(stem_width=32, stages=stages), **INPUT)
        counts.append((cost.params, cost.flops, cost.acts))
    return np.array(counts).T


def at_once(columns) -> np.ndarray:
    """The same by `complexities`."""
    cost = gn.complexities(*columns, **INPUT)
    return np.stack([cost.params, cost.flops, cost.acts])


def rate(function, columns) -> float:
    """Designs a second."""
    begin = time.process_time()
    function(columns)
    return len(columns[0]) / (time.process_time() - begin)


def main() -> None:
    """Measure, print, write JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--designs", type=int, default=200_000, help="for complexities")
    parser.add_argument("--few", type=int, default=1_000, help="for complexity")
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    many, few = draw(options.designs), draw(options.few)
    if (one_by_one(few) != at_once(few)).any():
        raise SystemExit("complexity and complexities differ")
    pairs = [
        (rate(at_once, many), rate(one_by_one, few)) for _ in range(options.repeats)
    ]
    fast, slow = zip(*pairs)
    ratios = [a / b for a, b in pairs]
    result = {
        "work": "params, flops and acts of 4-stage designs, one core",
        "cpu": cpu_name(),
        "versions": {"python": platform.python_version(), "numpy": np.__version__},
        "designs_per_second": {
            "complexities": round(statistics.median(fast)),
            "complexities, slowest turn": round(min(fast)),
            "complexity": round(statistics.median(slow)),
        },
        "ratio_median": round(statistics.median(ratios), 1),
        "ratio_quartiles": [
            round(quartile, 1) for quartile in statistics.quantiles(ratios)[::2]
        ],
    }
    print(records.as_text(result), end="")
    if options.out:
        records.write(options.out, result)


if __name__ == "__main__":
    main()
