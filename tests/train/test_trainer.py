"""The trainer: what it records, what it repeats, and every way a run can end."""

from __future__ import annotations

import json
import math
import os
import signal
import sys
import threading

import mxnet as mx
import numpy as np
import pytest
from mxnet.gluon import nn

import gluon_nets as gn
from gluon_nets.initialize import initialize
from gluon_nets.train import (
    CheckpointError,
    Diverged,
    History,
    Interrupted,
    load_checkpoint,
)
from gluon_nets.train.checkpoint import Store, read_checkpoint
from gluon_nets.train.run import Run

pytestmark = pytest.mark.usefixtures("no_figures")


def fit(net, data, epochs=2, **options) -> History:
    known = {"lr": 0.1, "device": "cpu", "progress": False}
    return gn.Trainer(epochs, **{**known, **options}).fit(net, data)


# ---- what is recorded


def test_history(anynet, few):
    net, data = anynet(), few()
    history = fit(net, data, 3, schedule="cosine", momentum=0.9)
    assert history.column("epoch") == [1, 2, 3]
    assert history.stopped == "finished"
    assert history.evaluated_on == "test"
    last = history.epochs[-1]
    found = gn.evaluate(net, data, progress=False)
    assert (last.eval_loss, last.eval_accuracy) == (found.loss, found.accuracy)
    assert history.test == {
        "loss": found.loss,
        "accuracy": found.accuracy,
        "images": 50,
    }
    for epoch in history.epochs:
        assert 0 < epoch.seconds < 60
        assert epoch.images_per_second == pytest.approx(96 / epoch.seconds)


def test_lr_is_that_of_the_last_update_of_the_epoch(plain, few):
    asked = []
    history = fit(plain(), few(), 3, schedule=lambda n: asked.append(n) or 0.01 * n)
    assert history.column("lr") == pytest.approx([0.06, 0.12, 0.18])
    assert min(asked) == 1, "updates are counted from 1"


def test_training_loss_is_the_mean_over_the_images_as_they_were_seen(plain, few):
    """With a rate of 0 nothing changes, and it is the loss on the training images."""
    net, data = plain(), few(images=96)
    history = fit(net, data, 1, schedule=lambda update: 0.0)
    found = gn.evaluate(net, data, "train", progress=False)
    assert history.epochs[0].loss == pytest.approx(found.loss, rel=1e-5)
    assert history.epochs[0].accuracy == pytest.approx(found.accuracy)


def test_about_says_what_it_was(anynet, few):
    net = anynet()
    about = fit(net, few(augment="flip"), 1, weight_decay=0.01).about
    assert about["net_name"] == "AnyNet"
    assert about["recipe"]["weight_decay"] == 0.01
    assert about["data"]["augment"] == ["flip"]
    assert about["devices"] == ["cpu(0)"]
    assert about["versions"]["mxnet"] == mx.__version__
    trained = [p for p in net.collect_params().values() if p.grad_req != "null"]
    assert about["params"] == sum(p.data().size for p in trained)


def test_validation_images_take_the_place_of_test_images(plain, few):
    net, data = plain(), few(validation=0.5)
    history = fit(net, data)
    assert history.evaluated_on == "validation"
    found = gn.evaluate(net, data, "validation", progress=False)
    assert history.epochs[-1].eval_loss == found.loss
    assert history.test["loss"] == gn.evaluate(net, data, progress=False).loss


def test_training_helps(anynet, few):
    history = fit(anynet(), few(images=512), 4, momentum=0.9)
    assert history.epochs[-1].loss < 0.8 * history.epochs[0].loss
    assert history.test["accuracy"] > 0.3


@pytest.mark.parametrize("last, images", [("drop", 96), ("pad", 112)])
def test_images_that_fill_no_batch(plain, few, last, images):
    epoch = fit(plain(), few(images=100, last=last), 1).epochs[0]
    assert epoch.images_per_second * epoch.seconds == pytest.approx(images)


# ---- what is repeated


@pytest.mark.parametrize("device", ["cpu", "cpu:0,1"])
@pytest.mark.parametrize("name", ["anynet", "dropout"])
def test_the_same_seeds_give_the_same_bits(request, few, bits, name, figures, device):
    """Whatever was drawn or trained in between, and however the networks were made."""
    build, seen = request.getfixturevalue(name), []
    for number in range(2):
        net = build()
        options = {"momentum": 0.9, "device": device, "seed": 5}
        history = fit(net, few(augment=("flip", "shift")), **options)
        seen.append((bits(net), figures(history)))
        mx.random.seed(number + 17)
        np.random.seed(number)
        mx.np.random.normal(size=5)
        build(seed=9)(mx.np.zeros((2, 1, 8, 8)))
    assert seen[0][0] == seen[1][0]
    assert seen[0][1] == seen[1][1]


@pytest.mark.parametrize("which", ["net", "data", "dropout"])
def test_another_seed_gives_another_result(dropout, few, bits, which):
    seen = []
    for seed in (0, 1):
        net = dropout(seed if which == "net" else 0)
        data = few(seed=seed if which == "data" else 0)
        fit(net, data, 1, seed=seed if which == "dropout" else 0)
        seen.append(bits(net))
    assert seen[0] != seen[1], f"the seed of {which} decides nothing"


def test_saving_changes_nothing(dropout, few, bits, figures, tmp_path):
    nets = [dropout(), dropout()]
    quiet = fit(nets[0], few(), momentum=0.9)
    saved = fit(nets[1], few(), momentum=0.9, out=tmp_path, checkpoint_minutes=0)
    assert bits(nets[0]) == bits(nets[1])
    assert figures(quiet) == figures(saved)


def test_in_another_thread(plain, few, bits):
    nets = [plain(), plain()]
    fit(nets[0], few())

    def work():
        mx.npx.set_np()  # MXNet keeps this for each thread
        fit(nets[1], few())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert bits(nets[0]) == bits(nets[1])


# ---- which networks


class Loose(nn.Block):
    """A network that cannot be hybridized, with Python in its forward."""

    def __init__(self):
        super().__init__()
        self.conv, self.head = nn.Conv2D(8, 3, 2), nn.Dense(10)

    def forward(self, x):
        y = self.conv(x)
        return self.head(y if float(y[0, 0, 0, 0]) > 1e9 else mx.npx.relu(y))


class Direct(nn.HybridSequential):
    """A HybridBlock with a `forward` of its own, which bypasses hybridization."""

    def forward(self, x):
        return super().forward(2 * x)


def direct():
    net = Direct()
    net.add(nn.Dense(10))
    return net


@pytest.mark.parametrize("build", [Loose, direct])
@pytest.mark.parametrize("device", ["cpu", "cpu:0,1"])
def test_a_network_that_is_not_hybrid(few, build, device, tmp_path):
    net = build()
    net.initialize()
    history = fit(net, few(images=256), 3, device=device, out=tmp_path)
    assert history.epochs[-1].loss < history.epochs[0].loss
    found = gn.evaluate(net, few(), progress=False)
    assert found.loss == pytest.approx(history.test["loss"], rel=1e-5)


def test_a_network_that_was_hybridized_by_hand(anynet, few, bits):
    nets = [anynet(), anynet()]
    nets[1].hybridize()
    for net in nets:
        fit(net, few())
    assert bits(nets[0]) == bits(nets[1])


def test_from_two_devices_back_to_one(anynet, few, two):
    net = anynet()
    first = fit(net, few(), device=two).test
    found = gn.evaluate(net, few(), device="cpu", progress=False)
    assert found.loss == pytest.approx(first["loss"], rel=1e-5)


# ---- early stopping


def patient(losses: list, patience: int, epochs: int) -> int:
    """The epoch after which to stop, by the words: so many without a lower loss."""
    for count in range(1, len(losses) + 1):
        best = min(range(count), key=lambda index: losses[index])
        if count - 1 - best >= patience:
            return count
    return epochs


@pytest.mark.parametrize("patience", [1, 2, 3])
def test_stops_after_so_many_epochs_without_a_lower_loss(plain, few, patience):
    data = few(validation=100)
    options = {"patience": patience, "schedule": lambda n: 0.05 if n <= 12 else 0.0}
    history = fit(plain(), data, 10, **options)
    assert history.stopped == "no improvement"
    assert len(history) == patient(history.column("eval_loss"), patience, 10)
    assert len(history) == 2 + patience, "with a rate of 0 from the third epoch on"


def test_goes_on_while_the_loss_falls(plain, few):
    history = fit(plain(), few(validation=100), 5, lr=0.01, patience=1)
    assert history.column("eval_loss") == sorted(history.column("eval_loss"))[::-1]
    assert (len(history), history.stopped) == (5, "finished")


def test_patience_needs_validation_images(plain, few):
    with pytest.raises(ValueError, match="patience needs a validation part"):
        fit(plain(), few(), patience=1)


# ---- not a number


def test_a_rate_that_is_too_high_stops_in_its_epoch(plain, few):
    with pytest.raises(Diverged, match="in epoch 1 .*lr 1e.30.* try a lower lr"):
        fit(plain(), few(), lr=1e30)


def breaks_at(update: int):
    """A schedule that is good before an update, and far too high from it on."""
    return lambda n: 0.05 if n < update else 1e30


@pytest.mark.parametrize("rate", [-1.0, math.nan, math.inf])
def test_a_schedule_that_gives_no_rate(plain, few, rate):
    trainer = gn.Trainer(2, schedule=lambda update: rate if update == 8 else 0.1)
    with pytest.raises(ValueError, match=f"gives {rate} at update 8"):
        trainer.fit(plain(), few())


# few(): 6 updates in an epoch, the first of epoch 2 is the 7th
@pytest.mark.parametrize("update, epoch", [(1, 1), (6, 1), (7, 2), (9, 2), (12, 2)])
@pytest.mark.parametrize("saved", [False, True])
def test_diverged_names_the_epoch(plain, few, tmp_path, update, epoch, saved):
    """Where the last update of an epoch breaks it, the evaluation shows it."""
    out = {"out": tmp_path} if saved else {}
    with pytest.raises(Diverged, match=f"not finite in epoch {epoch} "):
        fit(plain(), few(), 2, schedule=breaks_at(update), **out)


@pytest.mark.parametrize(
    "update, minutes", [(7, 5), (10, 5), (12, 5), (13, 5), (10, 0)]
)
def test_the_last_good_checkpoint_is_kept(plain, few, tmp_path, update, minutes):
    options = {"out": tmp_path, "checkpoint_minutes": minutes}
    with pytest.raises(Diverged) as caught:
        fit(plain(), few(), 3, schedule=breaks_at(update), **options)
    kept = Store(tmp_path).newest()
    assert str(kept) in str(caught.value)
    _, arrays = read_checkpoint(kept)
    for key, value in arrays.items():
        assert np.isfinite(value).all(), f"{key} is not finite"
    losses = History.from_json(tmp_path / "history.json").column("eval_loss")
    assert np.isfinite(losses).all(), "a network that had diverged was called good"


def test_what_was_kept_can_be_loaded(few, tmp_path):
    net, data = gn.get_net("regnetx32"), few(images=32)
    with pytest.raises(Diverged, match="in epoch 2"):
        fit(net, data, 3, schedule=breaks_at(3), out=tmp_path)
    loaded = load_checkpoint(tmp_path)
    assert len(loaded.history) == 1
    assert np.isfinite(gn.evaluate(loaded.net, data, progress=False).loss)


def test_nothing_is_said_of_a_checkpoint_where_there_is_none(plain, few, tmp_path):
    with pytest.raises(Diverged) as caught:
        fit(plain(), few(), lr=1e30, out=tmp_path)
    assert "checkpoint" not in str(caught.value)


# ---- what does not fit


def nine(plain):
    """A network that was used on images of another size."""
    net = plain()
    net(mx.np.zeros((1, 1, 9, 9)))
    return net


# name -> (network, options of the data, options of the trainer, words of the message)
WRONG = {
    "classes": (lambda p: p(num_classes=7), {}, {}, "10 classes.*num_classes=10"),
    "small": (lambda p: gn.get_net("resnet18"), {}, {}, "8×8 is no size for resnet18"),
    "size": (nine, {"resize": 16}, {}, "16×16 is no size for Hybrid|for other images"),
    "evenly": (None, {"batch_size": 15}, {"device": "cpu:0,1"}, "15 images .* evenly"),
    "device": (None, {}, {"device": "tpu"}, "device 'tpu' is unknown"),
    "gpu": (None, {}, {"device": "gpu:9"}, "gpu:9"),
    "twice": (None, {}, {"device": "cpu:0,0"}, "twice"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_does_not_fit_is_one_line(plain, few, kind, tmp_path, capfd):
    build, data, options, words = WRONG[kind]
    net = build(plain) if build else plain()
    with pytest.raises(ValueError, match=words) as caught:
        fit(net, few(**data), out=tmp_path / "run", **options)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "run").exists(), "nothing was trained, and yet a folder"
    assert capfd.readouterr() == ("", "")


def test_too_small_a_size_names_one_that_fits(few):
    with pytest.raises(ValueError, match="the smallest that fits is 1[0-9]×") as caught:
        fit(gn.get_net("resnet18"), few())
    smallest = int(str(caught.value).rsplit("×", 1)[1])
    fit(gn.get_net("resnet18"), few(images=16, tests=1, resize=smallest), 1)
    with pytest.raises(ValueError, match=f"the smallest that fits is {smallest}×"):
        fit(gn.get_net("resnet18"), few(resize=smallest - 1))


def test_a_loose_network_for_other_classes(few):
    class Small(Loose):
        def forward(self, x):
            return super().forward(x)[:, :9]

    net = Small()
    net.initialize()
    with pytest.raises(ValueError, match="num_classes=10"):
        fit(net, few())


def test_resume_needs_a_folder():
    with pytest.raises(ValueError, match="resume needs out"):
        gn.Trainer(1, resume=True)


def test_the_recipe_is_checked_at_once():
    with pytest.raises(ValueError, match="lr is -1"):
        gn.Trainer(1, lr=-1)


# ---- what is said


def test_quiet(plain, few, capfd):
    fit(plain(), few(), progress=False)
    assert capfd.readouterr() == ("", "")


def test_nobody_looks(plain, few, capfd, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False, raising=False)
    fit(plain(), few(), progress=None)
    assert capfd.readouterr() == ("", "")


def test_a_line_for_each_epoch_on_stderr(plain, few, capfd):
    history = fit(plain(), few(), 3, progress=True)
    out, err = capfd.readouterr()
    assert out == ""
    lines = err.strip().splitlines()
    assert len(lines) == 4, "three epochs and the end"
    for number, (line, epoch) in enumerate(zip(lines, history.epochs), 1):
        assert line.startswith(f"epoch {number}/3 ")
        assert f"test accuracy {epoch.eval_accuracy:.2%}" in line
        assert f"loss {epoch.loss:.3f}" in line
    assert f"test accuracy {history.test['accuracy']:.2%} after 3 epochs" in lines[3]


# ---- the folder


def test_the_files_of_a_run(plain, few, tmp_path, figures):
    folder = tmp_path / "deep" / "run"
    history = fit(plain(), few(), out=folder)
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["history.json", "last.ckpt", "previous.ckpt"]
    assert History.from_json(folder / "history.json") == history
    assert read_checkpoint(folder / "last.ckpt")[0]["history"] == history.as_dict()


def test_curves_are_saved(monkeypatch, plain, few, tmp_path):
    monkeypatch.undo()  # figures are drawn here
    fit(plain(), few(), 1, out=tmp_path)
    assert (tmp_path / "curves.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory, plain, few):
    """A folder with a run of one epoch."""
    folder = tmp_path_factory.mktemp("run")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(History, "plot", lambda self, path=None: None)
        fit(plain(), few(), 1, out=folder)
    return folder


def contents(folder) -> dict:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_run_is_not_overwritten(folder, plain, few):
    before = contents(folder)
    with pytest.raises(CheckpointError, match="holds a run already.*resume") as caught:
        fit(plain(), few(), 1, out=folder)
    assert str(folder) in str(caught.value)
    assert contents(folder) == before


OTHERS = {
    "lr": ({"lr": 0.2}, {}, "lr=0.1, not 0.2"),
    "momentum": ({"momentum": 0.9}, {}, "momentum=0.0, not 0.9"),
    "optimizer": ({"optimizer": "adam"}, {}, "optimizer='sgd', not 'adam'"),
    "epochs": ({"epochs": 2}, {}, "max_epochs=1, not 2"),
    "schedule": ({"schedule": "cosine"}, {}, "schedule='constant', not 'cosine'"),
    "seed": ({"seed": 1}, {}, "seed=0, not 1"),
    "device": ({"device": "cpu:0,1"}, {}, "devices="),
    "data seed": ({}, {"seed": 1}, "seed=0, not 1"),
    "batch": ({}, {"batch_size": 32}, "batch_size=16, not 32"),
    "resize": ({}, {"resize": 16}, "resize=8, not 16"),
    "augment": ({}, {"augment": "flip"}, "augment=.*flip"),
    "validation": ({}, {"validation": 10}, "validation=0, not 10"),
}


@pytest.mark.parametrize("option", OTHERS)
def test_another_run_is_not_resumed(folder, plain, few, option):
    recipe, data, words = OTHERS[option]
    before = contents(folder)
    with pytest.raises(CheckpointError, match=words) as caught:
        fit(plain(), few(**data), **{"epochs": 1, **recipe}, out=folder, resume=True)
    assert str(caught.value).startswith(str(folder / "last.ckpt"))
    assert contents(folder) == before


@pytest.mark.parametrize(
    "build, words",
    [
        (lambda: gn.get_net("regnetx32"), "net_name='HybridSequential', not 'regnet"),
        (lambda: initialize(nn.HybridSequential()), "of another network"),
    ],
)
def test_another_network_is_not_resumed(folder, few, build, words):
    net = build()
    if not len(net):
        net.add(nn.Dense(10, in_units=64))
        initialize(net)
    with pytest.raises(CheckpointError, match=words):
        fit(net, few(), 1, out=folder, resume=True)


def test_a_finished_run_is_read_and_not_repeated(folder, plain, few, bits):
    before, nets = contents(folder), [plain(0), plain(1)]
    found = [fit(net, few(), 1, out=folder, resume=True) for net in nets]
    assert found[0] == found[1] == History.from_json(folder / "history.json")
    nets[0](mx.np.zeros((1, 1, 8, 8)))
    nets[1](mx.np.zeros((1, 1, 8, 8)))
    assert bits(nets[0]) == bits(nets[1]), "the network is not the checkpoint's"
    assert contents(folder) == before


def test_only_its_own_code_loads_a_network_of_ones_own(folder):
    with pytest.raises(CheckpointError, match=r"network of your own \(Hybrid.*resume"):
        load_checkpoint(folder)


def test_resume_where_there_is_nothing_begins_and_says_so(plain, few, tmp_path, capfd):
    history = fit(plain(), few(), 1, out=tmp_path, resume=True, progress=True)
    assert len(history) == 1
    first = capfd.readouterr().err.splitlines()[0]
    assert first == f"{tmp_path} holds nothing to resume: starting anew"


@pytest.mark.parametrize("versions", [{}, {"mxnet": "1.8.0"}, {"threads": "64"}])
def test_a_resumed_run_says_so(folder, plain, few, tmp_path, capfd, versions):
    """And that its numbers will differ where the versions or threads do."""
    meta, arrays = read_checkpoint(folder / "last.ckpt")
    meta["versions"].update(versions)
    last = Store(tmp_path).save(meta, arrays)
    fit(plain(), few(), 1, out=tmp_path, resume=True, progress=True)
    first = capfd.readouterr().err.splitlines()[0]
    assert first.startswith(f"resumed from {last}, epoch 2, step 0")
    assert ("other versions or threads" in first) == bool(versions)


# ---- signals, as far as one process can tell (test_resume.py sends real ones)


@pytest.mark.parametrize("update, done", [(3, "0 of 2 .* 3 steps"), (8, "1 of 2 .* 2")])
@pytest.mark.parametrize("saved", [True, False])
def test_a_signal_saves_and_says_how_to_go_on(
    monkeypatch, plain, few, tmp_path, update, done, saved
):
    step = Run.train_step

    def signalled(run, *batch):
        step(run, *batch)
        if run.updates == update:
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(Run, "train_step", signalled)
    before = signal.getsignal(signal.SIGTERM)
    words = "saved in .*--resume" if saved else r"nothing saved: no folder \(out\)"
    with pytest.raises(Interrupted, match=f"stopped after {done}.*{words}") as caught:
        fit(plain(), few(), 2, **({"out": tmp_path} if saved else {}))
    assert "\n" not in str(caught.value)
    assert signal.getsignal(signal.SIGTERM) == before
    if saved:
        meta, _ = read_checkpoint(tmp_path / "last.ckpt")
        assert meta["epoch"] * 6 + meta["step"] == update


def test_history_is_json(folder):
    fields = json.loads((folder / "history.json").read_text(encoding="utf-8"))
    assert fields["about"]["net_name"] == "HybridSequential"
