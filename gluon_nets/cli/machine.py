"""Commands about this machine: data, doctor."""

from __future__ import annotations

import dataclasses

import click
from tabulate import tabulate

from gluon_nets.cli.options import as_json, print_json, quiet


@click.group()
def data() -> None:
    """Where the images are, and how to get them."""


@data.command()
@as_json
def status(as_json: bool) -> None:
    """The places where Fashion-MNIST is looked for, and whether it is whole."""
    from gluon_nets.data import status as places

    found = [
        {**dataclasses.asdict(place), "path": str(place.path or "")}
        for place in places(verify=True)
    ]
    if as_json:
        print_json(found)
    else:
        click.echo(tabulate(found, headers="keys", tablefmt="plain"))


@data.command()
@quiet
def fetch(quiet: bool) -> None:
    """Download the full Fashion-MNIST (30 MB) into the user's cache; resumable."""
    from gluon_nets.data import fetch as download

    click.echo(download(progress=not quiet))


@click.command()
@as_json
@click.pass_context
def doctor(ctx: click.Context, as_json: bool) -> None:
    """Versions, threads, devices, data, and each problem with its mend."""
    from gluon_nets.environment import doctor as examine

    report = examine()
    if as_json:
        print_json(report.as_dict())
    else:
        click.echo(report.text())
    ctx.exit(0 if report.ok else 1)
