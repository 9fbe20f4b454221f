"""The command line: ``gluon-nets``.

Results go to stdout, progress to stderr. Exit code 0: done; 1: it did not hold (a file
that cannot be used, a run that diverged or was stopped); 2: wrong usage.
"""

from __future__ import annotations

import dataclasses
import json
import os
import traceback
from pathlib import Path
from typing import Any, Dict, Optional

import click
from tabulate import tabulate

from gluon_nets import __version__
from gluon_nets.environment import EnvironmentProblem

DATA = {"sample": "sample", "fashion-mnist": None}  # name -> FashionMNIST's subset


class Commands(click.Group):
    """Commands whose errors are one line, without a traceback."""

    def invoke(self, ctx: click.Context):
        try:
            return super().invoke(ctx)
        except (ValueError, ArithmeticError, OSError, EnvironmentProblem) as error:
            _fail(ctx, error, getattr(error, "exit_code", 2))
        except RuntimeError as error:  # MXNetError: the first line, not the C++ stack
            if isinstance(error, (click.exceptions.Exit, click.Abort)):
                raise
            _fail(ctx, error, 1)
        except KeyboardInterrupt as error:
            _fail(ctx, error, 1)


def _fail(ctx: click.Context, error: BaseException, code: int) -> None:
    if os.environ.get("GLUON_NETS_TRACEBACK"):
        traceback.print_exc()
    lines = str(error).strip().splitlines() or ["stopped"]
    click.echo(f"gluon-nets: {lines[0]}", err=True)
    ctx.exit(code)


def _print_json(value: Any) -> None:
    click.echo(json.dumps(value, indent=2))


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
CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(cls=Commands, context_settings=CONTEXT)
@click.version_option(__version__, prog_name="gluon-nets")
def main() -> None:
    """Convolutional networks, and the designing of them, in MXNet Gluon.

    \b
    A first run (under two minutes on two cores):
      gluon-nets train regnetx32 --data sample --resize 32 --epochs 8
    What is wrong with this machine, if anything:
      gluon-nets doctor
    """


@main.command("list")
@click.argument("pattern", default="*")
@as_json
def list_command(pattern: str, as_json: bool) -> None:
    """Names of the networks that match PATTERN ('resnet*')."""
    from gluon_nets.nets import list_nets

    names = list_nets(pattern)
    if as_json:
        _print_json(names)
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


@main.command()
@click.argument("name")
@click.option("--input", "shape", default="1,1,96,96", callback=_shape, metavar="N,C,H,W")
@click.option("--classes", default=10, show_default=True, help="Number of classes.")
@click.option("--depth", default=1, show_default=True, help="Levels to unfold.")
@as_json
def summary(name: str, shape, classes: int, depth: int, as_json: bool) -> None:
    """Layers of the network NAME: shapes, parameters, multiply-adds."""
    import gluon_nets as gn

    net = gn.get_net(name, num_classes=classes)
    table = gn.summary(net, shape, depth=depth)
    if as_json:
        _print_json({"net": name, **table.as_dict()})
    else:
        click.echo(table)


def _numbers(ctx, param, text: Optional[str]):
    try:
        return tuple(float(number) for number in text.split(",")) if text else ()
    except ValueError:
        raise click.BadParameter(f"{text!r}: numbers with commas fit, as 5,8") from None


def _split(ctx, param, value: float):
    return int(value) if value >= 1 and value == int(value) else value


@main.command()
@click.argument("name")
@click.option("--data", type=click.Choice(list(DATA)), default="sample", show_default=True)
@click.option("--resize", default=32, show_default=True, help="Height and width.")
@click.option("--epochs", default=8, show_default=True, help="Passes over the images.")
@click.option("--batch-size", default=128, show_default=True)
@click.option("--lr", default=0.05, show_default=True, help="Learning rate.")
@click.option(
    "--schedule",
    type=click.Choice(["constant", "step", "cosine"]),
    default="constant",
    show_default=True,
)
@click.option("--warmup", default=0.0, help="Epochs of linear warm-up.")
@click.option("--milestones", callback=_numbers, help="For step: epochs, as 5,8.")
@click.option("--decay", default=0.1, show_default=True, help="For step: the factor.")
@click.option("--optimizer", type=click.Choice(["sgd", "adam"]), default="sgd")
@click.option("--momentum", default=0.0, show_default=True)
@click.option("--nesterov", is_flag=True, help="Nesterov's momentum.")
@click.option("--weight-decay", default=0.0, show_default=True, help="On weights only.")
@click.option("--clip-norm", type=float, help="Largest norm of the gradient.")
@click.option("--label-smoothing", default=0.0, show_default=True)
@click.option(
    "--validation",
    default=0.0,
    callback=_split,
    help="Training images to hold out: a number, or a fraction.",
)
@click.option("--patience", type=int, help="Stop after so many epochs without gain.")
@click.option(
    "--augment",
    multiple=True,
    type=click.Choice(["flip", "shift"]),
    help="May be given twice.",
)
@device
@click.option("--seed", default=0, show_default=True, help="Of network, data, dropout.")
@root
@click.option(
    "--out",
    type=click.Path(file_okay=False),
    help="Folder for checkpoints, history and curves.  [default: runs/NAME-DATA-NNN]",
)
@click.option("--resume", is_flag=True, help="Go on with the run in the folder.")
@as_json
@quiet
def train(name: str, as_json: bool, quiet: bool, **options) -> None:
    """Train the network NAME and evaluate it on the test images.

    The defaults are the book's plain SGD. A run that was stopped or killed goes on where
    it was with the same command and --resume.

    \b
    The book's recipe on the full set:
      gluon-nets train regnetx32 --data fashion-mnist --resize 96 --epochs 10
    A better one:
      gluon-nets train regnetx32 --data fashion-mnist --resize 96 --epochs 10 \\
        --lr 0.1 --momentum 0.9 --schedule cosine --warmup 1 --weight-decay 5e-4
    """
    import gluon_nets as gn

    net = gn.get_net(name, seed=options["seed"])
    data = gn.FashionMNIST(
        options["batch_size"],
        options["resize"],
        subset=DATA[options["data"]],
        root=options["root"],
        validation=options["validation"],
        seed=options["seed"],
        augment=options["augment"],
    )
    out = Path(options["out"] or _run_folder(name, options["data"], options["resume"]))
    trainer = gn.Trainer(
        options["epochs"],
        device=options["device"],
        out=out,
        resume=options["resume"],
        progress=not quiet,
        warmup_epochs=options["warmup"],
        **{key: options[key] for key in _RECIPE},
    )
    history = trainer.fit(net, data)
    _report(history, out, as_json)


# options of `train` that are fields of the recipe by the same name
_RECIPE = (
    "lr",
    "schedule",
    "milestones",
    "decay",
    "optimizer",
    "momentum",
    "nesterov",
    "weight_decay",
    "clip_norm",
    "label_smoothing",
    "patience",
    "seed",
)


def _run_folder(name: str, data: str, resume: bool) -> Path:
    """A new folder below runs/, or the newest one of this network and data."""
    stem = f"{name}-{data}-"
    taken = [path.name[len(stem) :] for path in Path("runs").glob(f"{stem}*")]
    last = max((int(number) for number in taken if number.isdigit()), default=0)
    return Path("runs") / f"{stem}{last if resume and last else last + 1:03d}"


def _report(history, out: Path, as_json: bool) -> None:
    """What a finished run says on stdout."""
    images = sum(e.seconds * e.images_per_second for e in history.epochs)
    result: Dict[str, Any] = {
        "net": history.about["net_name"],
        "test_accuracy": history.test["accuracy"],
        "test_loss": history.test["loss"],
        "epochs": len(history),
        "seconds": history.seconds,
        "images_per_second": images / history.seconds,
        "params": history.about["params"],
        "device": ",".join(history.about["devices"]),
        "stopped": history.stopped,
        "checkpoint": str(out / "last.ckpt"),
        "history": str(out / "history.json"),
        "curves": str(out / "curves.png"),
    }
    if as_json:
        _print_json(result)
        return
    click.echo(f"test accuracy {result['test_accuracy']:.2%}")
    for key in ("checkpoint", "history", "curves"):
        click.echo(f"{key:<10} {result[key]}")


@main.command()
@click.argument("checkpoint", type=click.Path(exists=True))
@click.option("--data", type=click.Choice(list(DATA)), help="[default: the run's own]")
@click.option("--split", default="test", help="train, validation or test.")
@click.option("--batch-size", type=int, help="[default: the run's own]")
@device
@root
@as_json
@quiet
def evaluate(checkpoint, data, split, batch_size, device, root, as_json, quiet) -> None:
    """Loss and accuracy of a CHECKPOINT (a file, or a run's folder)."""
    import gluon_nets as gn

    loaded = gn.load_checkpoint(checkpoint)
    options = {k: v for k, v in loaded.meta["data"].items() if k != "name"}
    options["batch_size"] = batch_size or options["batch_size"]
    if data is not None:
        options["subset"] = DATA[data]
    found = gn.evaluate(
        loaded.net,
        gn.FashionMNIST(root=root, **options),
        split,
        device,
        progress=not quiet,
    )
    if as_json:
        _print_json({"checkpoint": checkpoint, "split": split, **vars(found)})
    else:
        click.echo(
            f"{split} accuracy {found.accuracy:.2%}, loss {found.loss:.4f} on "
            f"{found.images:,} images in {found.seconds:.1f} s"
        )


@main.group()
def data() -> None:
    """Where the images are, and how to get them."""


@data.command()
@as_json
def status(as_json: bool) -> None:
    """The places where the full Fashion-MNIST is looked for."""
    from gluon_nets.data import status as places

    found = [{**dataclasses.asdict(p), "path": str(p.path or "")} for p in places()]
    if as_json:
        _print_json(found)
    else:
        click.echo(tabulate(found, headers="keys", tablefmt="plain"))


@data.command()
@quiet
def fetch(quiet: bool) -> None:
    """Download the full Fashion-MNIST (30 MB) into the user's cache; resumable."""
    from gluon_nets.data import fetch as download

    click.echo(download(progress=not quiet))


@main.command()
@as_json
@click.pass_context
def doctor(ctx: click.Context, as_json: bool) -> None:
    """Versions, threads, devices, data, and each problem with its mend."""
    from gluon_nets.environment import doctor as examine

    report = examine()
    if as_json:
        _print_json(report.as_dict())
    else:
        click.echo(report.text())
    ctx.exit(0 if report.ok else 1)
