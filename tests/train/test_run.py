"""One step after the other against PyTorch, and on two devices as on one."""

from __future__ import annotations

import itertools

import mxnet as mx
import numpy as np
import pytest

import gluon_nets as gn
from gluon_nets.initialize import initialize
from gluon_nets.train import Recipe
from gluon_nets.train.metrics import Meter
from gluon_nets.train.run import Run, wait
from gluon_nets.train.setup import place

CPU = [mx.cpu()]


def begin(net, data, devices=CPU, **recipe) -> Run:
    place(net, devices)
    return Run(net, data, Recipe(**recipe), devices)


def steps(run: Run, count: int) -> list:
    """Take steps from where the run is; the batches that were used."""
    batches = run.data.train_batches(run.devices, run.epoch, start=run.step)
    used = list(itertools.islice(batches, count))
    for images, labels in used:
        run.train_step(images, labels)
    return used


def values(net) -> dict:
    parameters = net._collect_params_with_prefix()
    return {key: p.list_data()[0].asnumpy() for key, p in parameters.items()}


@pytest.fixture(scope="module")
def torch():
    return pytest.importorskip("torch", reason="PyTorch is the oracle here")


@pytest.fixture(scope="module")
def twin(torch, arch):
    """A function that makes the network of `anynet` in PyTorch, as it is now."""
    from benchmarks import torch_twins

    def make(net, arch=arch):
        model = torch_twins.any_net(arch)
        torch_twins.transplant(net, model)
        return model.train()

    return make


def torch_optimizer(torch, model, recipe: dict):
    """The same recipe by PyTorch's own optimizers; decay on weights alone."""
    weights = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim == 1]
    decay = recipe.get("weight_decay", 0)
    groups = [{"params": weights, "weight_decay": decay}, {"params": others}]
    if recipe.get("optimizer") == "adam":
        return torch.optim.Adam(groups, lr=recipe["lr"])
    momentum = {key: recipe.get(key, 0) for key in ("momentum", "nesterov")}
    return torch.optim.SGD(groups, lr=recipe["lr"], **momentum)


def torch_steps(torch, model, recipe: dict, batches) -> float:
    """Take the same steps; the smallest norm of a gradient before it was clipped."""
    optimizer = torch_optimizer(torch, model, recipe)
    smoothing = recipe.get("label_smoothing", 0.0)
    objective = torch.nn.CrossEntropyLoss(label_smoothing=smoothing)
    norms = []
    for (images,), (labels,) in batches:
        x, y = torch.from_numpy(images.asnumpy()), torch.from_numpy(labels.asnumpy())
        optimizer.zero_grad()
        objective(model(x), y.long()).backward()
        largest = recipe.get("clip_norm") or float("inf")
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), largest).detach()
        norms.append(norm.item())
        if recipe.get("optimizer") == "adam":  # MXNet's is the paper's epsilon hat
            for group in optimizer.param_groups:
                group["eps"] = 1e-8 / (1 - 0.999 ** len(norms)) ** 0.5
        optimizer.step()
    return min(norms)


def assert_twins(ours, theirs) -> None:
    """All trained parameters are the same."""
    ours = dict(ours.named_parameters())
    for key, value in theirs.named_parameters():
        difference = (ours[key] - value).abs().max().item()
        assert difference < 2e-5, f"{key} differs by {difference:.2g}"


RECIPES = {
    "sgd": {"lr": 0.1},
    "decay": {"lr": 0.1, "weight_decay": 0.5},
    "momentum": {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.05},
    "nesterov": {"lr": 0.1, "momentum": 0.9, "nesterov": True},
    "nesterov, decay": {
        "lr": 0.1,
        "momentum": 0.9,
        "nesterov": True,
        "weight_decay": 0.05,
    },
    "adam": {"lr": 0.01, "optimizer": "adam", "weight_decay": 0.05},
    "smoothing": {"lr": 0.1, "label_smoothing": 0.2},
    "clip": {"lr": 0.1, "momentum": 0.9, "clip_norm": 0.05},
    "clip, decay": {"lr": 0.1, "clip_norm": 0.05, "weight_decay": 0.05},
    "no clip": {"lr": 0.1, "clip_norm": 1e6},
}


@pytest.mark.parametrize("name", RECIPES)
def test_steps_are_pytorchs(torch, twin, anynet, few, name):
    recipe, net = RECIPES[name], anynet()
    before = values(net)
    model = twin(net)
    run = begin(net, few(), **recipe)
    norm = torch_steps(torch, model, recipe, steps(run, 4))
    if name.startswith("clip"):
        assert norm > recipe["clip_norm"], "this test clips nothing"
    assert_twins(twin(net), model)
    moved = [np.abs(v - before[key]).max() for key, v in values(net).items()]
    assert max(moved) > 1e-3, "nothing was trained"


@pytest.mark.parametrize(
    "width, group_width",
    [(16, g) for g in (1, 2, 4, 8, 16)] + [(24, 3), (24, 8), (24, 12), (20, 10)],
)
def test_a_step_is_pytorchs_whatever_the_groups(torch, twin, few, width, group_width):
    """oneDNN has other kernels, and layouts, where 8 or 16 do not divide a group."""
    arch = gn.Arch(8, (gn.Stage(1, width, group_width),))
    net, recipe = initialize(gn.AnyNet(arch, in_channels=1)), {"lr": 0.1}
    model = twin(net, arch)
    torch_steps(torch, model, recipe, steps(begin(net, few(), **recipe), 1))
    assert_twins(twin(net, arch), model)


def test_decay_pulls_weights_and_nothing_else(anynet, few):
    """lr · decay = ½ halves a weight; the gradients are made small by clipping."""
    net = anynet()
    before = values(net)
    steps(begin(net, few(), lr=0.1, weight_decay=5.0, clip_norm=1e-6), 1)
    for key, value in values(net).items():
        if key.endswith(("running_mean", "running_var")):
            continue
        share = 0.5 if key.endswith("weight") else 1.0
        np.testing.assert_allclose(value, share * before[key], atol=1e-6, err_msg=key)


@pytest.mark.parametrize(
    "recipe",
    [
        {"lr": 0.1},
        {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01},
        {"lr": 0.1, "momentum": 0.9, "nesterov": True},
        {"lr": 0.1, "clip_norm": 0.1},
        {"lr": 0.01, "optimizer": "adam"},
        {"lr": 0.1, "label_smoothing": 0.1, "schedule": "cosine", "max_epochs": 1},
    ],
    ids=lambda recipe: "-".join(recipe),
)
def test_two_devices_are_as_good_as_one(plain, few, two, bits, recipe):
    one_net, net = plain(), plain()
    one, run = begin(one_net, few(), **recipe), begin(net, few(), two, **recipe)
    steps(one, 5)
    steps(run, 5)
    for key, value in values(net).items():
        np.testing.assert_allclose(
            value, values(one_net)[key], atol=2e-6, rtol=1e-5, err_msg=key
        )
    assert run.meter.score().images == one.meter.score().images == 80
    assert run.meter.score().loss == pytest.approx(one.meter.score().loss, rel=1e-5)
    for key, (first, second) in bits(net).items():
        assert first == second, f"{key} is not the same on both devices"


def test_statistics_are_averaged_over_the_devices(anynet, few, two):
    net = anynet()
    run = begin(net, few(), two, lr=0.1)
    steps(run, 3)
    wait()
    mean = net._collect_params_with_prefix()["stem.bn.running_mean"]
    before = [value.asnumpy() for value in mean.list_data()]
    assert not np.array_equal(*before), "the devices saw the same images"
    run.average_statistics()
    after = [value.asnumpy() for value in mean.list_data()]
    for value in after:
        np.testing.assert_allclose(value, np.mean(before, axis=0), rtol=1e-6)


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("recipe", ["momentum", "adam", "nesterov", "sgd"])
@pytest.mark.parametrize("name", ["anynet", "dropout"])
def test_state_is_all_there_is(request, few, bits, two, name, recipe, count):
    """A new run with the state of another one goes on as that one does."""
    build, devices = request.getfixturevalue(name), two[:count]
    net, other = build(seed=1), build(seed=2)
    run = begin(net, few(), devices, **RECIPES[recipe])
    steps(run, 2)
    numbers, arrays = run.state()
    copy = begin(other, few(), devices, **RECIPES[recipe])
    steps(copy, 1)  # whatever it did before
    copy.restore(numbers, arrays, "x")
    assert (copy.epoch, copy.step, copy.updates) == (0, 2, 2)
    assert bits(other) == bits(net)
    steps(run, 2)
    steps(copy, 2)
    assert bits(other) == bits(net)
    assert copy.meter.state().tobytes() == run.meter.state().tobytes()


def test_dropout_masks_come_from_seed_and_update_alone(dropout, few, bits):
    nets = [dropout() for _ in range(3)]
    runs = [begin(net, few(), lr=0.1, seed=seed) for net, seed in zip(nets, (0, 0, 1))]
    for run in runs:
        mx.random.seed(id(run))
        steps(run, 1)
        mx.np.random.uniform(size=7)
        steps(run, 1)
    assert bits(nets[0]) == bits(nets[1]), "draws in between changed the masks"
    assert bits(nets[0]) != bits(nets[2]), "the seed does not change the masks"


def test_place_in_the_schedule(plain, few):
    run = begin(plain(), few(), schedule=float, max_epochs=2)  # lr = the update
    assert (run.updates, run.lr) == (0, 1.0)
    steps(run, 6)
    run.next_epoch()
    assert (run.epoch, run.step, run.updates, run.lr) == (1, 0, 6, 7.0)
    assert run.meter.score().images == 0, "a new epoch begins to count at 0"


def test_params_counts_what_is_trained(anynet, few):
    net = anynet()
    run = begin(net, few(), lr=0.1)
    steps(run, 1)
    trained = [v for k, v in values(net).items() if "running" not in k]
    assert run.params == sum(v.size for v in trained)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_is_finite(plain, few, bad):
    run = begin(plain(), few(), lr=0.1)
    steps(run, 1)
    assert run.is_finite()
    parameter = next(iter(run.net.collect_params().values()))
    value = parameter.data().asnumpy()
    spoilt = value.copy()
    spoilt.flat[-1] = bad
    parameter.set_data(mx.np.array(spoilt))
    assert not run.is_finite(), "a parameter"
    parameter.set_data(mx.np.array(value))
    run.meter = Meter(run.devices, np.array([[bad, 0, 0]], dtype=np.float32))
    assert not run.is_finite(), "the loss"
