"""Seconds from a cold start to a test accuracy: ours and the chapter's, one by one.

    python -m benchmarks.to_accuracy --out FILE

Each side is a new process; the clock runs from its start, imports and reading the data
included, to the end of the first epoch after which the test accuracy is reached.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Iterator

import click

from benchmarks import records
from benchmarks.machine import cpu_name
from benchmarks.peers import PEERS, ROOT, environment
from gluon_nets.environment.threads import processors

# chosen on 10,000 training images that were held out: see benchmarks/README.md
_OURS = (
    "train regnetx32 --data fashion-mnist --batch-size 128 --momentum 0.9 "
    "--schedule cosine --weight-decay 5e-4 "
)
_FAST = _OURS + "--resize 28 --epochs 3 --lr 0.2 --warmup 0.3"
_SAME = _OURS + "--resize 96 --epochs 2 --lr 0.2 --warmup 0.3"
SIDES = {
    "ours": [sys.executable, "-m", "gluon_nets", *_FAST.split()],
    "ours, at the chapter's size": [sys.executable, "-m", "gluon_nets", *_SAME.split()],
    "the chapter's recipe in PyTorch": [
        *(str(PEERS / "bin" / "python"), "-m", "benchmarks.sides.d2l_run"),
    ],
}
_EPOCH = re.compile(r"test accuracy ([\d.]+)%?")


def run(name: str, goal: float, threads: int) -> Iterator[list[dict]]:
    """The side's epochs as (seconds since its start, accuracy), after each of them."""
    epochs: list[dict] = []
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        with subprocess.Popen(
            [*SIDES[name], "--out", folder],
            cwd=ROOT,
            env=environment("pytorch d2l", threads),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            for line in process.stdout:
                found = _EPOCH.search(line)
                if found:
                    seconds = round(time.perf_counter() - begin, 1)
                    accuracy = float(found.group(1)) / 100
                    epochs.append({"seconds": seconds, "accuracy": accuracy})
                    click.echo(f"{name}: {accuracy:.2%} after {seconds} s", err=True)
                    if accuracy >= goal:
                        process.kill()
                    yield epochs
                    if accuracy >= goal:
                        break


@click.command()
@click.argument("sides", nargs=-1, type=click.Choice(list(SIDES)))
@click.option("--goal", default=0.9, show_default=True, type=click.FloatRange(0, 1))
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False))
def main(sides, goal, out) -> None:
    """Measure the seconds to an accuracy on the test images; all SIDES without one.

    A file keeps the sides that it has; those that are measured again are replaced.
    """
    threads = processors().threads
    asked = {"cpu": cpu_name(), "threads": threads, "goal": goal}
    result = {**asked, "sides": {}}
    if out and out.exists():
        result = json.loads(out.read_text())
        for key, value in asked.items():
            if result.get(key) != value:
                raise click.UsageError(
                    f"{out} was measured with {key} {result.get(key)!r}, this run has "
                    f"{value!r}: choose another file"
                )
    for name in sides or SIDES:
        for epochs in run(name, goal, threads):
            result["sides"][name] = epochs
            if out:  # each epoch may take ten minutes: none is lost
                records.write(out, result)


if __name__ == "__main__":
    main()
