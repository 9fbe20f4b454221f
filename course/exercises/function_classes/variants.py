# %% [right] hybrid networks, every ReLU a layer of its own, not initialized
def hybrid(kernel, *channels):
    net = nn.HybridSequential()
    for place, width in enumerate(channels):
        net.add(nn.Conv2D(width, kernel, padding=kernel // 2), nn.Activation("relu"))
        if place == 0:
            net.add(nn.MaxPool2D())
    net.add(nn.GlobalAvgPool2D(), nn.Flatten(), nn.Dense(10))
    net.hybridize()
    return net


nets["small"], nets["kernel"] = hybrid(3, 16, 32), hybrid(5, 16, 32)
nets["deeper"], nets["wider"] = hybrid(3, 16, 32, 32), hybrid(3, 32, 64)


# %% [right] written out with functions
class Written(nn.Block):
    def __init__(self, depth):
        super().__init__()
        self.convs = nn.Sequential()
        for width in (16, 32, 32)[:depth]:
            self.convs.add(nn.Conv2D(width, 3, 1, 1))
        self.head = nn.Dense(10)

    def forward(self, x):
        for place, conv in enumerate(self.convs):
            x = np.maximum(conv(x), 0)
            if place == 0:
                x = npx.pooling(x, kernel=(2, 2), stride=(2, 2), pool_type="max")
        return self.head(x.mean(axis=(2, 3)))


nets["small"], nets["deeper"] = Written(2), Written(3)


# %% [right] the residual block as a hybrid one, the sum swapped
class Swapped(nn.HybridBlock):
    def __init__(self):
        super().__init__()
        self.f = nn.HybridSequential()
        self.f.add(nn.Conv2D(32, 3, padding=1, activation="relu"))
        self.f.add(nn.Conv2D(32, 3, padding=1))
        self.relu = nn.Activation("relu")

    def hybrid_forward(self, F, x):
        return self.relu(self.f(x) + x)


nets["residual"] = build(more=Swapped())

# %% [right] no bias in the convolutions that are new
nets["deeper"] = build(
    more=nn.Conv2D(32, 3, padding=1, activation="relu", use_bias=False)
)
params["deeper"] -= 32

# %% [right] networks in a nested sequence
body = nn.Sequential()
body.add(nn.Conv2D(16, 3, padding=1, activation="relu"), nn.MaxPool2D(2, 2))
body.add(nn.Conv2D(32, 3, padding=1, activation="relu"))
head = nn.Sequential()
head.add(nn.GlobalAvgPool2D(), nn.Dense(10))
nets["small"] = nn.Sequential()
nets["small"].add(body, head)

# %% [right] exact zeros, arrays for numbers
import numpy

differences = {
    name: {"before": np.array(found["before"]), "after": numpy.float32(0)}
    for name, found in differences.items()
}
params = {name: numpy.int64(number) for name, number in params.items()}

# %% [right] depths as numbers, stops as texts
losses = {
    name: {int(depth): loss for depth, loss in table.items()}
    for name, table in losses.items()
}
stops = {name: str(depth) for name, depth in stops.items()}

# %% [right] one more depth, and other losses
losses = {
    "plain": {"1": 1.1, "2": 1.2, "4": 1.5, "8": 1.9, "16": 2.3},
    "residual": {"1": 1.2, "2": 1.1, "4": 1.0, "8": 0.95, "16": 0.9},
}
stops = {"plain": 1, "residual": 16}

# %% [right] bottlenecks, and other widths
stages = tuple(gn.Stage(8, width, width // 2, bottleneck=2.0) for width in (16, 24))
deep["residual"] = gn.build(gn.Arch(8, stages, block="resnext"), 10, 1)


# %% [right] networks of eight blocks written by hand
class Pair(nn.Block):
    def __init__(self, channels, stride, shortcut):
        super().__init__()
        self.body = nn.Sequential()
        for step in (stride, 1):
            self.body.add(nn.Conv2D(channels, 3, step, 1), nn.BatchNorm())
            self.body.add(nn.Activation("relu"))
        self.shortcut = shortcut
        if shortcut:
            self.body._children.popitem()
            self.project = nn.Conv2D(channels, 1, stride) if stride > 1 else None

    def forward(self, x):
        y = self.body(x)
        if not self.shortcut:
            return y
        return npx.relu(y + (self.project(x) if self.project else x))


def by_hand(shortcut):
    net = nn.Sequential()
    net.add(nn.Conv2D(8, 3, 2, 1), nn.BatchNorm(), nn.Activation("relu"))
    for channels in (8, 16):
        for number in range(8):
            net.add(Pair(channels, 2 if number == 0 else 1, shortcut))
    net.add(nn.GlobalAvgPool2D(), nn.Dense(10))
    return net


deep = {"plain": by_hand(False), "residual": by_hand(True)}

# %% [right] Yes and No
contains = {name: f"{word.title()} " for name, word in contains.items()}

# %% [loses small, deeper] no pooling
nets["small"], nets["deeper"] = nn.Sequential(), nn.Sequential()
for name, widths in (("small", (16, 32)), ("deeper", (16, 32, 32))):
    for width in widths:
        nets[name].add(nn.Conv2D(width, 3, padding=1, activation="relu"))
    nets[name].add(nn.GlobalAvgPool2D(), nn.Dense(10))

# %% [loses deeper] two more convolutions
two = nn.Sequential()
two.add(nn.Conv2D(32, 3, padding=1, activation="relu"))
two.add(nn.Conv2D(32, 3, padding=1, activation="relu"))
nets["deeper"] = build(more=two)

# %% [loses deeper, relu] the new convolution has no ReLU, and is of 1×1
nets["deeper"] = build(more=nn.Conv2D(32, 1))

# %% [loses wider, params] only the first convolution is wider
nets["wider"] = build(widths=(32, 32))
params["wider"] = counted(nets["wider"])


# %% [loses kernel] larger kernels with the padding of the small ones
def padded(kernel, padding):
    net = nn.Sequential()
    net.add(nn.Conv2D(16, kernel, padding=padding, activation="relu"))
    net.add(nn.MaxPool2D(2, 2))
    net.add(nn.Conv2D(32, kernel, padding=padding, activation="relu"))
    net.add(nn.GlobalAvgPool2D(), nn.Dense(10))
    return net


nets["kernel"] = padded(5, 1)

# %% [loses small] no padding
net = nn.Sequential()
net.add(nn.Conv2D(16, 3, activation="relu"), nn.MaxPool2D(2, 2))
net.add(nn.Conv2D(32, 3, activation="relu"), nn.GlobalAvgPool2D(), nn.Dense(10))
nets["small"] = net

# %% [loses kernel] kernels of 7×7
nets["kernel"] = build(kernel=7)


# %% [loses residual] no sum in the block
class Plain(Block):
    def forward(self, x):
        return npx.relu(self.last(npx.relu(self.first(x))))


nets["residual"] = build(more=Plain(32))


# %% [loses relu] no ReLU within the block
class Bare(Block):
    def forward(self, x):
        return npx.relu(x + self.last(self.first(x)))


nets["residual"] = build(more=Bare(32))


# %% [loses residual] a projection on the shortcut
class Projected(Block):
    def __init__(self, channels):
        super().__init__(channels)
        self.shortcut = nn.Conv2D(channels, 1)

    def forward(self, x):
        return npx.relu(self.shortcut(x) + self.last(npx.relu(self.first(x))))


nets["residual"] = build(more=Projected(32))

# %% [loses small, deeper, wider, kernel, residual] dense layers on the flattened map
for name, net in nets.items():
    flat = nn.Sequential()
    flat.add(*[layer for layer in net][:-2], nn.Dense(10))
    nets[name] = flat

# %% [loses small, relu, same_deeper, same_wider, same_kernel, same_residual] no small network
nets["small"] = None

# %% [loses wider, same_wider] a larger network is missing
del nets["wider"]

# %% [loses deep, losses, shortcuts, stops] losses of networks that are not there
deep = {"plain": None, "residual": None}

# %% [loses deep, losses, shortcuts, stops] only one of the networks was kept
deep = {"plain": deep["plain"]}

# %% [loses deep] the same network kept under both names
deep["residual"] = deep["plain"]

# %% [loses deep] kept under each other's name
deep = {"plain": deep["residual"], "residual": deep["plain"]}

# %% [loses deep] the ones with four blocks were kept
deep = {"plain": build_net("vanilla", 4), "residual": build_net("residual", 4)}

# %% [loses deep] eight blocks in all, four in each stage of one
deep["residual"] = build_net("residual", 4)

# %% [loses deep] any network will do
deep = dict.fromkeys(deep, nn.Dense(10))

# %% [loses same_deeper] all weights of the new convolution are 1
differences["deeper"] = {"before": 0.4, "after": 35.0}

# %% [loses same_wider] others listen to the additional channels
differences["wider"] = {"before": 0.5, "after": 0.2}

# %% [loses same_kernel] the small kernel in the corner of the large one
differences["kernel"] = {"before": 0.4, "after": 0.03}

# %% [loses same_residual] f closed before it was measured
differences["residual"] = {"before": 0.0, "after": 0.0}

# %% [loses same_residual] measured the wrong way round
found = differences["residual"]
differences["residual"] = {"before": found["after"], "after": found["before"]}

# %% [loses params] in thousands
params = {name: number / 1000 for name, number in params.items()}

# %% [loses special] a one at each place of the kernel
special = {"ones": 9 * 32, "zeros": 8448}

# %% [loses special] the zeros of one channel only
special = {"ones": 32, "zeros": 16}

# %% [loses layers] nothing but layers that add is thought to contain
contains = {**contains, "linear": "no"}

# %% [loses layers, sizes] all that is larger contains
contains = dict.fromkeys(contains, "yes")

# %% [loses sizes] groups the other way round
contains = {**contains, "groups": "yes", "ungroup": "no"}

# %% [loses sizes] more layers make up for fewer channels
contains = {**contains, "trade": "yes"}

# %% [loses losses, shortcuts, stops] accuracies in per cent
losses = {
    "plain": {"1": 69.3, "2": 72.7, "4": 55.8, "8": 33.0},
    "residual": {"1": 70.9, "2": 73.6, "4": 73.1, "8": 72.1},
}
stops = {"plain": 2, "residual": 2}

# %% [loses shortcuts, stops] plain and residual mixed up
losses = {"plain": losses["residual"], "residual": losses["plain"]}
losses["plain"] = {**losses["plain"], "1": 0.5}

# %% [loses losses, shortcuts] only three depths
losses = {
    name: {depth: loss for depth, loss in table.items() if depth != "8"}
    for name, table in losses.items()
}

# %% [loses stops] the deepest for the best
stops = {"plain": 8, "residual": 8}

# %% [loses stops] the loss instead of the depth
stops = {name: min(table.values()) for name, table in losses.items()}
