"""The same networks in PyTorch, with the same parameter names: oracle and peer.

Written from the papers in plain `torch.nn`, with nothing of `gluon_nets.layers`: tests
transplant weights and compare outputs, benchmarks compare times.
"""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import nn

from gluon_nets.nets.regnet import REGNET
from gluon_nets.nets.resnet import RESNET
from gluon_nets.nets.vgg import VGG


def conv_bn(inputs, outputs, kernel, stride=1, groups=1, relu=True):
    """conv → BatchNorm (→ ReLU)."""
    conv = nn.Conv2d(
        inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False
    )
    layers = OrderedDict(conv=conv, bn=nn.BatchNorm2d(outputs))
    if relu:
        layers["relu"] = nn.ReLU(inplace=True)
    return nn.Sequential(layers)


class Residual(nn.Module):
    """relu(f(x) + shortcut(x))."""

    def __init__(self, transform, inputs, outputs, stride):
        super().__init__()
        self.transform = nn.Sequential(*transform)
        self.shortcut = nn.Identity()
        if inputs != outputs or stride != 1:
            self.shortcut = conv_bn(inputs, outputs, 1, stride, relu=False)

    def forward(self, x):
        return torch.relu(self.transform(x) + self.shortcut(x))


def block(arch, stage, inputs, stride):
    """A basic residual block or an X block."""
    width = stage.width
    if arch.block == "residual":
        transform = (
            conv_bn(inputs, width, 3, stride),
            conv_bn(width, width, 3, relu=False),
        )
    else:
        inner = int(width / stage.bottleneck)
        transform = (
            conv_bn(inputs, inner, 1),
            conv_bn(inner, inner, 3, stride, inner // stage.group_width),
            conv_bn(inner, width, 1, relu=False),
        )
    return Residual(transform, inputs, width, stride)


def any_net(arch, num_classes=10, in_channels=1):
    """stem → stages → mean → linear."""
    if arch.stem == "conv3":
        stem = conv_bn(in_channels, arch.stem_width, 3, 2)
    else:
        stem = nn.Sequential(
            conv_bn(in_channels, arch.stem_width, 7, 2), nn.MaxPool2d(3, 2, 1)
        )
    layers, width = OrderedDict(stem=stem), arch.stem_width
    for number, stage in enumerate(arch.stages, 1):
        blocks = []
        for index in range(stage.depth):
            blocks.append(block(arch, stage, width, 1 if index else stage.stride))
            width = stage.width
        layers[f"stage{number}"] = nn.Sequential(*blocks)
    layers["pool"] = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
    layers["head"] = nn.Linear(width, num_classes)
    return nn.Sequential(layers)


def vgg_net(blocks, num_classes=10, in_channels=1, image_size=224):
    """VGG for one image size."""
    layers = OrderedDict()
    for number, (convs, channels) in enumerate(blocks, 1):
        inner = OrderedDict()
        for index in range(convs):
            inner[str(index)] = nn.Conv2d(in_channels, channels, 3, padding=1)
            inner[f"relu{index}"] = nn.ReLU(inplace=True)
            in_channels = channels
        inner["pool"] = nn.MaxPool2d(2)
        layers[f"block{number}"] = nn.Sequential(inner)
    layers["flatten"] = nn.Flatten()
    units = in_channels * (image_size // 2 ** len(blocks)) ** 2
    for number in (1, 2):
        layers[f"dense{number}"] = nn.Linear(units, 4096)
        layers[f"relu{number}"] = nn.ReLU(inplace=True)
        layers[f"dropout{number}"] = nn.Dropout(0.5)
        units = 4096
    layers["head"] = nn.Linear(units, num_classes)
    return nn.Sequential(layers)


def twin(name, num_classes=10, in_channels=1, image_size=224):
    """The twin of ``gn.get_net(name)``."""
    if name in VGG:
        return vgg_net(VGG[name], num_classes, in_channels, image_size)
    return any_net({**RESNET, **REGNET}[name], num_classes, in_channels)


# our name of a parameter -> PyTorch's
_RENAMED = {"gamma": "weight", "beta": "bias"}


def transplant(net, model) -> None:
    """Copy the parameters of a Gluon network into its twin; all must fit."""
    parameters = net._collect_params_with_prefix()
    load(model, {key: p.data().asnumpy() for key, p in parameters.items()})


def load(model, arrays) -> None:
    """Copy arrays, named as in `gluon_nets`, into a twin; all must fit."""
    state = {}
    for key, value in arrays.items():
        stem, last = key.rsplit(".", 1)
        state[f"{stem}.{_RENAMED.get(last, last)}"] = torch.from_numpy(value)
    expected = model.state_dict()
    counters = {key for key in expected if key.endswith("num_batches_tracked")}
    model.load_state_dict({**state, **{key: expected[key] for key in counters}})
