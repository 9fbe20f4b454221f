"""The same networks in PyTorch, with the same parameter names: oracle and peer.

Written from the papers in plain `torch.nn`, with nothing of `gluon_nets.layers`: tests
transplant weights and compare outputs, benchmarks compare times.
"""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import nn

from gluon_nets.arch import Arch
from gluon_nets.specs import AlexNetSpec, GoogLeNetSpec, MLPSpec, VGGSpec, find


def conv_bn(inputs, outputs, kernel, stride=1, groups=1, relu=True):
    """conv → BatchNorm (→ ReLU)."""
    conv = nn.Conv2d(
        inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False
    )
    layers = OrderedDict(conv=conv, bn=nn.BatchNorm2d(outputs))
    if relu:
        layers["relu"] = nn.ReLU(inplace=True)
    return nn.Sequential(layers)


class ConvReLU(nn.Conv2d):
    """conv with a bias → ReLU, 'same' unless a padding is given."""

    def __init__(self, inputs, outputs, kernel, stride=1, padding=None):
        padding = kernel // 2 if padding is None else padding
        super().__init__(inputs, outputs, kernel, stride, padding)

    def forward(self, x):
        return torch.relu(super().forward(x))


class Residual(nn.Module):
    """relu(f(x) + shortcut(x))."""

    def __init__(self, transform, inputs, outputs, stride, shortcut_bn=True):
        super().__init__()
        self.transform = nn.Sequential(*transform)
        self.shortcut = nn.Identity()
        if inputs != outputs or stride != 1:
            self.shortcut = (
                conv_bn(inputs, outputs, 1, stride, relu=False)
                if shortcut_bn
                else nn.Conv2d(inputs, outputs, 1, stride)
            )

    def forward(self, x):
        return torch.relu(self.transform(x) + self.shortcut(x))


class PreActivation(nn.Module):
    """f(a) + shortcut, a = relu(BN(x)); a projection reads a, the identity x."""

    def __init__(self, transform, inputs, outputs, stride):
        super().__init__()
        self.bn = nn.BatchNorm2d(inputs)
        self.transform = nn.Sequential(*transform)
        self.shortcut = None
        if inputs != outputs or stride != 1:
            self.shortcut = nn.Conv2d(inputs, outputs, 1, stride, bias=False)

    def forward(self, x):
        a = torch.relu(self.bn(x))
        shortcut = x if self.shortcut is None else self.shortcut(a)
        return self.transform(a) + shortcut


class SqueezeExcite(nn.Module):
    """x · sigmoid(W₂ relu(W₁ mean(x)))."""

    def __init__(self, channels, squeezed):
        super().__init__()
        self.squeeze = nn.Linear(channels, squeezed)
        self.excite = nn.Linear(squeezed, channels)

    def forward(self, x):
        s = torch.relu(self.squeeze(x.mean((2, 3))))
        return x * torch.sigmoid(self.excite(s))[:, :, None, None]


def block(arch, stage, inputs, stride):
    """A block of any kind."""
    width = stage.width
    if arch.block == "vanilla":
        return nn.Sequential(
            conv_bn(inputs, width, 3, stride), conv_bn(width, width, 3)
        )
    preact = arch.block.startswith("preact")
    if arch.block.endswith("resnext"):
        body, inner, kernel = x_convs(arch, stage, inputs, stride)
    else:
        body, inner, kernel = [conv_bn(inputs, width, 3, stride)], width, 3
    if preact:
        last = nn.Conv2d(inner, width, kernel, padding=kernel // 2, bias=False)
        return PreActivation([*body, last], inputs, width, stride)
    body.append(conv_bn(inner, width, kernel, relu=False))
    return Residual(body, inputs, width, stride, arch.shortcut_bn)


def x_convs(arch, stage, inputs, stride):
    """conv1×1 → grouped conv3×3 (→ SE), the inner width, and the last kernel."""
    inner = round(stage.width / stage.bottleneck)
    first, second = (stride, 1) if arch.stride_on == "conv1" else (1, stride)
    body = [
        conv_bn(inputs, inner, 1, first),
        conv_bn(inner, inner, 3, second, inner // stage.group_width),
    ]
    if stage.se_ratio:
        body.append(SqueezeExcite(inner, round(inputs * stage.se_ratio)))
    return body, inner, 1


def any_net(arch, num_classes=10, in_channels=1):
    """stem → stages → mean → linear."""
    width = arch.stem_width
    stems = {
        "conv3": lambda: conv_bn(in_channels, width, 3, 2),
        "conv3_s1": lambda: conv_bn(in_channels, width, 3, 1),
        "conv7_pool": lambda: nn.Sequential(
            conv_bn(in_channels, width, 7, 2), nn.MaxPool2d(3, 2, 1)
        ),
    }
    layers = OrderedDict(stem=stems[arch.stem]())
    for number, stage in enumerate(arch.stages, 1):
        blocks = []
        for index in range(stage.depth):
            blocks.append(block(arch, stage, width, 1 if index else stage.stride))
            width = stage.width
        layers[f"stage{number}"] = nn.Sequential(*blocks)
    if arch.block.startswith("preact"):
        layers["bn"] = nn.BatchNorm2d(width)
        layers["relu"] = nn.ReLU()
    layers["pool"] = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
    layers["head"] = nn.Linear(width, num_classes)
    return nn.Sequential(layers)


def hidden(layers, units, width):
    """Add flatten and the two hidden layers of AlexNet and VGG."""
    layers["flatten"] = nn.Flatten()
    for number in (1, 2):
        layers[f"dense{number}"] = nn.Linear(units, width)
        layers[f"relu{number}"] = nn.ReLU(inplace=True)
        layers[f"dropout{number}"] = nn.Dropout(0.5)
        units = width


def flat_size(layers, in_channels, image_size):
    """Elements of what comes out of layers for an image."""
    with torch.no_grad():
        image = torch.zeros(2, in_channels, image_size, image_size)
        return nn.Sequential(layers)(image)[0].numel()


def vgg_net(spec, num_classes=10, in_channels=1, image_size=224):
    """VGG for one image size."""
    layers, channels = OrderedDict(), in_channels
    for number, (convs, width, pooled) in enumerate(spec.blocks, 1):
        inner = []
        for _ in range(convs):
            conv = conv_bn if spec.bn else ConvReLU
            inner.append(conv(channels, width, 3))
            channels = width
        layers[f"block{number}"] = nn.Sequential(
            *inner, *([nn.MaxPool2d(2)] if pooled else [])
        )
    if spec.head == "gap":
        layers["pool"] = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
        layers["head"] = nn.Linear(channels, num_classes)
    else:
        hidden(layers, flat_size(layers, in_channels, image_size), spec.hidden)
        layers["head"] = nn.Linear(spec.hidden, num_classes)
    return nn.Sequential(layers)


def alex_net(spec, num_classes=10, in_channels=1, image_size=224):
    """AlexNet for one image size."""
    layers, channels = OrderedDict(), in_channels
    for number, (width, kernel, stride, padding, pooled) in enumerate(spec.convs, 1):
        layers[f"conv{number}"] = ConvReLU(channels, width, kernel, stride, padding)
        if pooled:
            layers[f"pool{number}"] = nn.MaxPool2d(3, 2)
        channels = width
    hidden(layers, flat_size(layers, in_channels, image_size), spec.hidden)
    layers["head"] = nn.Linear(spec.hidden, num_classes)
    return nn.Sequential(layers)


class Inception(nn.Module):
    """Four branches side by side."""

    def __init__(self, conv, inputs, it):
        super().__init__()
        self.one = conv(inputs, it.one, 1)
        self.three = nn.Sequential(conv(inputs, it.three[0], 1), conv(*it.three, 3))
        self.five = nn.Sequential(conv(inputs, it.five[0], 1), conv(*it.five, 5))
        self.pool = nn.Sequential(nn.MaxPool2d(3, 1, 1), conv(inputs, it.pool, 1))

    def forward(self, x):
        branches = (self.one, self.three, self.five, self.pool)
        return torch.cat([branch(x) for branch in branches], 1)


def google_net(spec, num_classes=10, in_channels=1):
    """GoogLeNet without auxiliary classifiers."""
    conv = conv_bn if spec.bn else ConvReLU
    stem = (
        conv(in_channels, 64, 7, 2),
        nn.MaxPool2d(3, 2, 1),
        conv(64, 64, 1),
        conv(64, 192, 3),
        nn.MaxPool2d(3, 2, 1),
    )
    layers, channels = OrderedDict(stem=nn.Sequential(*stem)), 192
    for number, it in enumerate(spec.blocks, 1):
        if it == "pool":
            layers[f"pool{number}"] = nn.MaxPool2d(3, 2, 1)
            continue
        layers[f"block{number}"] = Inception(conv, channels, it)
        channels = it.one + it.three[1] + it.five[1] + it.pool
    layers["mean"] = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
    layers["head"] = nn.Linear(channels, num_classes)
    return nn.Sequential(layers)


class MLPBlock(nn.Module):
    """relu(x + f(x)), or relu(f(x))."""

    def __init__(self, spec):
        super().__init__()
        self.residual = spec.residual
        inner = round(spec.width / spec.bottleneck)
        self.transform = nn.Sequential(
            *dense_norm(spec, spec.width, inner),
            nn.ReLU(),
            *dense_norm(spec, inner, spec.width),
        )

    def forward(self, x):
        y = self.transform(x)
        return torch.relu(x + y if self.residual else y)


def dense_norm(spec, inputs, units):
    """A dense layer and its norm."""
    norms = {
        "none": [],
        "batch": [nn.BatchNorm1d(units)],
        "layer": [nn.LayerNorm(units)],
    }
    return [nn.Linear(inputs, units, spec.norm == "none"), *norms[spec.norm]]


def mlp(spec, num_classes=10, in_channels=1, image_size=28):
    """A multilayer perceptron for one image size."""
    inputs = in_channels * image_size**2
    stem = nn.Sequential(*dense_norm(spec, inputs, spec.width), nn.ReLU())
    layers = OrderedDict(flatten=nn.Flatten(), stem=stem)
    for number in range(1, spec.depth + 1):
        layers[f"block{number}"] = MLPBlock(spec)
    layers["head"] = nn.Linear(spec.width, num_classes)
    return nn.Sequential(layers)


def twin_of(spec, num_classes=10, in_channels=1, image_size=224):
    """The twin of a network's numbers."""
    if isinstance(spec, Arch):
        return any_net(spec, num_classes, in_channels)
    if isinstance(spec, GoogLeNetSpec):
        return google_net(spec, num_classes, in_channels)
    makers = {VGGSpec: vgg_net, AlexNetSpec: alex_net, MLPSpec: mlp}
    return makers[type(spec)](spec, num_classes, in_channels, image_size)


def twin(name, num_classes=10, in_channels=1, image_size=224):
    """The twin of ``gn.get_net(name)``."""
    return twin_of(find(name).spec, num_classes, in_channels, image_size)


# our name of a parameter -> PyTorch's
_RENAMED = {"gamma": "weight", "beta": "bias"}


def transplant(net, model) -> None:
    """Copy the parameters of a Gluon network into its twin; all must fit."""
    from gluon_nets.train.arrays import to_numpy  # PyTorch's process loads no MXNet

    parameters = net._collect_params_with_prefix()
    load(model, {key: to_numpy(p.data()) for key, p in parameters.items()})


def load(model, arrays) -> None:
    """Copy arrays, named as in `gluon_nets`, into a twin; all must fit."""
    state = {}
    for key, value in arrays.items():
        stem, last = key.rsplit(".", 1)
        state[f"{stem}.{_RENAMED.get(last, last)}"] = torch.from_numpy(value)
    expected = model.state_dict()
    counters = {key for key in expected if key.endswith("num_batches_tracked")}
    model.load_state_dict({**state, **{key: expected[key] for key in counters}})
