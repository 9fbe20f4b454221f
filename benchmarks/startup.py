"""Seconds from the shell to an answer: imports and commands, in turns.

python -m benchmarks.startup [--out FILE]
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import click
from tqdm import tqdm

from benchmarks import records
from benchmarks.estimate import summary
from benchmarks.machine import cpu_name
from benchmarks.peers import PEERS, ROOT

_TORCH = str(PEERS / "bin" / "python")
COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "import gluon_nets": [sys.executable, "-c", "import gluon_nets"],
    "gluon-nets --help": [sys.executable, "-m", "gluon_nets", "--help"],
    "gluon-nets train --help": [sys.executable, "-m", "gluon_nets", "train", "--help"],
    "gluon-nets list": [sys.executable, "-m", "gluon_nets", "list"],
    "gluon-nets summary regnetx32": [
        *(sys.executable, "-m", "gluon_nets", "summary", "regnetx32"),
    ],
    "get_net('regnetx32')": [
        *(sys.executable, "-c"),
        "import gluon_nets as gn; gn.get_net('regnetx32', in_channels=1)",
    ],
    "import mxnet": [sys.executable, "-c", "import mxnet"],
    "import torch": [_TORCH, "-c", "import torch"],
}


def measure(rounds: int) -> dict[str, dict]:
    """Seconds of each command that runs here; one round before does not count."""
    times: dict[str, list] = {name: [] for name in COMMANDS}
    for index in tqdm(range(rounds + 1), "rounds"):
        for name in list(times):
            begin = time.perf_counter()
            if _fails(COMMANDS[name]):
                del times[name]
            elif index:
                times[name].append(time.perf_counter() - begin)
    return {name: summary(values) for name, values in times.items()}


def _fails(command) -> bool:
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True)
    except FileNotFoundError:  # there are no peers
        return True
    return done.returncode != 0


@click.command()
@click.option("--rounds", default=11, show_default=True, type=click.IntRange(1))
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False))
def main(rounds, out) -> None:
    """Measure how long imports and commands take, in turns."""
    result = {"cpu": cpu_name(), "rounds": rounds, "seconds": measure(rounds)}
    click.echo(records.as_text(result), nl=False)
    if out:
        records.write(out, result)


if __name__ == "__main__":
    main()
