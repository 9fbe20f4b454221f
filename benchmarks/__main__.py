"""The command line of the suite: `python -m benchmarks`."""

from __future__ import annotations

from pathlib import Path

import click
from tqdm import tqdm

from benchmarks import tables
from benchmarks.peak import peaks
from benchmarks.suite import Results, measure
from benchmarks.works import CHECK, choose
from gluon_nets.cli.errors import Commands
from gluon_nets.environment.threads import processors

RESULTS = Path(__file__).parent / "results"
CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 88}


def _seconds(default: float):
    """The option for how long a work is measured."""
    return click.option(
        "--seconds",
        default=default,
        show_default=True,
        type=click.FloatRange(0),
        help="How long a work's sides take turns, at least five rounds.",
    )


@click.group(cls=Commands, context_settings=CONTEXT)
def main() -> None:
    """Gluon Nets beside PyTorch, onnxruntime and the book's MXNet code, on this CPU.

    \b
    Three rows, a few minutes:    python -m benchmarks check
    Everything, over an hour:     python -m benchmarks run
    One network:                  python -m benchmarks run regnetx32 --seconds 30
    """


@main.command("list")
@click.argument("patterns", nargs=-1)
def list_command(patterns) -> None:
    """The works whose names match one of the PATTERNS; all without one."""
    for work in choose(patterns):
        click.echo(work.name)


@main.command()
@click.argument("patterns", nargs=-1)
@_seconds(60.0)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--again", is_flag=True, help="Measure also what the file holds already.")
def run(patterns, seconds, out, again) -> None:
    """Measure the works whose names match one of the PATTERNS; all without one.

    Rows go to a JSON file as they are done, by default benchmarks/results/suite.json;
    a run that was stopped goes on where it was. `table` makes Markdown of it.
    """
    works, out = choose(patterns), out or RESULTS / "suite.json"
    threads = processors().threads
    results = Results(out, threads)
    left = [work for work in works if again or work.name not in results.rows]
    for number, work in enumerate(left, 1):
        title = f"{number}/{len(left)} {work.name}"
        row = _measure(work, title, threads, results.find_peaks(), seconds)
        results.add(work.name, row)
        click.echo(tables.line(work.name, row))
    click.echo(f"{len(results.rows)} works in {out}")


@main.command()
@_seconds(20.0)
def check(seconds) -> None:
    """Measure three works again, and say how many times as fast we are."""
    threads = processors().threads
    peak = peaks(threads)
    for work in choose(CHECK):
        row = _measure(work, work.name, threads, peak, seconds)
        click.echo(tables.line(work.name, row))


def _measure(work, title, threads, peak, seconds) -> dict:
    """A row, with a bar."""
    layout = "{desc} {n:.0f}/{total:.0f} s{postfix}"
    with tqdm(total=seconds, desc=title, bar_format=layout) as shown:

        def bar(rounds, passed):
            shown.n = min(passed, seconds)
            shown.set_postfix_str(f"{rounds} rounds")

        return measure(work, threads, seconds, peak, bar)


@main.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def table(file) -> None:
    """Write a file's rows as Markdown."""
    click.echo(tables.markdown(tables.load(file)))


if __name__ == "__main__":
    main(prog_name="python -m benchmarks")
