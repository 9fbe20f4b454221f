"""Commands that read what studies found."""

from __future__ import annotations

import re
from pathlib import Path

import click

from gluon_nets.cli.options import as_json, print_json
from gluon_nets.cli.study import FILE, study


@study.command()
@click.argument("files", nargs=-1, required=True, type=FILE)
@as_json
def status(files, as_json) -> None:
    """How far the studies in FILES are."""
    from gluon_nets.study.store import Store
    from gluon_nets.study.summary import summary

    rows = []
    for file in files:
        with Store(file) as store:
            rows.append(summary(store))
    if as_json:
        print_json(rows)
        return
    for row in rows:
        click.echo(
            f"{row['name']}: {row['done']} of {row['designs']} done, "
            f"{row['diverged']} diverged, {row['failed']} failed"
            + (
                f"; error {row['least']:.2%} to {row['most']:.2%}, mean "
                f"{row['mean']:.2%}; {row['seconds']:.0f} s a network"
                if row["done"]
                else ""
            )
        )


@study.command()
@click.argument("files", nargs=-1, required=True, type=FILE)
@click.option("--out", type=FILE, required=True, help="File to add the results to.")
def merge(files, out) -> None:
    """Add the results of FILES, pieces of one study, to those of another."""
    from gluon_nets.study.store import merged

    new = merged(files, out)
    click.echo(f"{out}: {new} new results")


@study.command()
@click.argument("file", type=FILE)
@click.option("--out", type=FILE, required=True, help="A .csv or .parquet file.")
def export(file, out) -> None:
    """Write the results in FILE as a table, a row for each network."""
    from gluon_nets.study.store import Store
    from gluon_nets.study.summary import write_table

    with Store(file) as store:
        count = write_table(store, out)
    click.echo(f"{out}: {count} networks")


_SEED = click.option("--seed", default=0, show_default=True, help="Of resampling.")


@study.command("compare")
@click.argument("files", nargs=-1, required=True, type=FILE)
@click.option("--plots", type=click.Path(path_type=Path, file_okay=False))
@_SEED
@as_json
def compare_command(files, plots, seed, as_json) -> None:
    """What the results in FILES allow to say of their spaces.

    Trained alike, the errors of two spaces are compared by their distributions: the
    Kolmogorov-Smirnov distance, and how often networks dealt at random differ as much.
    """
    from gluon_nets.study.compare import compare
    from gluon_nets.study.population import read_population

    populations = [read_population(file) for file in files]
    comparison = compare(populations, seed)
    if plots:
        _save_plots(populations, plots, seed)
    if as_json:
        print_json(comparison.as_dict())
        return
    for row in comparison.rows:
        click.echo(
            f"{row.name}: {row.n} networks, {row.failures} failed; least error "
            f"{row.least}, mean {row.mean}"
        )
    if comparison.floor is not None:
        click.echo(f"one network by chance: ± {comparison.floor * 100:.2f} points")
    for pair in comparison.pairs:
        click.echo(pair.sentence)


def _save_plots(populations, folder: Path, seed: int) -> None:
    from gluon_nets.study.report import figures

    folder.mkdir(parents=True, exist_ok=True)
    for heading, figure in figures(populations, seed).items():
        name = re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-")
        figure.savefig(folder / f"{name}.png", dpi=120)


@study.command()
@click.argument("files", nargs=-1, required=True, type=FILE)
@click.option("--out", type=FILE, required=True, help="The HTML page.")
@_SEED
def report(files, out, seed) -> None:
    """Write a page with plots, numbers and sentences about the results in FILES.

    It needs no other file.
    """
    from gluon_nets.study.population import read_population
    from gluon_nets.study.report import write_report

    write_report([read_population(file) for file in files], out, seed)
    click.echo(f"{out} written")


@study.command()
@click.argument("file", type=FILE)
@click.option("--longer", type=FILE, help="The same networks, trained longer.")
@click.option("--larger", type=FILE, help="The same networks, widened.")
@_SEED
@as_json
def assumptions(file, longer, larger, seed, as_json) -> None:
    """Measure what a study of small, briefly trained networks assumes, in FILE.

    How many networks are good; whether short training ranks them as longer does, and
    small ones as large ones; whether single numbers of a network tell its error, or
    only several together. The same networks are those of the same space and seed.
    """
    from gluon_nets.study.assumptions import measure_assumptions
    from gluon_nets.study.population import read_population

    read = [one and read_population(one) for one in (file, longer, larger)]
    found = measure_assumptions(*read, seed=seed)
    if as_json:
        print_json(found.as_dict())
        return
    for text in found.sentences():
        click.echo(text)
