"""PyTorch as the oracle: twins with the same weights compute the same."""

from __future__ import annotations

import contextlib
import copy
import functools
from collections import OrderedDict

import numpy as onp
import pytest
from mxnet import autograd, np, npx
from mxnet.gluon import nn
from mxnet.gluon.loss import SoftmaxCrossEntropyLoss

from gluon_nets.arch import Arch, Stage
from gluon_nets.nets import build
from gluon_nets.specs import VGGSpec, find

torch = pytest.importorskip(
    "torch", reason="PyTorch is the oracle: make oracle installs it"
)
from benchmarks.torch_twins import transplant, twin_of  # noqa: E402

npx.set_np()

X = (Stage(2, 32, 16), Stage(2, 48, 8, bottleneck=0.5))
BOTTLENECKS = (Stage(2, 64, 16, 4.0, stride=1), Stage(2, 128, 32, 4.0))
EXCITED = (Stage(2, 24, 8, se_ratio=0.5), Stage(2, 32, 16, se_ratio=0.5))
BASIC = (Stage(2, 32), Stage(2, 48))
# case -> numbers, channels and size of the images; small: see the gradients below
CASES = {
    # a network of each family, and of each form of ResNet
    "alexnet": (find("alexnet").spec, 1, 80),
    "googlenet": (find("googlenet").spec, 1, 48),
    "mlp": (find("mlp").spec, 1, 12),
    "mlp_bottleneck": (find("mlp_bottleneck").spec, 1, 12),
    "mlp_layernorm": (find("mlp_layernorm").spec, 1, 12),
    "regnetx32": (find("regnetx32").spec, 1, 24),
    "vionet_bottleneck": (find("vionet_bottleneck").spec, 1, 24),
    "de_resnext32": (find("de_resnext32").spec, 1, 24),
    "resnet18": (find("resnet18").spec, 3, 48),
    "resnet18_v2": (find("resnet18_v2").spec, 3, 64),
    "resnet20": (find("resnet20").spec, 3, 16),
    "vgg11_gap": (find("vgg11_gap").spec, 1, 32),
    "vgg11_quarter": (find("vgg11_quarter").spec, 1, 32),
    "vgg_bn": (VGGSpec(((1, 16), (2, 32, False), (1, 48)), bn=True, hidden=64), 3, 16),
    # every block, stem and option
    "X block": (Arch(16, X), 1, 24),
    "X block, first form": (Arch(16, X, stride_on="conv1", shortcut_bn=False), 1, 24),
    "bottleneck": (Arch(32, BOTTLENECKS, stem="conv7_pool"), 3, 32),
    "Y block": (Arch(24, EXCITED), 3, 24),
    "basic block, book": (Arch(16, BASIC, "residual", shortcut_bn=False), 1, 24),
    "vanilla": (Arch(16, BASIC, "vanilla", "conv3_s1"), 1, 16),
    "preact X block": (Arch(16, X, "preact_resnext", "conv3_s1"), 1, 16),
    "preact bottleneck": (Arch(32, BOTTLENECKS, "preact_resnext", "conv7_pool"), 3, 32),
    "preact Y block": (Arch(24, EXCITED, "preact_resnext"), 1, 24),
}
# chaotic in single precision: without shortcuts, or with a few values to a BatchNorm,
# rounding decides at which side of a ReLU's kink a value lies
DOUBLE = {
    "googlenet_bn": (find("googlenet_bn").spec, 1, 48),
    "resnext50_32x4d": (find("resnext50_32x4d").spec, 3, 48),
    "vanilla56": (find("vanilla56").spec, 3, 16),
}
# so many values, or so many equal ones for a maximum, that some are near a kink in all
# images: their gradients are compared in double precision only
CROWDED = {"googlenet", "resnet18_v2", "vgg11_gap"}
# BatchNorm over the few values of a small batch of vectors multiplies what is rounded
ROUNDED = {"mlp_bottleneck": 1e-2}
COUNT, CLASSES = 4, 10
# in these training and inference differ by dropout only
PLAIN = ("alexnet", "googlenet", "mlp", "vgg")
NORMALIZED = [name for name in CASES if not name.startswith(PLAIN)]


def twins(name, seed=0, train=False):
    """Both networks with the same random parameters, constants included; images."""
    spec, channels, size = {**CASES, **DOUBLE}[name]
    net = build(spec, CLASSES, seed=seed)
    rng = onp.random.default_rng(seed)
    images = rng.normal(size=(COUNT, channels, size, size)).astype("float32")
    net(np.array(images)).wait_to_read()
    for key, parameter in net._collect_params_with_prefix().items():
        last = key.split(".")[-1]
        if last != "weight":
            low, high = (0.5, 1.5) if last in ("gamma", "running_var") else (-0.2, 0.2)
            value = rng.uniform(low, high, parameter.shape).astype("float32")
            parameter.set_data(np.array(value))
    model = twin_of(spec, CLASSES, channels, size)
    transplant(net, model)
    without_dropout(net, model)
    return net, model.train(train), images


def without_dropout(net, model):
    """Each library draws other masks; with the rate 0 there is nothing to draw."""
    net.apply(lambda b: isinstance(b, nn.Dropout) and setattr(b, "_rate", 0))
    for layer in model.modules():
        if isinstance(layer, torch.nn.Dropout):
            layer.p = 0


def ours(net, images, train):
    """Logits, gradients and running statistics after a step, under PyTorch's names."""
    labels = np.arange(COUNT) % CLASSES
    with autograd.record(train_mode=train):
        logits = net(np.array(images))
        loss = SoftmaxCrossEntropyLoss()(logits, labels).mean()
    loss.backward(train_mode=train)
    gradients, statistics = {}, {}
    for key, parameter in net._collect_params_with_prefix().items():
        key = key.replace("gamma", "weight").replace("beta", "bias")
        if parameter.grad_req == "null":
            statistics[key] = parameter.data().asnumpy()
        else:
            gradients[key] = parameter.grad().asnumpy()
    return logits.asnumpy(), gradients, statistics


def theirs(model, images):
    """The same of the twin."""
    logits = model(torch.from_numpy(images))
    labels = torch.arange(COUNT) % CLASSES
    torch.nn.functional.cross_entropy(logits, labels).backward()
    gradients = {key: p.grad.numpy() for key, p in model.named_parameters()}
    buffers = model.named_buffers()
    statistics = {key: b.numpy() for key, b in buffers if "running" in key}
    return logits.detach().numpy(), gradients, statistics


def difference(found, expected):
    """The largest difference, as a part of the largest expected value."""
    scale = onp.abs(expected).max()
    assert scale > 0, "nothing to compare"
    return onp.abs(found - expected).max() / scale


def worst(found, expected):
    """The largest difference of all arrays, with the name of the array."""
    assert sorted(found) == sorted(expected)
    return max((difference(found[key], value), key) for key, value in expected.items())


# --- single precision ---------------------------------------------------------------


@pytest.mark.parametrize(
    "name, train",
    [(name, False) for name in CASES] + [(name, True) for name in NORMALIZED],
)
def test_logits(name, train):
    net, model, images = twins(name, train=train)
    with torch.no_grad():
        expected = model(torch.from_numpy(images)).numpy()
    with autograd.record(train_mode=train):
        found = net(np.array(images)).asnumpy()
    assert onp.abs(found - expected).max() <= 1e-4
    assert difference(found, expected) <= 1e-4


@contextlib.contextmanager
def watched(margins):
    """Note how near to a kink the values of a twin are, as a part of their spread.

    Of a ReLU the kink is 0; of a maximum, that the two largest values are equal.
    """

    def relu(x):
        margins.append(float(x.abs().min() / x.std()))
        return torch.clamp(x, min=0)

    def max_pool2d(x, kernel, stride, padding=0, *rest):
        padded = torch.nn.functional.pad(x, (padding,) * 4, value=-torch.inf)
        windows = padded.unfold(2, kernel, stride).unfold(3, kernel, stride)
        first, second = windows.flatten(4).topk(2)[0].unbind(-1)
        gaps = (first - second)[first > 0]  # else behind a ReLU: no gradient passes
        margins.append(float(gaps.min() / x.std()))
        return first

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch, "relu", relu)
        patch.setattr(torch, "relu_", relu)
        patch.setattr(torch, "max_pool2d", max_pool2d)
        yield


def far_from_kinks(name, model):
    """The first images of which no value is within 1e-5 of a kink, by the twin.

    In double precision, so that they are the same on every machine; in single it
    rounds to about 1e-6 on the way through these networks.
    """
    _, channels, size = CASES[name]
    model = copy.deepcopy(model).double()
    for seed in range(100):
        rng, margins = onp.random.default_rng(seed), []
        images = rng.normal(size=(COUNT, channels, size, size)).astype("float32")
        with torch.no_grad(), watched(margins):
            model(torch.from_numpy(images.astype("float64")))
        if min(margins) > 1e-5:
            return images
    pytest.fail("all images have a value near a kink: a case for CROWDED")


@pytest.mark.parametrize("name", sorted(set(CASES) - CROWDED))
def test_gradients_in_training(name):
    """They agree where no value is within rounding of a kink.

    There each library may take the other side of a ReLU or of a maximum, and all
    gradients before it then differ, whoever is right.
    """
    net, model, _ = twins(name, train=True)
    images = far_from_kinks(name, model)
    gradients, expected = ours(net, images, True)[1], theirs(model, images)[1]
    assert worst(gradients, expected) <= (ROUNDED.get(name, 1e-3), "")


def values_per_channel(model, images):
    """How many values each BatchNorm's statistics are taken from, by its name."""
    counts, handles = {}, []
    for name, layer in model.named_modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            count = functools.partial(_count, counts, name)
            handles.append(layer.register_forward_hook(count))
    with torch.no_grad():
        model.eval()(torch.from_numpy(images))
    for handle in handles:
        handle.remove()
    model.train()
    return counts


def _count(counts, name, layer, x, y):
    counts[name] = y[:, 0].numel()


def corrected(found, old, counts):
    """Our running variances, had they been taken with n − 1 as PyTorch's are."""
    new = dict(found)
    for key in found:
        if key.endswith("running_var"):
            kept, n = 0.9 * old[key], counts[key.rsplit(".", 1)[0]]
            new[key] = kept + (found[key] - kept) * n / (n - 1)
    return new


# MXNet keeps BatchNorm's momentum of 0.9 as a float32, whatever the precision
@pytest.mark.parametrize(
    "name, dtype, tolerance",
    [
        ("regnetx32", "float32", 1e-5),
        ("regnetx32", "float64", 1e-6),
        ("resnet18", "float32", 1e-5),
    ],
)
def test_running_statistics_after_a_step(name, dtype, tolerance):
    """Both keep 0.9 of the old; of the batch's variance PyTorch takes n / (n − 1)."""
    net, model, images = twins(name, train=True)
    net.cast(dtype)
    model.to(getattr(torch, dtype))
    images = images.astype(dtype)
    old = {key: b.numpy().copy() for key, b in model.named_buffers()}
    counts = values_per_channel(model, images)
    found, expected = ours(net, images, train=True)[2], theirs(model, images)[2]
    assert worst(found, expected) > (1e-3, ""), "no difference to correct"
    assert worst(corrected(found, old, counts), expected) <= (tolerance, "")


# --- double precision ---------------------------------------------------------------


@pytest.mark.parametrize("train", [True, False], ids=["training", "inference"])
@pytest.mark.parametrize("name", [*CASES, *DOUBLE])
def test_double_precision(name, train):
    """No kink is near enough to matter: the formulas are the same.

    In inference too, where single precision gives no gradients on a CPU: oneDNN's
    BatchNorm with ReLU and its max pooling leave nothing for the backward pass.
    """
    net, model, images = twins(name, train=train)
    net.cast("float64")
    model.double()
    images = images.astype("float64")
    logits, gradients, _ = ours(net, images, train)
    expected_logits, expected, _ = theirs(model, images)
    assert difference(logits, expected_logits) <= 1e-10
    assert worst(gradients, expected) <= (1e-10, "")


# --- the transplantation ------------------------------------------------------------


def test_a_twin_that_does_not_fit_is_refused():
    net, model, _ = twins("regnetx32")
    with pytest.raises(RuntimeError, match="stage1"):
        transplant(net, torch.nn.Sequential(OrderedDict(stem=model.stem)))
