"""Commands of the design-space study."""

from __future__ import annotations

import json
import math
import re
import time
from pathlib import Path

import click
from tqdm import tqdm

from gluon_nets.cli.errors import Commands
from gluon_nets.cli.options import as_json, print_json, quiet

_NAMES = "AnyNetX_A … AnyNetX_E, RegNetX, RegNetY"
FILE = click.Path(path_type=Path, dir_okay=False)


@click.group(cls=Commands)
def study() -> None:
    """Compare spaces of networks: draw, train briefly, compare the errors.

    \b
    Six networks of a space, and what they cost:
      gluon-nets study sample --space AnyNetX_E --n 6
    A study of your own, from a file to start with, over a lunch break:
      gluon-nets study new AnyNetX_E > e.toml
      gluon-nets study run e.toml --out e.sqlite --time-budget 45m
    """


@study.command()
@click.option("--space", help=f"{_NAMES}, or a study's TOML file.", required=True)
@click.option("--scale", default="fashion", show_default=True, help="fashion or paper.")
@click.option("--n", "count", default=10, show_default=True, help="How many.")
@click.option("--seed", default=0, show_default=True)
@as_json
@quiet
def sample(space, scale, count, seed, as_json, quiet) -> None:
    """Draw networks of a space, within its bands, no two of them the same.

    The i-th is the same for the same seed, whatever --n is. With --json they are
    written as `gluon_nets.Arch.from_json` reads them.
    """
    from gluon_nets.study.sampling import sample as draw

    with tqdm(total=count, desc="draw", disable=quiet or None, leave=False) as bar:
        drawn = draw(_space(space, scale), count, seed, lambda n: bar.update(n - bar.n))
    archs, cost = [drawn.arch(row) for row in range(len(drawn))], vars(drawn.cost)
    if as_json:
        numbers = (
            {key: int(x[row]) for key, x in cost.items()} for row in range(count)
        )
        pairs = zip(archs, numbers)
        print_json([{"arch": json.loads(a.to_json()), **n} for a, n in pairs])
        return
    for arch, flops in zip(archs, cost["flops"]):
        click.echo(f"{arch}  {flops / 1e6:.2f} MMAC")
    click.echo(f"{len(drawn)} networks of {drawn.draws} draws", err=True)


def _space(name: str, scale: str):
    from gluon_nets.study.named import get_space
    from gluon_nets.study.reader import read_study

    if name.endswith(".toml"):
        return read_study(name).space
    return get_space(name, scale)


@study.command()
@click.argument("space")
def new(space: str) -> None:
    """Print a study of SPACE as a TOML file, to be changed.

    SPACE is one of AnyNetX_A … AnyNetX_E, RegNetX and RegNetY.
    """
    from gluon_nets.study.reader import template

    click.echo(template(space), nl=False)


def _seconds(ctx, param, text: str | None) -> float | None:
    """'90s', '30m', '2h' as seconds."""
    if text is None:
        return None
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh])", text.strip())
    if not found:
        raise click.BadParameter(f"{text!r}: a number and s, m or h fits, as 30m")
    return float(found.group(1)) * {"s": 1, "m": 60, "h": 3600}[found.group(2)]


def _resources(ctx, param, texts: tuple[str, ...]) -> dict[str, float]:
    try:
        pairs = (text.split("=") for text in texts)
        found = {name: float(number) for name, number in pairs}
        if all(0 < number < math.inf for number in found.values()):
            return found
        raise ValueError
    except ValueError:
        raise click.BadParameter(f"{texts}: NAME=NUMBER fits, as GPU=1") from None


@study.command()
@click.argument("file", type=FILE)
@click.option("--out", type=FILE, required=True, help="SQLite file of the results.")
@click.option("--workers", type=int, help="Processes.  [default: one for each core]")
@click.option("--scheduler", help="A dask scheduler instead: tcp://HOST:8786.")
@click.option(
    "--resource",
    "resources",
    multiple=True,
    callback=_resources,
    help="What a design takes of a dask worker's resources, as GPU=1.",
)
@click.option("--device", default="auto", show_default=True, help="See `train`.")
@click.option(
    "--time-budget",
    "budget",
    callback=_seconds,
    help="Begin no design that would not be done in time: 90s, 30m, 2h.",
)
@as_json
@quiet
def run(file, out, workers, scheduler, resources, device, budget, as_json, quiet):
    """Train the networks of the study FILE, as many as it says.

    A run that was stopped, killed or out of time goes on with the same command: at most
    the designs in flight are trained anew. Ctrl-C ends it when these are done, a second
    Ctrl-C at once. Designs whose worker died three times are recorded as failed; the
    next run tries them again.

    \b
    More than one machine, with a cluster of dask's (pip install 'gluon-nets[dist]'):
      dask scheduler
      dask worker tcp://HOST:8786 --nworkers 8 --nthreads 1     # on each machine
      gluon-nets study run e.toml --out e.sqlite --scheduler tcp://HOST:8786
    """
    from gluon_nets.study.images import load_data
    from gluon_nets.study.pools import Cluster, LocalPool
    from gluon_nets.study.reader import read_study
    from gluon_nets.study.running import fill, run_study
    from gluon_nets.study.store import Store

    if scheduler and workers is not None:
        raise click.UsageError("--workers and --scheduler exclude each other")
    if resources and not scheduler:
        raise click.UsageError("--resource belongs to --scheduler")
    begin, what = time.monotonic(), read_study(file)
    what.check_images()
    pool = Cluster(scheduler, resources) if scheduler else LocalPool(workers)
    if not scheduler:  # better said at once than by each worker
        load_data(what.training, what.space.frame.image_size)
    with Store(out, what, file.read_text("utf-8")) as store, store.held():
        with tqdm(total=what.designs, desc="draw", disable=quiet or None) as bar:
            fill(store, what, lambda n: bar.update(n - bar.n))
        with pool, _Bar(store, what.repeats, quiet) as bar:
            if budget is not None:  # what drawing and connecting took is gone
                budget -= time.monotonic() - begin
            end = run_study(
                store, what, pool, device=device, budget=budget, told=bar.told
            )
        _report(store, end, as_json)


class _Bar:
    """A bar over designs and repeats, with the best error and what failed."""

    def __init__(self, store, repeats: int, quiet: bool):
        total = sum(store.counts().values()) + repeats
        self._best, self._bad = 1.0, 0
        self._bar = tqdm(
            total=total,
            initial=total - len(store.pending(repeats)),
            desc=store.name,
            unit="net",
            disable=quiet or None,
            smoothing=0,
        )

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *_) -> None:
        self._bar.close()

    def told(self, outcome) -> None:
        self._best = min(self._best, outcome.error)
        self._bad += outcome.status != "done"
        text = f"best error {self._best:.1%}"
        self._bar.set_postfix_str(f"{text}, {self._bad} failed" if self._bad else text)
        self._bar.update()


def _report(store, end: str, as_json: bool) -> None:
    counts = store.counts()
    if as_json:
        print_json({"name": store.name, "end": end, **counts})
    else:
        numbers = ", ".join(f"{n} {status}" for status, n in counts.items() if n)
        click.echo(f"{store.name}: {end}: {numbers}; {store.path}")


def _rates(ctx, param, text: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise click.BadParameter(f"{text!r}: numbers with commas fit") from None


@study.command()
@click.argument("file", type=FILE)
@click.option("--lr", default="0.05,0.1,0.2,0.4", show_default=True, callback=_rates)
@click.option(
    "--weight-decay", default="1e-4,5e-4,2e-3", show_default=True, callback=_rates
)
@click.option("--number", default=0, show_default=True, help="Which of the networks.")
@click.option("--workers", type=int, help="Processes.  [default: one for each core]")
@as_json
@quiet
def tune(file, lr, weight_decay, number, workers, as_json, quiet) -> None:
    """Choose learning rate and weight decay of the study FILE by one of its networks.

    Once, for all spaces that are to be compared: by hand, with the least error's pair
    in the [training] of each file.
    """
    from gluon_nets.study.pools import LocalPool
    from gluon_nets.study.reader import read_study
    from gluon_nets.study.sampling import sample as draw
    from gluon_nets.study.tuning import tune as try_all

    what = read_study(file)
    arch = draw(what.space, number + 1, what.seed).arch(number)
    total = len(lr) * len(weight_decay)
    with LocalPool(workers) as pool, tqdm(total=total, disable=quiet or None) as bar:
        trials = try_all(
            what, arch, lr, weight_decay, pool, told=lambda trial: bar.update()
        )
    rows = [
        {
            "lr": trial.lr,
            "weight_decay": trial.weight_decay,
            "error": trial.outcome.error,
            "status": trial.outcome.status,
            "seconds": trial.outcome.seconds,
        }
        for trial in trials
    ]
    if as_json:
        print_json({"arch": json.loads(arch.to_json()), "trials": rows})
        return
    click.echo(f"{arch}")
    for row in rows:
        click.echo(
            f"lr {row['lr']:<6g} weight_decay {row['weight_decay']:<6g} "
            f"error {row['error']:.2%} {row['status']}, {row['seconds']:.0f} s"
        )
