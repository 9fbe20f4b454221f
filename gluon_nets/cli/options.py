"""What several commands share: options, and results as JSON."""

from __future__ import annotations

import json
from typing import Any

import click

from gluon_nets.subsets import DATA


def print_json(value: Any) -> None:
    click.echo(json.dumps(value, indent=2))


def data_options(loaded, data: str | None) -> dict[str, Any]:
    """`FashionMNIST`'s arguments of a checkpoint's run, or of another part of it."""
    options = {k: v for k, v in loaded.meta["data"].items() if k != "name"}
    return options if data is None else {**options, "subset": DATA[data]}


as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
quiet = click.option("--quiet", "-q", is_flag=True, help="No progress on stderr.")
device = click.option(
    "--device",
    default="auto",
    show_default=True,
    metavar="auto|cpu|gpu[:0,1…]",
    help="auto: a GPU that works, else the CPU.",
)
root = click.option(
    "--root",
    type=click.Path(file_okay=False),
    help="Folder with the four files of Fashion-MNIST.",
)
