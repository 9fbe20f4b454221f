"""Time of a training step beside PyTorch's, in one interleaved run.

    python -m benchmarks.train_step regnetx32 --batch 128 --size 96

Each side runs in a process of its own that stays alive; the two take turns step by
step (A B A B ...), so that what else the machine does hits both. A step is forward,
backward and an SGD update with momentum on one fixed batch, waited for. Before the
clock starts, both sides must agree on the loss of the first steps from the same
weights.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import statistics
import time
from pathlib import Path

from benchmarks.machine import cpu_name
from gluon_nets.environment.openmp import SETTINGS  # sets OMP_NUM_THREADS for both

LR, MOMENTUM = 0.01, 0.9
MODES = ("channels_last", "eager", "compile")


def ours(name, batch, size, weights):
    """A function that makes one step and returns its loss."""
    import mxnet as mx
    from mxnet import autograd, gluon, np

    import gluon_nets as gn
    from gluon_nets.train.metrics import CrossEntropy

    net = gn.get_net(name)
    net.hybridize(static_alloc=True, static_shape=True)
    x, y = (np.array(a) for a in inputs(batch, size))
    with autograd.predict_mode():
        net(x)
    state = {
        k: p.data().asnumpy() for k, p in net._collect_params_with_prefix().items()
    }
    weights.put(state)
    objective = CrossEntropy()
    objective.hybridize()
    optimizer = {"learning_rate": LR, "momentum": MOMENTUM}
    trainer = gluon.Trainer(net.collect_params(), "sgd", optimizer, kvstore=None)

    def step() -> float:
        with autograd.record():
            loss = objective(net(x), y)
        loss.backward()
        trainer.step(batch)
        mx.nd.waitall()
        return float(loss.mean())

    return step


def theirs(mode, name, batch, size, weights):
    """The same in PyTorch, with OpenMP as PyTorch's users have it."""
    for variable in SETTINGS:
        os.environ.pop(variable, None)
    import torch

    from benchmarks.torch_twins import load, twin

    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    model = twin(name, image_size=size)
    load(model, weights.get())
    x, y = (torch.from_numpy(a) for a in inputs(batch, size))
    if mode != "eager":
        model = model.to(memory_format=torch.channels_last)
        x = x.to(memory_format=torch.channels_last)
    call = torch.compile(model) if mode == "compile" else model
    optimizer = torch.optim.SGD(model.parameters(), LR, MOMENTUM)
    objective = torch.nn.CrossEntropyLoss()

    def step() -> float:
        optimizer.zero_grad(set_to_none=True)
        loss = objective(call(x), y.long())
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def inputs(batch, size):
    """A fixed batch of grey images and labels."""
    import numpy as np

    generator = np.random.default_rng(0)
    images = generator.random((batch, 1, size, size), dtype=np.float32)
    return images, generator.integers(0, 10, batch, dtype=np.int32)


def serve(pipe, side, *arguments):
    """Make a step each time the parent asks; send back (seconds, loss)."""
    step = side(*arguments)
    while pipe.recv():
        begin = time.perf_counter()
        loss = step()
        pipe.send((time.perf_counter() - begin, loss))


def measure(name, batch, size, mode, steps, warmup):
    """Interleaved step times of both sides, and their first losses."""
    spawn = multiprocessing.get_context("spawn")
    weights = spawn.Queue()
    sides = {
        "gluon_nets": (ours, name, batch, size, weights),
        f"pytorch {mode}": (theirs, mode, name, batch, size, weights),
    }
    pipes, workers = {}, []
    for side, arguments in sides.items():
        pipes[side], end = spawn.Pipe()
        workers.append(spawn.Process(target=serve, args=(end, *arguments), daemon=True))
        workers[-1].start()
    times, losses = {side: [] for side in sides}, {side: [] for side in sides}
    for index in range(warmup + steps):
        for side, pipe in pipes.items():
            pipe.send(True)
            seconds, loss = pipe.recv()
            losses[side].append(loss)
            if index >= warmup:
                times[side].append(seconds)
    for pipe in pipes.values():
        pipe.send(False)
    for worker in workers:
        worker.join()
    return times, losses


def main() -> None:
    """Measure, print a line, write JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", nargs="?", default="regnetx32")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--size", type=int, default=96)
    parser.add_argument("--mode", choices=MODES, default="channels_last")
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--warmup", type=int, default=3)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    times, losses = measure(
        options.name,
        options.batch,
        options.size,
        options.mode,
        options.steps,
        options.warmup,
    )
    first = [values[:2] for values in losses.values()]
    if max(abs(a - b) for a, b in zip(*first)) > 1e-3:
        raise SystemExit(f"the two do not compute the same: first losses {first}")
    a, b = times.values()
    ratios = [x / y for x, y in zip(a, b)]
    quartiles = statistics.quantiles(ratios, n=4)
    result = {
        "work": f"training step, {options.name}, {options.batch}x1x{options.size}²",
        "threads": int(os.environ["OMP_NUM_THREADS"]),
        "cpu": cpu_name(),
        "steps": options.steps,
        "median_seconds": {s: round(statistics.median(t), 4) for s, t in times.items()},
        "min_seconds": {side: round(min(t), 4) for side, t in times.items()},
        "ratio_median": round(statistics.median(ratios), 3),
        "ratio_quartiles": [round(quartiles[0], 3), round(quartiles[2], 3)],
    }
    print(json.dumps(result, indent=1, ensure_ascii=False))
    if options.out:
        options.out.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
