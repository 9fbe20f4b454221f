"""Export and predict from the command line, from a run on real images to a class."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

import gluon_nets as gn
import gluon_nets.export
from gluon_nets.cli import exporting, main
from gluon_nets.export import FORMATS

SIZE = 16


def run(*arguments):
    """Output of a command that must succeed."""
    done = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """A small network that has learned something."""
    out = tmp_path_factory.mktemp("run")
    data = gn.FashionMNIST(100, SIZE, subset="sample")
    net = gn.get_net("resnet20", stem_width=16, in_channels=1)
    recipe = {"lr": 0.1, "momentum": 0.9, "schedule": "cosine"}
    gn.Trainer(2, out=out, device="cpu", progress=False, **recipe).fit(net, data)
    return out


@pytest.mark.parametrize(
    "format, loss", [("symbol", 0), ("fused", 0), ("onnx", 0), ("int8", 0.05)]
)
def test_from_a_checkpoint_to_the_class_of_a_picture(
    checkpoint, tmp_path, format, loss
):
    if format == "onnx":
        pytest.importorskip("onnxruntime", reason="the extra onnx is not installed")
    out = tmp_path / "exported"
    told = json.loads(
        run("export", checkpoint, "--format", format, "--out", out, "--json", "-q")
    )
    assert told["accuracy"]["data"] == "fashion-mnist-sample"
    assert told["accuracy"]["split"] == "test"
    assert told["accuracy"]["images"] == 1000
    before, after = told["accuracy"]["before"], told["accuracy"]["after"]
    assert before > 0.6, "the network has learned nothing"
    assert abs(after - before) <= loss
    test = gn.FashionMNIST(100, SIZE, subset="sample").test
    paths = [tmp_path / f"{index}.png" for index in range(20)]
    for path, image in zip(paths, test.images):
        Image.fromarray(image).save(path)
    rows = json.loads(run("predict", out, *paths, "--top", 1, "--json"))
    assert [row["image"] for row in rows] == [str(path) for path in paths]
    names = np.array(gn.FashionMNIST.class_names)
    right = [
        row["classes"][0]["name"] == name
        for row, name in zip(rows, names[test.labels[:20]])
    ]
    assert np.mean(right) > 0.4, "the classes are no better than chance"


def test_the_answer_for_people(checkpoint, tmp_path):
    out = tmp_path / "exported"
    text = run("export", checkpoint, "--format", "symbol", "--out", out, "--no-check")
    assert text == f"symbol in {out}: parameters.params, symbol.json\n"
    picture = tmp_path / "a.png"
    Image.fromarray(np.full((40, 30), 255, np.uint8)).save(picture)
    line = run("predict", out, picture, "--invert")
    assert line.startswith(f"{picture}: ")
    assert line.count("%") == 3


def test_accuracies_tell_what_they_were_measured_on(checkpoint, tmp_path):
    out = tmp_path / "exported"
    text = run("export", checkpoint, "--format", "fused", "--out", out)
    _, before, after = text.splitlines()
    assert before.startswith("test accuracy before ")
    assert after.endswith("% (1,000 images of fashion-mnist-sample)")
    told = json.loads((out / "export.json").read_text())["accuracy"]
    assert set(told) == {"before", "after", "data", "split", "images"}


def test_eight_bits_without_a_word_on_stderr(checkpoint, tmp_path):
    """In a process of its own: MXNet asks once whether it may speak."""
    command = [sys.executable, "-m", "gluon_nets", "export", str(checkpoint), "-q"]
    command += ["--format", "int8", "--out", str(tmp_path / "net"), "--no-check"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "Subgraph" not in done.stderr


def test_an_export_into_the_folder_that_one_is_in(checkpoint, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for format in ("symbol", "fused"):
        run("export", checkpoint, "--format", format, "--out", ".", "-q")
        told = json.loads((tmp_path / "export.json").read_text())
        assert told["format"] == format
        assert "after" in told["accuracy"]
    assert os.getcwd() == str(tmp_path)


def test_a_project_with_an_export_json_is_left_alone(checkpoint, tmp_path):
    (tmp_path / "export.json").write_text('{"mine": true}')
    (tmp_path / "main.js").write_text("mine")
    words = ["export", checkpoint, "--format", "symbol", "--out", tmp_path]
    done = CliRunner().invoke(main, [*map(str, words), "--no-check"])
    assert done.exit_code == 2
    assert "holds something else than an export" in done.output
    assert (tmp_path / "main.js").read_text() == "mine"


def test_many_pictures_are_read_a_few_at_a_time(checkpoint, tmp_path, monkeypatch):
    out, rng = tmp_path / "exported", np.random.default_rng(0)
    run("export", checkpoint, "--format", "symbol", "--out", out, "--no-check")
    paths = [tmp_path / f"{index}.png" for index in range(exporting.BATCH + 5)]
    for path in paths:
        pixels = rng.integers(256, size=(SIZE, SIZE)).astype(np.uint8)
        Image.fromarray(pixels).save(path)
    single = json.loads(run("predict", out, paths[-1], "--json"))
    sizes, read = [], gluon_nets.export.read_images

    def counted(some, *args):
        sizes.append(len(some))
        return read(some, *args)

    monkeypatch.setattr(gluon_nets.export, "read_images", counted)
    rows = json.loads(run("predict", out, *paths, "--json"))
    assert sizes == [exporting.BATCH, 5]
    assert [row["image"] for row in rows] == [str(path) for path in paths]
    assert rows[-1]["classes"][0]["name"] == single[0]["classes"][0]["name"]


def test_where_memory_runs_out_one_line_tells_what_needs_less(monkeypatch, tmp_path):
    def full(*args):
        raise MemoryError("Unable to allocate 3.64 TiB")

    monkeypatch.setattr(gluon_nets.export, "load_export", full)
    done = CliRunner().invoke(main, ["predict", str(tmp_path), "a.png"])
    assert done.exit_code == 1
    (line,) = done.output.splitlines()
    assert line.startswith("gluon-nets: out of memory (Unable to allocate 3.64 TiB): ")
    assert "--batch-size" in line


def test_the_command_offers_every_format():
    assert exporting.FORMATS == FORMATS


@pytest.mark.parametrize(
    "arguments, words",
    [
        (("predict", "{empty}", "a.png"), "holds no exported network"),
        (("predict", "{out}", "a.png"), "a.png cannot be read"),
        (("predict", "{out}", "{out}/export.json"), "is no image of a known format"),
        (("predict", "{out}", "a.png", "--top", "0"), "top is 0"),
        (
            ("export", "{run}", "--format", "int8", "--out", "{new}")
            + ("--calibration", "9999", "--no-check"),
            "calibration is 9999: 1 to 6000 images are there",
        ),
    ],
)
def test_what_does_not_fit(checkpoint, tmp_path, arguments, words, capfd):
    places = {
        "empty": tmp_path / "empty",
        "out": tmp_path / "out",
        "run": checkpoint,
        "new": tmp_path / "new",
    }
    places["empty"].mkdir()
    run(
        "export", checkpoint, "--format", "symbol", "--out", places["out"], "--no-check"
    )
    done = CliRunner().invoke(main, [word.format(**places) for word in arguments])
    assert done.exit_code != 0
    shown = done.output + str(done.exception) + capfd.readouterr().err
    assert words in shown
