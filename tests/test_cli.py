"""The command line: results on stdout, one line for an error, exit codes 0, 1 and 2."""

from __future__ import annotations

import gluon_nets as gn  # isort: skip  before MXNet: it sets the number of threads
import json
import os
import subprocess
import sys
import types
from pathlib import Path

import click
import mxnet as mx
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from mxnet.gluon import nn

from gluon_nets.cli import main
from gluon_nets.environment.problems import Problem
from gluon_nets.environment.report import Report
from gluon_nets.table import Row
from gluon_nets.tally import Tally
from gluon_nets.train.checkpoint import pack

ROOT = Path(__file__).parents[1]
FAST = ("--resize", "8", "--batch-size", "200", "--epochs", "1", "--device", "cpu")


@pytest.fixture
def run(capfd):
    """Run a command; its exit code, and what is on stdout and stderr."""

    def run(*arguments):
        with pytest.raises(SystemExit) as done:
            main([str(argument) for argument in arguments], prog_name="gluon-nets")
        out, err = capfd.readouterr()
        assert "Traceback" not in out + err
        return types.SimpleNamespace(code=done.value.code or 0, out=out, err=err)

    return run


@pytest.fixture
def no_figures(monkeypatch):
    monkeypatch.setattr(gn.History, "plot", lambda self, path=None: None)


def started(*arguments, cwd=None) -> subprocess.CompletedProcess:
    """Run a command as a program of its own."""
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return subprocess.run(
        [sys.executable, "-m", "gluon_nets", *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=300,
    )


def refused(done, code: int, *words: str) -> None:
    """One line on stderr with these words, nothing on stdout."""
    assert (done.code, done.out) == (code, ""), done.err
    lines = done.err.splitlines()
    assert len(lines) == 1, done.err
    assert lines[0].startswith("gluon-nets: ")
    for word in words:
        assert word in lines[0]


# ---- help


def commands(group=main, path=()) -> list:
    """The path of every command and group."""
    found = [path]
    for name, command in group.commands.items():
        inner = isinstance(command, click.Group)
        found += commands(command, (*path, name)) if inner else [(*path, name)]
    return found


@pytest.mark.parametrize("option", ["--help", "-h"])
@pytest.mark.parametrize("path", commands(), ids=" ".join)
def test_help(run, path, option):
    done = run(*path, option)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"Usage: gluon-nets {' '.join(path)}".strip())
    assert len(done.out.splitlines()[2].strip()) > 20, "what it does is not said"


def test_every_command_is_there():
    wanted = "list summary train evaluate export predict study benchmark data doctor"
    assert set(wanted.split()) == set(main.commands)
    assert set(main.commands["data"].commands) == {"fetch", "status"}
    wanted = "sample new run tune status merge export compare report assumptions"
    assert set(wanted.split()) == set(main.commands["study"].commands)


def test_version(run):
    assert run("--version").out.strip().endswith(gn.__version__)


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("list", "--nonsense"),
        ("train",),
        ("train", "regnetx32", "--schedule", "linear"),
        ("train", "regnetx32", "--data", "mnist"),
        ("train", "regnetx32", "--epochs", "x"),
        ("train", "regnetx32", "--milestones", "5;8"),
        ("summary", "regnetx32", "--input", "1,1,96"),
        ("evaluate", "/no/such/file"),
        ("data", "nonsense"),
    ],
    ids=" ".join,
)
def test_wrong_usage(run, arguments):
    done = run(*arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines()[-1].startswith("Error: ")
    assert arguments[-1] in done.err


# ---- list, summary


@pytest.mark.parametrize("pattern", ["*", "vgg*", "resnet18", "*x*"])
def test_list(run, pattern):
    done = run("list", pattern)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == gn.list_nets(pattern) != []
    assert json.loads(run("list", pattern, "--json").out) == gn.list_nets(pattern)


def test_list_without_a_pattern_is_all_of_them(run):
    assert run("list").out.splitlines() == gn.list_nets()


def test_the_long_list_has_numbers_and_sources(run):
    done = run("list", "resnet5*", "--long")
    assert (done.code, done.err) == (0, "")
    for line in ("25,557,032", "4,089,185,256", "11,315,688", "He et al. 2016a"):
        assert line in done.out
    rows = json.loads(run("list", "resnet5*", "--long", "--json").out)
    assert [row["name"] for row in rows] == gn.list_nets("resnet5*")
    assert {"params", "flops", "acts", "source", "image_size"} <= set(rows[0])


def test_list_without_a_match(run):
    """With --json too: a script is told by the exit code, as the help says."""
    for options in ((), ("--json",), ("--long",), ("--long", "--json")):
        refused(run("list", "alex", *options), 2, "'alex'", "gluon-nets list")
    assert "exit code is 2" in " ".join(run("list", "--help").out.split())


def test_summary(run):
    done = run("summary", "regnetx32", "--input", "1,1,96,96")
    assert (done.code, done.err) == (0, "")
    net = gn.get_net("regnetx32")
    assert done.out == f"{gn.summary(net, (1, 1, 96, 96))}\n"
    total = done.out.splitlines()[-1].split()
    assert total[0] == "total" and "177,322" in total


def test_what_is_an_activation_is_said_everywhere(run):
    """Padded max poolings count, as in the paper's code."""
    told = run("summary", "--help").out
    for text in (told, gn.Complexity.__doc__, Tally.__doc__, Row.__doc__):
        words = " ".join(text.split())
        assert "poolings with padding" in words or "padded max poolings" in words


def test_summary_with_times(run):
    done = run("summary", "mlp", "--input", "4,1,8,8", "--time")
    assert done.code == 0
    *_, forward, training = done.out.splitlines()
    assert forward.startswith("forward: ") and training.startswith("training: ")
    assert forward.endswith(" s for a batch of 4")
    options = ("--input", "4,1,8,8", "--time", "--json")
    table = json.loads(run("summary", "mlp", *options).out)
    assert 0 < table["forward_seconds"] < table["training_seconds"]
    assert table["batch"] == 4


def test_benchmark(run):
    options = ("--input", "2,1,8,8", "--json")
    found = json.loads(run("benchmark", "mlp", "mlp_r*", *options).out)
    assert [row["net"] for row in found["nets"]] == ["mlp", "mlp_residual"]
    for row in found["nets"]:
        assert 0 < row["forward_seconds"] and 0 < row["training_seconds"]
        assert row["batch"] == 2
        cost = gn.complexity(row["net"], 8, 1, 10)
        for name in ("params", "flops", "acts"):
            assert row[name] == getattr(cost, name)
    head, _, line = run("benchmark", "mlp", "--input", "2,1,8,8").out.splitlines()
    columns = "net params flops acts forward_seconds training_seconds batch"
    assert head.split() == columns.split()
    assert line.split()[0] == "mlp" and line.split()[-1] == "2"


@pytest.fixture
def timed(monkeypatch):
    """The networks that a command times: here none may be."""
    found = []
    monkeypatch.setattr("gluon_nets.timing.time_net", lambda *_, **__: found.append(1))
    return found


def test_benchmark_names_each_pattern_without_a_match(run, timed):
    wrong = ("resnte50", "lenet*")
    done = run("benchmark", "mlp", wrong[0], "resnet18", wrong[1])
    refused(done, 2, "'resnte50'", "the nearest is resnet50", "'lenet*'")
    assert "mlp" not in done.err and not timed


@pytest.mark.parametrize(
    "options, words",
    [
        (("--input", "2,1,8,8"), ["vgg11: ", "1×1", "larger image"]),
        (("--classes", "0"), ["num_classes is 0"]),
    ],
)
def test_benchmark_checks_every_network_before_it_times_one(run, timed, options, words):
    refused(run("benchmark", "mlp", "vgg11", *options), 2, *words)
    assert not timed


@pytest.mark.parametrize("depth, classes", [(1, 10), (2, 10), (1, 1000)])
def test_summary_as_json(run, depth, classes):
    options = ("--json", "--depth", depth, "--classes", classes)
    table = json.loads(run("summary", "regnetx32", *options).out)
    assert table["net"] == "regnetx32"
    assert table["input"] == [1, 1, 96, 96]
    assert table["params"] == 177322 + (80 + 1) * (classes - 10)
    for name in ("params", "flops", "acts"):
        assert table[name] == sum(row[name] for row in table["rows"])
    assert table["rows"][-1]["output"] == [1, classes]
    assert (len(table["rows"]) > 6) == (depth > 1)


@pytest.mark.parametrize(
    "arguments, words",
    [
        (("regnetx33",), ["'regnetx33'", "the nearest is", "regnetx32"]),
        (("ResNet-18",), ["'ResNet-18'", "resnet18"]),
        (("x",), ["'x'", "list_nets() lists them"]),
        (("resnet18", "--input", "1,1,8,8"), ["8×8", "resnet18", "smallest"]),
        (("resnet18", "--classes", "0"), ["num_classes is 0"]),
        (("mlp", "--depth", "-5"), ["depth is -5", "0 or more"]),
    ],
)
def test_summary_of_what_is_not(run, arguments, words):
    refused(run("summary", *arguments), 2, *words)


def joined(numbers) -> str:
    return ",".join(map(str, numbers))


counts = st.lists(st.integers(1, 99), max_size=7).filter(lambda n: len(n) != 4)
not_positive = st.permutations([1, 1, 8]).flatmap(
    lambda rest: st.integers(-9, 0).map(lambda n: [*rest, n])
)
words = st.text("abcxyz., ;", max_size=9)


@given(counts.map(joined) | not_positive.map(joined) | words)
@settings(max_examples=50)
def test_what_is_no_shape(text):
    done = CliRunner().invoke(main, ["summary", "regnetx32", "--input", text])
    assert done.exit_code == 2
    assert "N,C,H,W" in done.output


@pytest.mark.parametrize("command", ["summary", "benchmark"])
@pytest.mark.parametrize(
    "text",
    ["99999999999999999999,1,96,96", "1,1,65536,65536", "2147483648,1,1,1"],
)
def test_a_shape_that_no_array_has(run, command, text):
    done = run(command, "mlp", "--input", text)
    assert (done.code, done.out) == (2, "")
    line = done.err.splitlines()[-1]
    assert line.startswith("Error: ") and text in line and "2,147,483,647" in line


def test_summary_of_the_largest_image(run):
    done = run("summary", "regnetx32", "--input", "1,1,46340,46340")
    assert (done.code, done.err) == (0, "")


# ---- train


@pytest.mark.parametrize(
    "options, words",
    [
        ("--lr 0", ["lr is 0.0", "above 0"]),
        ("--lr nan", ["lr is nan"]),
        ("--epochs 0", ["max_epochs is 0"]),
        ("--batch-size 0", ["batch_size", "not 0"]),
        ("--batch-size 6001", ["batch_size 6001", "6000"]),
        ("--resize 7", ["resize", "8 to 512", "not 7"]),
        ("--validation 1.5", ["validation"]),
        ("--validation 6000", ["validation"]),
        ("--validation -1", ["validation"]),
        ("--momentum 1", ["momentum is 1.0"]),
        ("--optimizer adam --momentum 0.9", ["momentum", "adam"]),
        ("--nesterov", ["nesterov", "momentum"]),
        ("--schedule step", ["milestones"]),
        ("--schedule step --milestones 8,5", ["milestones", "rising"]),
        ("--schedule step --milestones 5 --decay 2", ["decay is 2.0"]),
        ("--warmup 8", ["warmup_epochs is 8"]),
        ("--weight-decay -1", ["weight_decay is -1.0"]),
        ("--clip-norm 0", ["clip_norm is 0.0"]),
        ("--label-smoothing 1", ["label_smoothing is 1.0"]),
        ("--patience 0", ["patience is 0"]),
        ("--patience 1", ["patience", "validation"]),
        ("--seed -1", ["seed"]),
        ("--device tpu", ["'tpu'", "gpu"]),
        ("--device gpu:9", ["gpu:9"]),
        ("--device cpu:0,1 --batch-size 15", ["15", "2 devices"]),
        ("--root /tmp", ["root"]),
    ],
)
def test_bad_values_are_one_line_and_leave_no_folder(
    run, tmp_path, monkeypatch, options, words
):
    monkeypatch.chdir(tmp_path)
    refused(run("train", "regnetx32", *options.split()), 2, *words)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    "name, options, words",
    [
        ("regnet32", [], ["'regnet32'", "regnetx32"]),
        ("resnet18", ["--resize", "8"], ["8×8", "resnet18", "smallest"]),
    ],
)
def test_networks_that_do_not_fit(run, tmp_path, monkeypatch, name, options, words):
    monkeypatch.chdir(tmp_path)
    refused(run("train", name, *options), 2, *words)
    assert os.listdir(tmp_path) == []


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A real run: its folder, and the finished program."""
    folder = tmp_path_factory.mktemp("cli") / "deep" / "run"
    done = started("train", "regnetx32", *FAST, "--json", "--out", folder)
    assert done.returncode == 0, done.stderr
    return folder, done


def test_json_is_all_that_is_on_stdout(trained):
    folder, done = trained
    result = json.loads(done.stdout)
    assert result["params"] == 177322
    assert result["epochs"] == 1
    assert result["device"] == "cpu(0)"
    assert 0.05 < result["test_accuracy"] <= 1
    assert 0 < result["test_loss"] < 10
    assert result["images_per_second"] == pytest.approx(6000 / result["seconds"])
    for name in ("checkpoint", "history", "curves"):
        assert Path(result[name]).is_file()
        assert Path(result[name]).parent == folder


def test_progress_is_on_stderr(trained):
    lines = trained[1].stderr.splitlines()
    assert [line.split()[0] for line in lines] == ["epoch", "regnetx32:"]


def test_the_files_of_a_run(trained):
    folder, done = trained
    names = sorted(os.listdir(folder))
    assert names == ["curves.png", "history.json", "last.ckpt", "previous.ckpt"]
    assert (folder / "curves.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    history = gn.History.from_json(folder / "history.json")
    result = json.loads(done.stdout)
    assert history.test["accuracy"] == result["test_accuracy"]
    assert history.seconds == result["seconds"]


def contents(folder) -> dict:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_folder_with_a_run_is_refused(run, trained):
    folder, before = trained[0], contents(trained[0])
    done = run("train", "regnetx32", *FAST, "--out", folder)
    refused(done, 1, str(folder), "--resume")
    assert contents(folder) == before


@pytest.mark.parametrize(
    "other, words", [("--lr 0.3", "lr=0.05, not 0.3"), ("--seed 1", "seed=0, not 1")]
)
def test_other_options_are_not_resumed(run, trained, other, words):
    arguments = [*FAST, *other.split(), "--out", trained[0], "--resume"]
    refused(run("train", "regnetx32", *arguments), 1, "last.ckpt", words)


def test_a_finished_run_says_the_same_again(run, trained):
    folder, first = trained
    before = contents(folder)
    done = run("train", "regnetx32", *FAST, "--json", "--out", folder, "--resume")
    assert (done.code, json.loads(done.out)) == (0, json.loads(first.stdout))
    assert contents(folder) == before


@pytest.mark.usefixtures("no_figures")
def test_quiet(run, tmp_path):
    options = (*FAST, "--validation", "5800", "--quiet", "--out", tmp_path / "run")
    done = run("train", "regnetx32", *options)
    assert (done.code, done.err) == (0, "")
    accuracy, *files = done.out.splitlines()
    assert accuracy.startswith("test accuracy ")
    assert [line.split()[0] for line in files] == ["checkpoint", "history", "curves"]
    assert files[0].split()[1] == str(tmp_path / "run" / "last.ckpt")


@pytest.mark.usefixtures("no_figures")
def test_a_run_that_diverges(run, tmp_path):
    done = run("train", "regnetx32", *FAST, "--lr", "1e30", "-q", "--out", tmp_path)
    refused(done, 1, "not finite in epoch 1", "lower lr")


@pytest.mark.usefixtures("no_figures")
def test_runs_are_numbered_and_the_newest_is_resumed(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    options = ("regnetx32", *FAST, "--validation", "5800", "-q", "--json")

    def number(*more) -> str:
        folder = Path(json.loads(run("train", *options, *more).out)["history"]).parent
        assert (folder / "last.ckpt").exists()
        return str(folder)

    assert number() == "runs/regnetx32-sample-001"
    assert number() == "runs/regnetx32-sample-002"
    for name in ("regnetx32-sample-old", "vgg11-sample-005", "regnetx32-sample"):
        (tmp_path / "runs" / name).mkdir()
    before = contents(tmp_path / "runs" / "regnetx32-sample-002")
    assert number("--resume") == "runs/regnetx32-sample-002"
    assert contents(tmp_path / "runs" / "regnetx32-sample-002") == before
    (tmp_path / "runs" / "regnetx32-sample-010").mkdir()
    assert number() == "runs/regnetx32-sample-011"


@pytest.mark.usefixtures("no_figures")
def test_resume_where_there_is_nothing_says_so(run, tmp_path):
    options = (*FAST, "--validation", "5800", "--out", tmp_path / "new", "--resume")
    done = run("train", "regnetx32", *options)
    assert done.code == 0
    assert done.err.splitlines()[0].startswith(f"{tmp_path / 'new'} holds nothing to")


# ---- evaluate


@pytest.mark.parametrize("options", [(), ("--batch-size", "77")])
@pytest.mark.parametrize("name", ["", "last.ckpt"])
def test_evaluate_says_what_training_said(run, trained, name, options):
    folder, first = trained
    done = run("evaluate", folder / name, "--json", *options)
    assert (done.code, done.err) == (0, "")
    found, wanted = json.loads(done.out), json.loads(first.stdout)
    assert found["accuracy"] == wanted["test_accuracy"]
    assert found["loss"] == pytest.approx(wanted["test_loss"], rel=1e-5)
    assert (found["images"], found["split"]) == (1000, "test")


def test_evaluate_images_that_the_run_may_have_been_trained_on(run, trained):
    options = ("--data", "fashion-mnist", "--split", "validation")
    refused(run("evaluate", trained[0], *options), 2, "'validation'", "'test' fits")


def test_evaluate_in_larger_batches_than_training_has_images(run, trained):
    done = run("evaluate", trained[0], "--batch-size", "7000", "--json")
    assert json.loads(done.out)["images"] == 1000


def test_evaluate_in_words(run, trained):
    done = run("evaluate", trained[0], "--split", "train", "--quiet")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("train accuracy ")
    assert "on 6,000 images" in done.out


@pytest.mark.parametrize("split", ["validation", "nonsense"])
def test_evaluate_on_a_part_that_is_not_there(run, trained, split):
    refused(run("evaluate", trained[0], "--split", split), 2, repr(split))


@pytest.mark.parametrize("size", [-1, 0])
def test_evaluate_in_batches_of_nothing(run, trained, size):
    refused(run("evaluate", trained[0], "--batch-size", size), 2, "batch_size")


OWN = {"net": None, "net_name": "Mine"}


@pytest.mark.parametrize(
    "content, words",
    [
        (b"", ["cut off"]),
        (b"\x89PNG\r\n\x1a\n" * 9, ["no checkpoint of this package"]),
        (pack({}, {})[:-1], ["cut off"]),
        (pack({}, {})[:-1] + b"x", ["altered"]),
        (pack(OWN, {}), ["network of your own", "Mine"]),
    ],
    ids=["empty", "png", "cut off", "altered", "own"],
)
def test_evaluate_a_file_that_cannot_be_used(run, tmp_path, content, words):
    path = tmp_path / "some.ckpt"
    path.write_bytes(content)
    refused(run("evaluate", path), 1, str(path), *words)


def test_evaluate_a_folder_without_a_checkpoint(run, tmp_path):
    refused(run("evaluate", tmp_path), 1, str(tmp_path), "no checkpoint")


def test_evaluate_a_truncated_checkpoint(run, trained, tmp_path):
    whole = (trained[0] / "last.ckpt").read_bytes()
    (tmp_path / "last.ckpt").write_bytes(whole[: len(whole) // 2])
    refused(run("evaluate", tmp_path), 1, "last.ckpt", "cut off")


# ---- data, doctor


def test_data_status(run, monkeypatch, tmp_path):
    monkeypatch.setenv("GLUON_NETS_DATA", str(tmp_path))
    done = run("data", "status")
    assert (done.code, done.err) == (0, "")
    assert str(tmp_path) in done.out
    places = json.loads(run("data", "status", "--json").out)
    assert places[0]["path"] == str(tmp_path)
    assert places[-1]["label"] == "embedded sample"
    assert (places[0]["state"], places[-1]["state"]) == ("absent", "complete")


def test_data_fetch_prints_the_folder(run, monkeypatch):
    asked = []
    monkeypatch.setattr("gluon_nets.data.fetch", lambda **how: asked.append(how) or "F")
    assert run("data", "fetch", "-q").out == "F\n"
    run("data", "fetch")
    assert asked == [{"progress": False}, {"progress": True}]


def test_the_full_set_from_a_folder_without_it(run, tmp_path):
    done = run("train", "regnetx32", "--data", "fashion-mnist", "--root", tmp_path)
    refused(done, 1, str(tmp_path), "train-images-idx3-ubyte")


ROWS = (("Python", "3.11"), ("MXNet", "none"))


@pytest.mark.parametrize("problems", [(), (Problem("no MXNet", "pip install it"),)])
def test_doctor(run, monkeypatch, problems):
    report = Report(ROWS, problems)
    monkeypatch.setattr("gluon_nets.environment.doctor", lambda: report)
    done = run("doctor")
    assert (done.code, done.err) == (len(problems), "")
    assert done.out == report.text() + "\n"
    done = run("doctor", "--json")
    assert (done.code, json.loads(done.out)) == (len(problems), report.as_dict())


def test_doctor_of_this_machine(run):
    done = run("doctor", "--json")
    report = json.loads(done.out)
    assert done.code == (0 if report["ok"] else 1)
    assert report["found"]["MXNet"].startswith(mx.__version__)


# ---- errors


@pytest.mark.parametrize(
    "error, code, line",
    [
        (RuntimeError("first line\nStack trace:\n  0"), 1, "first line"),
        (OSError(28, "No space left on device"), 1, "No space left on device"),
        (mx.MXNetError("\n  out of memory\nStack"), 1, "out of memory"),
        (KeyboardInterrupt(), 1, "stopped"),
        (ValueError("a bad value"), 2, "a bad value"),
    ],
)
def test_errors_are_one_line(run, monkeypatch, error, code, line):
    def fail(*_):
        raise error

    monkeypatch.setattr("gluon_nets.specs.list_nets", fail)
    refused(run("list"), code, line)


def test_a_traceback_for_those_who_ask(monkeypatch, capfd):
    monkeypatch.setenv("GLUON_NETS_TRACEBACK", "1")
    with pytest.raises(SystemExit):
        main(["summary", "nonsense"])
    err = capfd.readouterr().err
    assert "Traceback" in err
    assert err.splitlines()[-1].startswith("gluon-nets: ")


def test_errors_of_the_program(tmp_path):
    done = started("evaluate", tmp_path, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"gluon-nets: {tmp_path} holds no checkpoint\n"


@pytest.mark.usefixtures("no_figures")
def test_a_checkpoint_of_ones_own_network(run, tmp_path):
    net = nn.HybridSequential()
    net.add(nn.Dense(10))
    net.initialize()
    data = gn.FashionMNIST(3000, 8, subset="sample")
    gn.Trainer(1, out=tmp_path, progress=False, device="cpu").fit(net, data)
    refused(run("evaluate", tmp_path), 1, "network of your own (HybridSequential)")
