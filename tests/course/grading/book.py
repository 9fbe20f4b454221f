"""Networks as students write them: plain blocks with `forward`, in many ways."""

from __future__ import annotations

from mxnet import np, npx
from mxnet.gluon import nn

from course.grading.extract import graph_text
from course.grading.graph import Graph, read_graph

npx.set_np()

RELUS = {
    "npx": npx.relu,
    "activation": nn.Activation("relu"),
    "maximum": lambda x: np.maximum(x, 0),
    "zeros": lambda x: np.maximum(np.zeros_like(x), x),
    "leaky": nn.LeakyReLU(0),
    "twice": lambda x: npx.relu(npx.relu(x)),
}


def graph_of(net, *image: int) -> Graph:
    """The graph of a network, through extraction and reading."""
    return read_graph(graph_text(net, image), image)


class Residual(nn.Block):
    """The book's residual block."""

    def __init__(self, channels, use_1x1conv=False, strides=1, **ways):
        super().__init__()
        self.ways = {"relu": "npx", "swapped": False, "projection_bn": False, **ways}
        self.conv1 = nn.Conv2D(channels, 3, padding=1, strides=strides)
        self.conv2 = nn.Conv2D(channels, kernel_size=3, padding=1)
        self.conv3 = nn.Conv2D(channels, 1, strides=strides) if use_1x1conv else None
        self.bn1, self.bn2, self.bn3 = (nn.BatchNorm() for _ in range(3))

    def forward(self, X):
        relu = RELUS[self.ways["relu"]]
        Y = relu(self.bn1(self.conv1(X)))
        Y = self.bn2(self.conv2(Y))
        if self.conv3:
            X = self.conv3(X)
            if self.ways["projection_bn"]:
                X = self.bn3(X)
        return relu(X + Y if self.ways["swapped"] else np.add(Y, X))


class ResNeXtBlock(nn.Block):
    """The book's, with the group width as `groups`."""

    def __init__(self, channels, groups, bot_mul, use_1x1conv=False, strides=1, se=0):
        super().__init__()
        inner = int(round(channels * bot_mul))
        self.conv1 = nn.Conv2D(inner, 1)
        self.conv2 = nn.Conv2D(
            inner, 3, strides=strides, padding=1, groups=inner // groups
        )
        self.conv3 = nn.Conv2D(channels, 1)
        self.bn1, self.bn2, self.bn3 = (nn.BatchNorm() for _ in range(3))
        self.se = Squeeze(inner, se) if se else None
        self.conv4 = self.bn4 = None
        if use_1x1conv:
            self.conv4 = nn.Conv2D(channels, 1, strides=strides)
            self.bn4 = nn.BatchNorm()

    def forward(self, X):
        Y = npx.relu(self.bn1(self.conv1(X)))
        Y = npx.relu(self.bn2(self.conv2(Y)))
        if self.se:
            Y = self.se(Y)
        Y = self.bn3(self.conv3(Y))
        if self.conv4:
            X = self.bn4(self.conv4(X))
        return npx.relu(Y + X)


class Squeeze(nn.Block):
    """Squeeze-and-excitation in five ways."""

    def __init__(self, channels, squeezed, way="index"):
        super().__init__()
        self.way = way
        if way == "convolutions":
            self.one = nn.Conv2D(squeezed, 1, activation="relu")
            self.two = nn.Conv2D(channels, 1, activation="sigmoid")
        else:
            self.one = nn.Dense(squeezed, activation="relu")
            self.two = nn.Dense(channels, activation="sigmoid")
        self.pool = nn.GlobalAvgPool2D()

    def forward(self, X):
        if self.way == "convolutions":
            return X * self.two(self.one(self.pool(X)))
        if self.way == "expand":
            gate = self.two(self.one(self.pool(X)))
            return np.expand_dims(np.expand_dims(gate, 2), -1) * X
        gate = self.two(self.one(X.mean(axis=(2, 3))))
        if self.way == "reshape":
            return np.multiply(X, gate.reshape(X.shape[0], -1, 1, 1))
        if self.way == "npx":
            return X * npx.reshape(gate, (-2, -2, 1, 1))
        return gate[:, :, None, None] * X


class PreActivated(nn.Block):
    """BatchNorm and ReLU before the convolutions."""

    def __init__(self, channels, use_1x1conv=False, strides=1, shares=True):
        super().__init__()
        self.shares = shares
        self.bn1, self.bn2 = nn.BatchNorm(), nn.BatchNorm()
        self.conv1 = nn.Conv2D(channels, 3, padding=1, strides=strides)
        self.conv2 = nn.Conv2D(channels, 3, padding=1)
        self.conv3 = nn.Conv2D(channels, 1, strides=strides) if use_1x1conv else None

    def forward(self, X):
        Y = npx.relu(self.bn1(X))
        if self.conv3:
            X = self.conv3(Y if self.shares else X)
        Y = self.conv2(npx.relu(self.bn2(self.conv1(Y))))
        return X + Y


class Inception(nn.Block):
    """The book's Inception block, narrow."""

    def __init__(self, join="numpy"):
        super().__init__()
        self.join = join
        self.a = nn.Conv2D(4, 1, activation="relu")
        self.b1 = nn.Conv2D(4, 1, activation="relu")
        self.b2 = nn.Conv2D(8, 3, padding=1, activation="relu")
        self.c1 = nn.Conv2D(2, 1, activation="relu")
        self.c2 = nn.Conv2D(4, 5, padding=2, activation="relu")
        self.d1 = nn.MaxPool2D(3, 1, padding=1)
        self.d2 = nn.Conv2D(4, 1, activation="relu")

    def forward(self, x):
        parts = self.a(x), self.b2(self.b1(x)), self.c2(self.c1(x)), self.d2(self.d1(x))
        if self.join == "numpy":
            return np.concatenate(parts, axis=1)
        left = np.concatenate(parts[:2], axis=-3)
        return np.concatenate([left, np.concatenate(parts[2:], axis=1)], axis=1)


class Mean(nn.Block):
    """Global average pooling in other ways than the layer's."""

    def __init__(self, way):
        super().__init__()
        self.way = way

    def forward(self, x):
        if self.way == "mean":
            return x.mean((2, 3))
        if self.way == "keepdims":
            return np.mean(x, axis=(-1, -2), keepdims=True).squeeze((2, 3))
        return npx.pooling(
            x, kernel=x.shape[2:], stride=x.shape[2:], pool_type="avg"
        ).reshape(x.shape[0], x.shape[1])


def stem(width=8, strides=2) -> nn.Sequential:
    """conv3×3 → BatchNorm → ReLU."""
    net = nn.Sequential()
    net.add(nn.Conv2D(width, 3, strides=strides, padding=1))
    net.add(nn.BatchNorm(), nn.Activation("relu"))
    return net


def sequence(*layers) -> nn.Sequential:
    """Layers one after the other; lists are unfolded."""
    net = nn.Sequential()
    for layer in layers:
        net.add(*(layer if isinstance(layer, list) else [layer]))
    return net


def resnet(depths=(2, 2), widths=(8, 16), mean=None, **ways) -> nn.Sequential:
    """Stem, stages of the book's residual blocks with stride 2, head."""
    blocks = [
        Residual(width, index == 0, 1 if index else 2, **ways)
        for depth, width in zip(depths, widths)
        for index in range(depth)
    ]
    pool = nn.GlobalAvgPool2D() if mean is None else Mean(mean)
    return sequence(stem(), blocks, pool, nn.Dense(10))


def regnet(depths=(1, 2), widths=(16, 32), groups=8, bot_mul=1, se=0):
    """The book's AnyNet: each stage's first block has stride 2 and a projection."""
    blocks = [
        ResNeXtBlock(width, groups, bot_mul, index == 0, 1 if index else 2, se)
        for depth, width in zip(depths, widths)
        for index in range(depth)
    ]
    return sequence(stem(16), blocks, nn.GlobalAvgPool2D(), nn.Dense(10))


def vgg(arch=((1, 8), (2, 16)), head="dense", bn=False) -> nn.Sequential:
    """The book's VGG, narrow."""
    net = nn.Sequential()
    for convs, channels in arch:
        for _ in range(convs):
            net.add(nn.Conv2D(channels, 3, padding=1))
            net.add(*[nn.BatchNorm()] if bn else [], nn.Activation("relu"))
        net.add(nn.MaxPool2D(pool_size=2, strides=2))
    if head == "dense":
        for _ in range(2):
            net.add(nn.Dense(32, activation="relu"), nn.Dropout(0.5))
    else:
        net.add(nn.GlobalAvgPool2D())
    net.add(nn.Dense(10))
    return net
