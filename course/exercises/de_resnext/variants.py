# %% [right] a plain Block with forward, the sum swapped, biases before BatchNorm
class Basic(nn.Block):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2D(outputs, 3, strides=stride, padding=1)
        self.bn1 = nn.BatchNorm()
        self.conv2 = nn.Conv2D(outputs, 3, padding=1)
        self.bn2 = nn.BatchNorm()
        self.shortcut = None
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Conv2D(outputs, 1, strides=stride)

    def forward(self, x):
        y = npx.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        if self.shortcut is not None:
            x = self.shortcut(x)
        return npx.relu(x + y)


def by_hand(depths, widths):
    net = nn.Sequential()
    net.add(nn.Conv2D(32, 3, strides=2, padding=1), nn.BatchNorm())
    net.add(nn.Activation("relu"))
    inputs = 32
    for depth, width in zip(depths, widths):
        for number in range(depth):
            net.add(Basic(inputs, width, 2 if number == 0 else 1))
            inputs = width
    net.add(nn.GlobalAvgPool2D(), nn.Dense(10))
    net.initialize()
    return net


def counted(depths, widths):
    rows, inputs, side = [(9 + 1, 32, 14)], 32, 14
    for depth, width in zip(depths, widths):
        side = (side + 1) // 2
        rows.append((inputs + 1, width, side))  # the projection
        for _ in range(depth):
            rows += [(9 * inputs + 1, width, side), (9 * width + 1, width, side)]
            inputs = width
    dense = 10 * inputs + 10
    norms = 2 * 32 + sum(4 * w * d for d, w in zip(depths, widths))
    return {
        "params": sum(a * b for a, b, _ in rows) + norms + dense,
        "flops": sum(a * b * side**2 for a, b, side in rows) + dense,
    }


plain = by_hand((4, 6), (32, 80))
rebudgeted = by_hand((2, 3), (24, 60))
costs["plain"] = counted((4, 6), (32, 80))
costs["rebudgeted"] = counted((2, 3), (24, 60))


# %% [right] a HybridBlock, BatchNorm on the projection, no biases, never initialized
class Basic(nn.HybridBlock):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.body = nn.HybridSequential()
        self.body.add(
            nn.Conv2D(outputs, 3, strides=stride, padding=1, use_bias=False),
            nn.BatchNorm(),
            nn.Activation("relu"),
            nn.Conv2D(outputs, 3, padding=1, use_bias=False),
            nn.BatchNorm(),
        )
        self.projection = nn.HybridSequential()
        if (inputs, stride) != (outputs, 1):
            conv = nn.Conv2D(outputs, 1, strides=stride, use_bias=False)
            self.projection.add(conv, nn.BatchNorm())

    def hybrid_forward(self, F, x):
        return F.npx.relu(self.projection(x) + self.body(x))


def by_hand(*table):
    net = nn.HybridSequential()
    net.add(nn.Conv2D(32, 3, 2, 1, use_bias=False), nn.BatchNorm())
    net.add(nn.Activation("relu"))
    for row in table:
        net.add(Basic(*row))
    net.add(nn.GlobalAvgPool2D(), nn.Flatten(), nn.Dense(10))
    return net


plain = by_hand((32, 32, 2), *3 * [(32, 32, 1)], (32, 80, 2), *5 * [(80, 80, 1)])
rebudgeted = by_hand((32, 24, 2), (24, 24, 1), (24, 60, 2), *2 * [(60, 60, 1)])


# %% [right] the book's block, chosen by hand, in stages of their own
class Residual(nn.Block):
    def __init__(self, num_channels, use_1x1conv=False, strides=1):
        super().__init__()
        self.conv1 = nn.Conv2D(num_channels, 3, padding=1, strides=strides)
        self.conv2 = nn.Conv2D(num_channels, kernel_size=3, padding=1)
        self.conv3 = None
        if use_1x1conv:
            self.conv3 = nn.Conv2D(num_channels, kernel_size=1, strides=strides)
        self.bn1, self.bn2 = nn.BatchNorm(), nn.BatchNorm()

    def forward(self, X):
        Y = npx.relu(self.bn1(self.conv1(X)))
        Y = self.bn2(self.conv2(Y))
        if self.conv3:
            X = self.conv3(X)
        return npx.relu(Y + X)


def stage(depth, channels):
    net = nn.Sequential()
    for i in range(depth):
        net.add(Residual(channels, use_1x1conv=i == 0, strides=2 if i == 0 else 1))
    return net


plain = nn.Sequential()
plain.add(nn.Conv2D(32, 3, 2, 1), nn.BatchNorm(), nn.Activation("relu"))
plain.add(stage(4, 32), stage(6, 80))
plain.add(nn.GlobalAvgPool2D(), nn.Dense(10))
plain.initialize(init="xavier")
# as before, but each convolution has a bias, and the projections no BatchNorm
biases = {7: 32 * 4 * 2 + 32, 4: 80 * 6 * 2 + 80, 14: 32}
norms = 2 * (32 + 80)  # which the projections had
costs["plain"] = {
    "params": costs["plain"]["params"] + sum(biases.values()) - norms,
    "flops": costs["plain"]["flops"] + sum(n * m**2 for m, n in biases.items()),
}


# %% [right] the sum in place, in a plain block
class InPlace(nn.Block):
    def __init__(self, inputs, outputs, stride=1):
        super().__init__()
        options = {"padding": 1, "use_bias": False}
        self.conv1 = nn.Conv2D(outputs, 3, strides=stride, **options)
        self.conv2 = nn.Conv2D(outputs, 3, **options)
        self.bn1, self.bn2 = nn.BatchNorm(), nn.BatchNorm()
        self.shortcut = nn.Sequential()
        if (inputs, stride) != (outputs, 1):
            self.shortcut.add(nn.Conv2D(outputs, 1, stride, use_bias=False))
            self.shortcut.add(nn.BatchNorm())

    def forward(self, x):
        y = self.bn2(self.conv2(npx.relu(self.bn1(self.conv1(x)))))
        y += self.shortcut(x)
        return npx.relu(y)


plain = nn.Sequential()
plain.add(nn.Conv2D(32, 3, 2, 1, use_bias=False), nn.BatchNorm())
plain.add(nn.Activation("relu"), InPlace(32, 32, 2), *[InPlace(32, 32) for _ in "abc"])
plain.add(InPlace(32, 80, 2), *[InPlace(80, 80) for _ in "abcde"])
plain.add(nn.GlobalAvgPool2D(), nn.Dense(10))

# %% [right] the stride on the second convolution of the first blocks
from gluon_nets.layers import ConvBN


class Late(nn.HybridBlock):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.body = nn.HybridSequential()
        self.body.add(ConvBN(outputs, 3), ConvBN(outputs, 3, stride=stride, relu=False))
        self.side = nn.HybridSequential()
        if (inputs, stride) != (outputs, 1):
            self.side.add(ConvBN(outputs, 1, stride=stride, relu=False))
        self.relu = nn.Activation("relu")

    def hybrid_forward(self, F, x):
        return self.relu(self.side(x) + self.body(x))


plain = nn.HybridSequential()
plain.add(ConvBN(32, 3, stride=2), Late(32, 32, 2), *[Late(32, 32, 1) for _ in "abc"])
plain.add(Late(32, 80, 2), *[Late(80, 80, 1) for _ in "abcde"])
plain.add(nn.GlobalAvgPool2D(), nn.Dense(10))
plain.initialize()
costs["plain"] = cost_of(plain)

# %% [right] fewer blocks, thinner stages
rebudgeted = basic_net((2, 2), (28, 68))
costs["rebudgeted"] = cost_of(rebudgeted)

# %% [right] the widths alone changed
rebudgeted = basic_net((4, 6), (24, 32))
costs["rebudgeted"] = cost_of(rebudgeted)
errors.update(rebudgeted=[0.24, 0.25], regnetx32=[0.22, 0.245])
better = "neither"

# %% [right] the depths alone changed, hybridized
rebudgeted = basic_net((3, 1), (32, 80))
rebudgeted.hybridize()
costs["rebudgeted"] = cost_of(rebudgeted)

# %% [right] no BatchNorm on the projections
import dataclasses

arch = dataclasses.replace(plain.arch, shortcut_bn=False)
plain = gn.build(arch, num_classes=10, in_channels=1)
costs["plain"] = gn.complexity(arch, 28, 1, 10)

# %% [right] costs from numbers alone, with NumPy's integers
import numpy

for name in ("plain", "rebudgeted"):
    found = gn.complexity(nets[name].arch, 28, 1, 10)
    costs[name] = {"flops": numpy.int64(found.flops), "params": found.params}

# %% [right] the additions of the head's bias left out
for cost in (costs := {name: dict(cost) for name, cost in costs.items()}).values():
    cost["flops"] -= 10

# %% [right] three seeds, as arrays; the two do not overlap
import numpy

errors = {
    "regnetx32": numpy.array([0.17, 0.18, 0.175]),
    "plain": numpy.array([0.15, 0.16, 0.155]),
    "rebudgeted": numpy.array(errors["rebudgeted"]),
}
errors["regnetx32"] = errors["rebudgeted"].max() + numpy.array([0.01, 0.02, 0.03])
better = "rebudgeted"

# %% [right] the other way round
errors.update(regnetx32=[0.215, 0.21], rebudgeted=[0.225, 0.22])
better = "RegNetX32"

# %% [right] errors that overlap
errors["regnetx32"] = [min(errors["rebudgeted"]), max(errors["rebudgeted"]) + 0.02]
better = "neither"

# %% [loses plain_blocks, plain_ungrouped] the groups are still there
plain = gn.get_net("regnetx32", num_classes=10, in_channels=1)
costs["plain"] = cost_of(plain)

# %% [loses plain_blocks] X blocks with one group each
stages = (gn.Stage(4, 32, group_width=32), gn.Stage(6, 80, group_width=80))
plain = gn.build(gn.Arch(32, stages), num_classes=10, in_channels=1)
costs["plain"] = cost_of(plain)

# %% [loses plain_blocks] no shortcut
stages = (gn.Stage(4, 32), gn.Stage(6, 80))
arch = gn.Arch(32, stages, block="vanilla")
plain = gn.build(arch, num_classes=10, in_channels=1)
costs["plain"] = cost_of(plain)


# %% [loses plain_blocks] no ReLU behind the sum
class Linear(nn.HybridBlock):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.body = nn.HybridSequential()
        self.body.add(nn.Conv2D(outputs, 3, stride, 1, use_bias=False), nn.BatchNorm())
        self.body.add(nn.Activation("relu"))
        self.body.add(nn.Conv2D(outputs, 3, 1, 1, use_bias=False), nn.BatchNorm())
        self.side = nn.HybridSequential()
        if (inputs, stride) != (outputs, 1):
            self.side.add(nn.Conv2D(outputs, 1, stride, use_bias=False))

    def hybrid_forward(self, F, x):
        return self.side(x) + self.body(x)


plain = nn.HybridSequential()
plain.add(nn.Conv2D(32, 3, 2, 1), nn.BatchNorm(), nn.Activation("relu"))
plain.add(Linear(32, 32, 2), *[Linear(32, 32, 1) for _ in "abc"])
plain.add(Linear(32, 80, 2), *[Linear(80, 80, 1) for _ in "abcde"])
plain.add(nn.GlobalAvgPool2D(), nn.Dense(10))
plain.initialize()
costs["plain"] = cost_of(plain)


# %% [loses plain_blocks] no ReLU between the convolutions
class Straight(nn.HybridBlock):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.body = nn.HybridSequential()
        self.body.add(nn.Conv2D(outputs, 3, stride, 1, use_bias=False), nn.BatchNorm())
        self.body.add(nn.Conv2D(outputs, 3, 1, 1, use_bias=False), nn.BatchNorm())
        self.side = nn.HybridSequential()
        if (inputs, stride) != (outputs, 1):
            self.side.add(nn.Conv2D(outputs, 1, stride, use_bias=False))

    def hybrid_forward(self, F, x):
        return F.npx.relu(self.side(x) + self.body(x))


plain = nn.HybridSequential()
plain.add(nn.Conv2D(32, 3, 2, 1), nn.BatchNorm(), nn.Activation("relu"))
plain.add(Straight(32, 32, 2), *[Straight(32, 32, 1) for _ in "abc"])
plain.add(Straight(32, 80, 2), *[Straight(80, 80, 1) for _ in "abcde"])
plain.add(nn.GlobalAvgPool2D(), nn.Dense(10))
plain.initialize()
costs["plain"] = cost_of(plain)


# %% [loses plain_blocks] BatchNorm forgotten in the blocks
class Bare(nn.Block):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2D(outputs, 3, stride, 1, use_bias=False)
        self.conv2 = nn.Conv2D(outputs, 3, 1, 1, use_bias=False)
        self.conv3 = None
        if (inputs, stride) != (outputs, 1):
            self.conv3 = nn.Conv2D(outputs, 1, stride, use_bias=False)

    def forward(self, x):
        y = self.conv2(npx.relu(self.conv1(x)))
        return npx.relu(y + (self.conv3(x) if self.conv3 else x))


weights = sum(
    parameter.data().size
    for name, parameter in plain.collect_params().items()
    if name.endswith("weight") or "dense" in name
)
net = nn.Sequential()
net.add(nn.Conv2D(32, 3, 2, 1, use_bias=False), nn.BatchNorm(), nn.Activation("relu"))
net.add(Bare(32, 32, 2), *[Bare(32, 32, 1) for _ in "abc"])
net.add(Bare(32, 80, 2), *[Bare(80, 80, 1) for _ in "abcde"])
net.add(nn.GlobalAvgPool2D(), nn.Dense(10))
plain = net
costs["plain"] = {**costs["plain"], "params": weights + 2 * 32}


# %% [loses plain_ungrouped] basic blocks with grouped convolutions
class Grouped(nn.HybridBlock):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        options = {"padding": 1, "groups": 2, "use_bias": False}
        self.body = nn.HybridSequential()
        self.body.add(nn.Conv2D(outputs, 3, strides=stride, **options), nn.BatchNorm())
        self.body.add(nn.Activation("relu"), nn.Conv2D(outputs, 3, **options))
        self.body.add(nn.BatchNorm())
        self.side = nn.HybridSequential()
        if (inputs, stride) != (outputs, 1):
            self.side.add(nn.Conv2D(outputs, 1, strides=stride), nn.BatchNorm())

    def hybrid_forward(self, F, x):
        return F.npx.relu(self.side(x) + self.body(x))


plain = nn.HybridSequential()
plain.add(nn.Conv2D(32, 3, 2, 1), nn.BatchNorm(), nn.Activation("relu"))
plain.add(Grouped(32, 32, 2), *[Grouped(32, 32, 1) for _ in "abc"])
plain.add(Grouped(32, 80, 2), *[Grouped(80, 80, 1) for _ in "abcde"])
plain.add(nn.GlobalAvgPool2D(), nn.Dense(10))
plain.initialize()
costs["plain"] = cost_of(plain)

# %% [loses plain_strides] the first stage keeps the map, as ResNet's does
stages = (gn.Stage(4, 32, stride=1), gn.Stage(6, 80))
plain = gn.build(gn.Arch(32, stages, block="residual"), 10, 1)
costs["plain"] = cost_of(plain)

# %% [loses plain_strides] no stage halves the map
stages = (gn.Stage(4, 32, stride=1), gn.Stage(6, 80, stride=1))
plain = gn.build(gn.Arch(32, stages, block="residual"), 10, 1)
costs["plain"] = cost_of(plain)

# %% [loses plain_stages, plain_strides] the last block of each stage has the stride
stages = (
    gn.Stage(3, 32, stride=1),
    gn.Stage(1, 32, stride=2),
    gn.Stage(5, 80, stride=1),
    gn.Stage(1, 80, stride=2),
)
plain = gn.build(gn.Arch(32, stages, block="residual"), 10, 1)
costs["plain"] = cost_of(plain)

# %% [loses plain_stages, plain_strides] every block has a stride
stages = tuple(gn.Stage(1, width) for width in (32, 32, 80))
plain = gn.build(gn.Arch(32, stages, block="residual"), 10, 1)
costs["plain"] = cost_of(plain)

# %% [loses plain_stages] the depths swapped
plain = basic_net((6, 4), (32, 80))
costs["plain"] = cost_of(plain)

# %% [loses plain_stages] the widths do not rise
plain = basic_net((4, 6), (80, 32))
costs["plain"] = cost_of(plain)

# %% [loses plain_stages] convolutions counted in the place of blocks
plain = basic_net((2, 3), (32, 80))
costs["plain"] = cost_of(plain)

# %% [loses plain_frame] ResNet's stem
stages = (gn.Stage(4, 32), gn.Stage(6, 80))
arch = gn.Arch(32, stages, block="residual", stem="conv7_pool")
plain = gn.build(arch, num_classes=10, in_channels=1)
costs["plain"] = cost_of(plain)

# %% [loses plain_frame] a stem that keeps the map
stages = (gn.Stage(4, 32), gn.Stage(6, 80))
arch = gn.Arch(32, stages, block="residual", stem="conv3_s1")
plain = gn.build(arch, num_classes=10, in_channels=1)
costs["plain"] = cost_of(plain)

# %% [loses plain_frame] no BatchNorm and no ReLU in the stem
net = nn.HybridSequential()
net.add(nn.Conv2D(32, 3, 2, 1, use_bias=False), *list(plain._children.values())[1:])
net.initialize()
plain = net
costs["plain"] = cost_of(plain)

# %% [loses re_frame] no ReLU in the stem of the rebudgeted network
net = nn.HybridSequential()
net.add(nn.Conv2D(32, 3, 2, 1, use_bias=False), nn.BatchNorm())
net.add(*list(rebudgeted._children.values())[1:])
net.initialize()
rebudgeted = net
costs["rebudgeted"] = cost_of(rebudgeted)

# %% [loses plain_frame] as many classes as ImageNet has
plain = gn.build(plain.arch, num_classes=1000, in_channels=1)
costs["plain"] = cost_of(plain)

# %% [loses plain_frame] flattened, not averaged
net = nn.HybridSequential()
for name, child in list(plain._children.items())[:3]:
    net.add(child)
net.add(nn.Flatten(), nn.Dense(10))
net.initialize()
plain = net
costs["plain"] = cost_of(plain)

# %% [loses re_budget] the plain network again
rebudgeted = plain
costs["rebudgeted"] = costs["plain"]
errors.update(rebudgeted=[0.22, 0.225], regnetx32=[0.23, 0.245])
better = "rebudgeted"

# %% [loses re_budget] all widths halved: a little too cheap
rebudgeted = basic_net((4, 6), (16, 40))
costs["rebudgeted"] = cost_of(rebudgeted)
errors.update(rebudgeted=[0.22, 0.23], regnetx32=[0.225, 0.245])
better = "neither"

# %% [loses re_budget] few blocks: a little too dear
rebudgeted = basic_net((1, 2), (32, 80))
costs["rebudgeted"] = cost_of(rebudgeted)

# %% [loses re_budget] the parameters' budget, not the flops'
rebudgeted = basic_net((1, 1), (32, 112))
costs["rebudgeted"] = cost_of(rebudgeted)

# %% [loses re_blocks, re_ungrouped] the original, which is on budget
rebudgeted = gn.get_net("regnetx32", num_classes=10, in_channels=1)
costs["rebudgeted"] = costs["regnetx32"]
errors.update(rebudgeted=[0.23, 0.24], regnetx32=[0.23, 0.24])
better = "neither"

# %% [loses re_strides] the first stage keeps the map
stages = (gn.Stage(2, 14, stride=1), gn.Stage(3, 28))
rebudgeted = gn.build(gn.Arch(32, stages, block="residual"), 10, 1)
costs["rebudgeted"] = cost_of(rebudgeted)
errors.update(rebudgeted=[0.22, 0.225], regnetx32=[0.23, 0.245])
better = "rebudgeted"


# %% [loses re_ungrouped] the groups are kept, in basic blocks
class Grouped(nn.HybridBlock):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        options = {"padding": 1, "groups": 2, "use_bias": False}
        self.body = nn.HybridSequential()
        self.body.add(nn.Conv2D(outputs, 3, strides=stride, **options), nn.BatchNorm())
        self.body.add(nn.Activation("relu"), nn.Conv2D(outputs, 3, **options))
        self.body.add(nn.BatchNorm())
        self.side = nn.HybridSequential()
        if (inputs, stride) != (outputs, 1):
            self.side.add(nn.Conv2D(outputs, 1, strides=stride), nn.BatchNorm())

    def hybrid_forward(self, F, x):
        return F.npx.relu(self.side(x) + self.body(x))


rebudgeted = nn.HybridSequential()
rebudgeted.add(nn.Conv2D(32, 3, 2, 1), nn.BatchNorm(), nn.Activation("relu"))
rebudgeted.add(Grouped(32, 32, 2), *[Grouped(32, 32, 1) for _ in "ab"])
rebudgeted.add(Grouped(32, 80, 2), *[Grouped(80, 80, 1) for _ in "ab"])
rebudgeted.add(nn.GlobalAvgPool2D(), nn.Dense(10))
rebudgeted.initialize()
costs["rebudgeted"] = cost_of(rebudgeted)


# %% [loses re_blocks] no ReLU between the convolutions, on budget
class Straight(nn.HybridBlock):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.body = nn.HybridSequential()
        self.body.add(nn.Conv2D(outputs, 3, stride, 1, use_bias=False), nn.BatchNorm())
        self.body.add(nn.Conv2D(outputs, 3, 1, 1, use_bias=False), nn.BatchNorm())
        self.side = nn.HybridSequential()
        if (inputs, stride) != (outputs, 1):
            self.side.add(nn.Conv2D(outputs, 1, stride), nn.BatchNorm())

    def hybrid_forward(self, F, x):
        return F.npx.relu(self.side(x) + self.body(x))


rebudgeted = nn.HybridSequential()
rebudgeted.add(nn.Conv2D(32, 3, 2, 1), nn.BatchNorm(), nn.Activation("relu"))
rebudgeted.add(Straight(32, 24, 2), Straight(24, 24, 1))
rebudgeted.add(Straight(24, 60, 2), Straight(60, 60, 1), Straight(60, 60, 1))
rebudgeted.add(nn.GlobalAvgPool2D(), nn.Dense(10))
rebudgeted.initialize()
costs["rebudgeted"] = cost_of(rebudgeted)

# %% [loses re_frame] a third stage
stages = (gn.Stage(1, 32), gn.Stage(2, 56), gn.Stage(3, 80))
rebudgeted = gn.build(gn.Arch(32, stages, block="residual"), 10, 1)
costs["rebudgeted"] = cost_of(rebudgeted)

# %% [loses plain_costs, re_costs, regnet_costs] in millions
costs = {
    name: {what: value / 1e6 for what, value in cost.items()}
    for name, cost in costs.items()
}

# %% [loses plain_costs, re_costs, regnet_costs] counted at the book's 96 pixels
nets = {"regnetx32": regnetx32, "plain": plain, "rebudgeted": rebudgeted}
for name, net in nets.items():
    flops = gn.summary(net, (1, 1, 96, 96)).flops
    costs[name] = {**costs[name], "flops": flops}

# %% [loses plain_costs, re_costs, regnet_costs] multiplications and additions each
for name, cost in costs.items():
    costs[name] = {**cost, "flops": 2 * cost["flops"]}

# %% [loses regnet_costs] groups forgotten where RegNetX32 is counted
costs["regnetx32"] = {"params": 605602, "flops": 11_000_000}

# %% [loses plain_costs] the head left out
costs["plain"] = {**costs["plain"], "flops": costs["plain"]["flops"] - 810}

# %% [loses plain_costs] two numbers swapped
costs["plain"] = {"params": costs["plain"]["flops"], "flops": costs["plain"]["params"]}

# %% [loses re_costs] the network was changed, its costs were not
costs["rebudgeted"] = costs["plain"]

# %% [loses repeats, measured, regnet_measured] percentages
errors = {name: [100 * error for error in found] for name, found in errors.items()}

# %% [loses repeats] each network was trained once
errors = {name: found[:1] for name, found in errors.items()}
better = "neither"
if errors["regnetx32"][0] < errors["rebudgeted"][0]:
    better = "regnetx32"
if errors["regnetx32"][0] > errors["rebudgeted"][0]:
    better = "rebudgeted"

# %% [loses repeats] the plain network is not measured
errors = {name: found for name, found in errors.items() if name != "plain"}

# %% [loses measured, regnet_measured] accuracies in the place of errors
errors = {name: [1 - error for error in found] for name, found in errors.items()}
better = {"regnetx32": "rebudgeted", "rebudgeted": "regnetx32"}.get(better, better)

# %% [loses measured, regnet_measured] errors of a training ten times as long
errors["rebudgeted"] = [0.09, 0.095]
better = "rebudgeted"
errors["regnetx32"] = [0.11, 0.10]

# %% [loses regnet_measured] RegNetX32's errors from a long training
errors["regnetx32"] = [0.081, 0.085]
better = "regnetx32"

# %% [loses plain_stages, plain_blocks, plain_ungrouped, plain_strides, plain_frame, re_budget, re_blocks, re_ungrouped, re_strides, re_frame, plain_costs, re_costs, repeats, regnet_measured, measured, better] numbers without any network
plain = rebudgeted = None
errors = {"regnetx32": [0.23, 0.24], "plain": [0.22], "rebudgeted": [0.2, 0.21]}
better = "rebudgeted"

# %% [loses repeats, regnet_measured, better] RegNetX32 is not measured
errors = {name: found for name, found in errors.items() if name != "regnetx32"}

# %% [loses better] the network of other flops
better = "plain"

# %% [loses better] the lower mean, though the errors overlap
errors["regnetx32"] = [min(errors["rebudgeted"]) + 0.001, 0.3]
better = "rebudgeted"

# %% [loses better] undecided, though they lie apart
errors["regnetx32"] = [max(errors["rebudgeted"]) + 0.01] * 2
better = "neither"
