"""Commands that run a network: train, evaluate."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from gluon_nets.cli.options import (
    DATA,
    as_json,
    data_options,
    device,
    print_json,
    quiet,
    root,
)


def _numbers(ctx, param, text: str | None):
    try:
        return tuple(float(number) for number in text.split(",")) if text else ()
    except ValueError:
        raise click.BadParameter(f"{text!r}: numbers with commas fit, as 5,8") from None


def _split(ctx, param, value: float):
    return int(value) if value >= 1 and value.is_integer() else value


@click.command()
@click.argument("name")
@click.option(
    "--data", type=click.Choice(list(DATA)), default="sample", show_default=True
)
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

    The defaults are the book's plain SGD. A run that was stopped or killed goes on
    where it was with the same command and --resume.

    \b
    The book's recipe on the full set:
      gluon-nets train regnetx32 --data fashion-mnist --resize 96 --epochs 10
    A better one:
      gluon-nets train regnetx32 --data fashion-mnist --resize 96 --epochs 10 \\
        --lr 0.1 --momentum 0.9 --schedule cosine --warmup 1 --weight-decay 5e-4 \\
        --augment flip
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
    result: dict[str, Any] = {
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
        print_json(result)
        return
    click.echo(f"test accuracy {result['test_accuracy']:.2%}")
    for key in ("checkpoint", "history", "curves"):
        click.echo(f"{key:<10} {result[key]}")


@click.command()
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
    _check_split(loaded, data, split)
    # no training batches are made: what would not fit them is no matter here
    options = {**data_options(loaded, data), "last": "pad"}
    if split == "test":
        options["validation"] = 0
    if batch_size is not None:
        options["batch_size"] = batch_size
    found = gn.evaluate(
        loaded.net,
        gn.FashionMNIST(root=root, **options),
        split,
        device,
        progress=not quiet,
    )
    if as_json:
        print_json({"checkpoint": checkpoint, "split": split, **vars(found)})
    else:
        click.echo(
            f"{split} accuracy {found.accuracy:.2%}, loss {found.loss:.4f} on "
            f"{found.images:,} images in {found.seconds:.1f} s"
        )


def _check_split(loaded, data: str | None, split: str) -> None:
    """Raise where images that the network was trained on would count as others."""
    own = loaded.meta["data"]["subset"]
    if split != "test" and data is not None and DATA[data] != own:
        raise ValueError(
            f"split {split!r} of {data}: the run was trained on other data, some of "
            "whose training images may be in it; 'test' fits"
        )
