"""Commands about networks: list, summary."""

from __future__ import annotations

import click

from gluon_nets.cli.options import as_json, print_json


@click.command("list")
@click.argument("pattern", default="*")
@as_json
def list_command(pattern: str, as_json: bool) -> None:
    """Names of the networks that match PATTERN ('resnet*')."""
    from gluon_nets.nets import list_nets

    names = list_nets(pattern)
    if as_json:
        print_json(names)
    elif names:
        click.echo("\n".join(names))
    else:
        raise ValueError(f"no network matches {pattern!r}: gluon-nets list shows all")


def _shape(ctx, param, text: str):
    try:
        shape = tuple(int(number) for number in text.split(","))
    except ValueError:
        shape = ()
    if len(shape) != 4 or min(shape) < 1:
        raise click.BadParameter(f"{text!r}: four numbers N,C,H,W fit, as 1,1,96,96")
    return shape


@click.command()
@click.argument("name")
@click.option(
    "--input", "shape", default="1,1,96,96", callback=_shape, metavar="N,C,H,W"
)
@click.option("--classes", default=10, show_default=True, help="Number of classes.")
@click.option("--depth", default=1, show_default=True, help="Levels to unfold.")
@as_json
def summary(name: str, shape, classes: int, depth: int, as_json: bool) -> None:
    """Layers of the network NAME: shapes, parameters, multiply-adds."""
    import gluon_nets as gn

    net = gn.get_net(name, num_classes=classes)
    table = gn.summary(net, shape, depth=depth)
    if as_json:
        print_json({"net": name, **table.as_dict()})
    else:
        click.echo(table)
