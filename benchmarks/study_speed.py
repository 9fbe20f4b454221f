"""Networks an hour: a study's workers beside a plain loop that trains one by one.

    python -m benchmarks.study_speed studies/RegNetX.toml --out FILE

The loop is what one would write without `gluon-nets study`: a process for each network
that does as `gluon-nets train` does, with all threads. Both have the same networks,
images and recipe, and take turns of a few networks each. The study's time has the start
of its workers in it; the loop's has what `gluon-nets train` does besides: checkpoints,
curves, and the test images at the end.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click
from tqdm import tqdm

from benchmarks import records
from benchmarks.estimate import ratio, summary
from benchmarks.machine import cpu_name
from benchmarks.peers import ROOT
from gluon_nets.environment.threads import processors
from gluon_nets.study.pools import LocalPool
from gluon_nets.study.reader import read_study
from gluon_nets.study.sampling import sample
from gluon_nets.study.task import Task


def by_study(study, archs) -> float:
    """Seconds of a pool that is started, trains the networks, and is closed."""
    size = study.space.frame.image_size
    begin = time.perf_counter()
    with LocalPool() as pool:
        tasks = [pool.submit(Task(arch, study.training, size)) for arch in archs]
        for task in tasks:
            found = task.result()
            if found.status != "done":
                raise click.ClickException(found.reason)
    return time.perf_counter() - begin


def by_loop(file: Path, archs) -> float:
    """Seconds of a process for each network."""
    begin = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        for number, arch in enumerate(archs):
            design = Path(folder, f"{number}.json")
            design.write_text(arch.to_json(), "utf-8")
            out = str(Path(folder, str(number)))
            command = [sys.executable, "-m", "benchmarks.sides.plain_train"]
            subprocess.run(
                [*command, str(design), str(file.resolve()), out], cwd=ROOT, check=True
            )
    return time.perf_counter() - begin


def building(study, archs) -> dict[str, dict]:
    """Seconds until a network can be trained, apart from its first step's work."""
    import mxnet as mx
    from mxnet import autograd

    import gluon_nets as gn
    from gluon_nets.initialize import initialize

    parts: dict[str, list] = {"blocks": [], "parameters": [], "graphs": []}
    size = study.space.frame.image_size
    images = mx.np.ones((2, 1, size, size))
    for arch in archs:
        begin = time.perf_counter()
        net = gn.AnyNet(arch, 10, 1)
        parts["blocks"].append(time.perf_counter() - begin)
        begin = time.perf_counter()
        initialize(net, 0)
        mx.npx.waitall()
        parts["parameters"].append(time.perf_counter() - begin)
        net.hybridize(static_alloc=True, static_shape=True)
        times = []
        for _ in range(2):  # the second time there is nothing to be built
            begin = time.perf_counter()
            with autograd.record():
                loss = net(images).sum()
            loss.backward()
            net(images)
            mx.npx.waitall()
            times.append(time.perf_counter() - begin)
        parts["graphs"].append(times[0] - times[1])
    return {name: summary(values) for name, values in parts.items()}


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--rounds", default=3, show_default=True, type=click.IntRange(2))
@click.option("--networks", default=4, show_default=True, type=click.IntRange(1))
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False))
def main(file, rounds, networks, out) -> None:
    """Measure how many networks an hour the study FILE trains, in turns with a loop."""
    study = read_study(file)
    drawn = sample(study.space, rounds * networks, study.seed)
    seconds: dict[str, list[float]] = {"study": [], "loop": []}
    archs = [drawn.arch(row) for row in range(len(drawn))]
    for turn in tqdm(range(rounds), "rounds"):
        some = archs[turn * networks : (turn + 1) * networks]
        seconds["study"].append(by_study(study, some))
        seconds["loop"].append(by_loop(file, some))
    per_hour = {
        name: round(3600 * networks * rounds / sum(values), 1)
        for name, values in seconds.items()
    }
    result = {
        "cpu": cpu_name(),
        "threads": processors().threads,
        "study": study.name,
        "training": vars(study.training),
        "networks a turn": networks,
        "seconds a turn": {name: summary(v) for name, v in seconds.items()},
        "networks an hour": per_hour,
        "study over loop": ratio(seconds["study"], seconds["loop"]),
        "seconds of building": building(study, archs),
    }
    click.echo(records.as_text(result), nl=False)
    if out:
        records.write(out, result)


if __name__ == "__main__":
    main()
