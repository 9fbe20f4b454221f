"""The networks as the book's MXNet code has them: imperative, biases, ``npx.relu``.

Written anew from what the chapters say: plain `nn.Block`s without hybridization, a bias
in each convolution, ReLU as a function, addition by ``+``, and ``GlobalAvgPool2D``.
"""

from __future__ import annotations

from mxnet import npx
from mxnet.gluon import nn

from gluon_nets.arch import Arch
from gluon_nets.specs import VGGSpec

npx.set_np()


class Residual(nn.Block):
    """relu(f(x) + shortcut(x)), f of two 3×3 convolutions."""

    def __init__(self, width, project, stride):
        super().__init__()
        self.conv1 = nn.Conv2D(width, 3, strides=stride, padding=1)
        self.bn1 = nn.BatchNorm()
        self.conv2 = nn.Conv2D(width, 3, padding=1)
        self.bn2 = nn.BatchNorm()
        if project:
            self.conv3 = nn.Conv2D(width, 1, strides=stride)
            self.bn3 = nn.BatchNorm()  # as in gluon_nets; the book has none here
        self.project = project

    def forward(self, x):
        y = npx.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        if self.project:
            x = self.bn3(self.conv3(x))
        return npx.relu(y + x)


class ResNeXtBlock(nn.Block):
    """relu(f(x) + shortcut(x)), f of 1×1, grouped 3×3 and 1×1 convolutions."""

    def __init__(self, width, inner, group_width, project, stride):
        super().__init__()
        self.conv1 = nn.Conv2D(inner, 1)
        self.bn1 = nn.BatchNorm()
        self.conv2 = nn.Conv2D(
            inner, 3, padding=1, strides=stride, groups=inner // group_width
        )
        self.bn2 = nn.BatchNorm()
        self.conv3 = nn.Conv2D(width, 1)
        self.bn3 = nn.BatchNorm()
        if project:
            self.conv4 = nn.Conv2D(width, 1, strides=stride)
            self.bn4 = nn.BatchNorm()
        self.project = project

    def forward(self, x):
        y = npx.relu(self.bn1(self.conv1(x)))
        y = npx.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        if self.project:
            x = self.bn4(self.conv4(x))
        return npx.relu(y + x)


def chapter_net(spec, classes: int) -> nn.Block:
    """The network of a spec.

    Raises
    ------
    NotImplementedError
        Where the chapters have no such network.
    """
    if isinstance(spec, VGGSpec) and not spec.bn and spec.head == "dense":
        return _vgg(spec, classes)
    if isinstance(spec, Arch) and spec.block in ("residual", "resnext"):
        if not any(stage.se_ratio for stage in spec.stages):
            return _anynet(spec, classes)
    raise NotImplementedError("the chapters have no such network")


def _anynet(spec: Arch, classes: int) -> nn.Block:
    net, width = nn.Sequential(), spec.stem_width
    if spec.stem == "conv7_pool":
        net.add(nn.Conv2D(width, 7, strides=2, padding=3), nn.BatchNorm())
        net.add(nn.Activation("relu"), nn.MaxPool2D(3, strides=2, padding=1))
    else:
        net.add(nn.Conv2D(width, 3, strides=2, padding=1), nn.BatchNorm())
        net.add(nn.Activation("relu"))
    for stage in spec.stages:
        blocks = nn.Sequential()
        for index in range(stage.depth):
            stride = 1 if index else stage.stride
            blocks.add(_block(spec, stage, width, stride))
            width = stage.width
        net.add(blocks)
    net.add(nn.GlobalAvgPool2D(), nn.Dense(classes))
    return net


def _block(spec, stage, width, stride) -> nn.Block:
    project = stride != 1 or width != stage.width
    if spec.block == "residual":
        return Residual(stage.width, project, stride)
    inner, _ = stage.inner()
    return ResNeXtBlock(stage.width, inner, stage.group_width, project, stride)


def _vgg(spec: VGGSpec, classes: int) -> nn.Block:
    net = nn.Sequential()
    for convs, width, pooled in spec.blocks:
        for _ in range(convs):
            net.add(nn.Conv2D(width, 3, padding=1, activation="relu"))
        if pooled:
            net.add(nn.MaxPool2D(2, strides=2))
    for _ in range(2):
        net.add(nn.Dense(spec.hidden, activation="relu"), nn.Dropout(0.5))
    net.add(nn.Dense(classes))
    return net
