"""Commands that hand networks on: export, predict."""

from __future__ import annotations

import os

import click

from gluon_nets.checks import check_count
from gluon_nets.cli.options import DATA, as_json, data_options, print_json, quiet, root

FORMATS = ("symbol", "onnx", "fused", "int8")
BATCH = 32  # images that `predict` holds at a time


@click.command()
@click.argument("checkpoint", type=click.Path(exists=True))
@click.option("--format", type=click.Choice(FORMATS), required=True)
@click.option("--out", type=click.Path(file_okay=False), required=True, help="Folder.")
@click.option("--data", type=click.Choice(list(DATA)), help="[default: the run's own]")
@click.option(
    "--calibration",
    default=512,
    show_default=True,
    help="For int8: number of training images to take ranges from.",
)
@click.option("--check/--no-check", default=True, help="Compare accuracies afterwards.")
@root
@as_json
@quiet
def export(
    checkpoint, format, out, data, calibration, check, root, as_json, quiet
) -> None:
    """Write a CHECKPOINT (a file, or a run's folder) in a format of use elsewhere.

    \b
    symbol  MXNet's graph and parameters: SymbolBlock.imports loads them
    onnx    for onnxruntime and others; batches of any size
    fused   for inference in MXNet on a CPU: convolution, BatchNorm and ReLU in one
    int8    the same with 8-bit convolutions (of the grouped ones those that a ReLU and
            a convolution follow). The file is no smaller: oneDNN takes float32
            parameters, and rounds them at the first run
    \b
      gluon-nets export runs/regnetx32-sample-001 --format onnx --out regnetx32-onnx
      gluon-nets predict regnetx32-onnx photo.png

    export.json beside them says how an image becomes an input. Accuracies on the test
    images are measured before and after, and noted there. An older export in the folder
    is replaced; a folder with any other file in it is left alone.
    """
    import gluon_nets as gn
    from gluon_nets.export import export_net, load_export
    from gluon_nets.export.accuracy import accuracy, training_images

    if quiet:  # or MXNet tells which of its backends quantizes
        os.environ.setdefault("MXNET_SUBGRAPH_VERBOSE", "0")
    loaded = gn.load_checkpoint(checkpoint)
    options = data_options(loaded, data)
    images, measured = None, {}
    if check or format == "int8":
        source = gn.FashionMNIST(root=root, **options)
    if format == "int8":
        images = training_images(source, calibration)
    if check:
        before = gn.evaluate(loaded.net, source, "test", "cpu", progress=not quiet)
        measured = {"data": source.name, "split": "test", "images": before.images}
        measured["before"] = before.accuracy
    manifest = export_net(
        loaded.net,
        out,
        format,
        input_shape=(1, options["resize"], options["resize"]),
        class_names=gn.FashionMNIST.class_names,
        calibration=images,
        accuracy=measured,
    )
    if check:
        after = accuracy(load_export(out), source, progress=not quiet)
        manifest = manifest.noted(out, after=after)
    _tell(out, manifest, as_json)


def _tell(out: str, manifest, as_json: bool) -> None:
    """Print what was exported."""
    measured = dict(manifest.accuracy)
    if as_json:
        result = {"export": str(out), "format": manifest.format}
        print_json({**result, "files": list(manifest.files), "accuracy": measured})
        return
    click.echo(f"{manifest.format} in {out}: {', '.join(manifest.files)}")
    for when in ("before", "after") if measured else ():
        on = f"{measured['images']:,} images of {measured['data']}"
        click.echo(f"test accuracy {when:<6} {measured[when]:.2%} ({on})")


@click.command()
@click.argument("export", type=click.Path(exists=True, file_okay=False))
@click.argument("images", nargs=-1, required=True, type=click.Path())
@click.option("--top", default=3, show_default=True, help="Classes to name.")
@click.option("--invert", is_flag=True, help="The image is dark on white.")
@as_json
def predict(export, images, top: int, invert: bool, as_json: bool) -> None:
    """Classify image files with an EXPORT of any format.

    The images become grey where the network reads one channel, and are resized to
    what it reads. Fashion-MNIST shows light clothes on black: --invert turns a
    photograph of dark clothes on white round.
    """
    from gluon_nets.export import load_export

    check_count("top", top)
    found = _classified(load_export(export), images, top, invert)
    if as_json:
        rows = [
            {
                "image": str(path),
                "classes": [{"name": n, "probability": p} for n, p in best],
            }
            for path, best in found
        ]
        print_json(rows)
        return
    for path, best in found:
        classes = ", ".join(f"{name} {share:.1%}" for name, share in best)
        click.echo(f"{path}: {classes}")


def _classified(network, paths, top: int, invert: bool) -> list[tuple]:
    """(path, classes) of image files, of which only a few are in memory at a time."""
    from gluon_nets.export import read_images

    found = []
    for start in range(0, len(paths), BATCH):
        some = paths[start : start + BATCH]
        inputs = read_images(some, network.manifest.input_shape, invert)
        found += zip(some, network.predict(inputs, top))
    return found
