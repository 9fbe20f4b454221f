"""Commands about networks: list, summary, benchmark."""

from __future__ import annotations

import dataclasses
import math

import click

from gluon_nets.checks import LARGEST
from gluon_nets.cli.options import as_json, device, print_json, quiet


@click.command("list")
@click.argument("pattern", default="*")
@click.option("--long", "-l", "long", is_flag=True, help="Numbers and sources too.")
@as_json
def list_command(pattern: str, long: bool, as_json: bool) -> None:
    """Names of the networks that match PATTERN ('resnet*').

    With --long parameters, flops and activations for the images and classes that the
    source has, computed from the numbers of the design. Where nothing matches the exit
    code is 2, and nothing is on stdout, with --json too.
    """
    from gluon_nets.catalog import describe
    from gluon_nets.specs import list_nets

    names = list_nets(pattern)
    if not names:
        raise ValueError(f"no network matches {pattern!r}: gluon-nets list shows all")
    if as_json:
        print_json([describe(name).as_dict() for name in names] if long else names)
    elif long:
        click.echo(_table([describe(name).as_dict() for name in names]))
    else:
        click.echo("\n".join(names))


def _table(rows: list[dict]) -> str:
    """Dictionaries of the same keys as a table, whole numbers in groups of three."""
    from tabulate import tabulate

    cells = [
        {key: f"{v:,}" if isinstance(v, int) else v for key, v in row.items()}
        for row in rows
    ]
    right = [isinstance(value, (int, float)) for value in rows[0].values()]
    align = ["right" if number else "left" for number in right]
    return tabulate(cells, headers="keys", disable_numparse=True, colalign=align)


def _shape(ctx, param, text: str):
    try:
        shape = tuple(int(number) for number in text.split(","))
    except ValueError:
        shape = ()
    if len(shape) != 4 or min(shape) < 1:
        raise click.BadParameter(f"{text!r}: four numbers N,C,H,W fit, as 1,1,96,96")
    if math.prod(shape) > LARGEST:  # MXNet counts the elements of an array in int32
        raise click.BadParameter(f"{text!r}: a batch has {LARGEST:,} numbers at most")
    return shape


_classes = click.option(
    "--classes", default=10, show_default=True, help="Number of classes."
)


@click.command()
@click.argument("name")
@click.option(
    "--input",
    "shape",
    default="1,1,96,96",
    show_default=True,
    callback=_shape,
    metavar="N,C,H,W",
)
@_classes
@click.option(
    "--depth",
    default=1,
    show_default=True,
    help="Levels to unfold; 0: one row for all.",
)
@click.option("--time", "timed", is_flag=True, help="Measure it on this machine too.")
@as_json
def summary(
    name: str, shape, classes: int, depth: int, timed: bool, as_json: bool
) -> None:
    """Layers of the network NAME: shapes, parameters, flops, activations.

    Parameters are trainable numbers, flops multiply-adds (and bias adds) for one image,
    acts the elements of the outputs of convolutions and dense layers, and of max
    poolings with padding. --time adds the median seconds of a batch of the given shape,
    forwards and in training.
    """
    import gluon_nets as gn

    net = gn.get_net(name, num_classes=classes)
    table = gn.summary(net, shape, depth=depth)
    seconds = _seconds(net, shape) if timed else {}
    if as_json:
        print_json({"net": name, **table.as_dict(), **seconds})
        return
    click.echo(table)
    for kind in ("forward", "training") if timed else ():
        value = seconds[f"{kind}_seconds"]
        click.echo(f"{kind}: {value:.4f} s for a batch of {shape[0]}")


def _seconds(net, shape, device: str = "auto") -> dict:
    """Median seconds of a batch, and its size."""
    from gluon_nets.timing import time_net

    timing = time_net(net, shape, device=device)
    return {
        "forward_seconds": timing.forward,
        "training_seconds": timing.training,
        "batch": timing.batch,
    }


@click.command()
@click.argument("patterns", nargs=-1, required=True)
@click.option(
    "--input",
    "shape",
    default="16,1,96,96",
    show_default=True,
    callback=_shape,
    metavar="N,C,H,W",
)
@_classes
@device
@quiet
@as_json
def benchmark(
    patterns, shape, classes: int, device: str, quiet: bool, as_json: bool
) -> None:
    """Flops, activations and time of the networks that match PATTERNS.

    Flops and activations are of one image; times are the median seconds of a batch of
    the given shape, forwards and in training (forwards and backwards).

    \b
    Does time follow flops or activations on this machine?
      gluon-nets benchmark 'regnetx_[2-8]00mf' resnet18 --input 16,3,224,224
    """
    import gluon_nets as gn
    from gluon_nets.train.progress import Progress

    # each network is looked at before the first is timed, which takes long
    rows = [_costs(name, shape, classes) for name in _matching(patterns)]
    with Progress(len(rows), "benchmark", False if quiet else None) as bar:
        for row in rows:
            net = gn.get_net(row["net"], num_classes=classes)
            row.update(_seconds(net, shape, device))
            bar.step()
    if as_json:
        print_json({"input": shape, "nets": rows})
        return
    for row in rows:
        for kind in ("forward_seconds", "training_seconds"):
            row[kind] = round(row[kind], 4)
    click.echo(_table(rows))


def _matching(patterns) -> list[str]:
    """Sorted names of the networks that match.

    Raises
    ------
    ValueError
        Where a pattern matches none; names each that does not, with the nearest names.
    """
    from gluon_nets.specs import find, list_nets

    names, wrong = set(), []
    for pattern in patterns:
        found = list_nets(pattern)
        names.update(found)
        if not found:
            try:
                find(pattern)
            except ValueError as error:
                wrong.append(str(error))
    if wrong:
        raise ValueError("; ".join(wrong))
    return sorted(names)


def _costs(name: str, shape, classes: int) -> dict:
    """A network's numbers for an image, from those of its design."""
    import gluon_nets as gn

    _, channels, height, width = shape
    try:
        cost = gn.complexity(name, (height, width), channels, classes)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None
    return {"net": name, **dataclasses.asdict(cost)}
