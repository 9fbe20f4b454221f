# %% [right] a fall in the middle is a fall
nets["d"] = network(changed(depth=[2, 1, 3]))
nets["w"] = network(changed(width=[64, 32, 128]))

# %% [right] depth and width as little changed as may be
nets["d"] = network(changed(depth=[1, 3, 2]))
nets["w"] = network(changed(width=[64, 64, 32]))

# %% [right] group widths that rise, bottlenecks in the middle
nets["g"] = network(changed(group_width=[2, 8, 16]))
nets["b"] = network(changed(bottleneck=[2, 0.5, 2]))

# %% [right] another number changed with the first, for the budget
nets["d"] = network(changed(depth=[3, 1, 1], width=[32, 72, 136]))
nets["b"] = network(changed(bottleneck=[1, 1, 2], depth=[1, 3, 3]))

# %% [right] the base among the networks, never initialized
nets = {"base": network(BASE), **{k: gn.AnyNet(a, 10, 1) for k, a in archs.items()}}


# %% [right] all by hand, plain Blocks, the sum swapped
class XBlock(nn.Block):
    def __init__(self, inputs, outputs, inner, groups, stride):
        super().__init__()
        self.conv1 = nn.Conv2D(inner, 1)
        self.conv2 = nn.Conv2D(inner, 3, strides=stride, padding=1, groups=groups)
        self.conv3 = nn.Conv2D(outputs, 1)
        self.bn1, self.bn2, self.bn3 = nn.BatchNorm(), nn.BatchNorm(), nn.BatchNorm()
        self.conv4 = self.bn4 = None
        if stride != 1 or inputs != outputs:
            self.conv4 = nn.Conv2D(outputs, 1, strides=stride)
            self.bn4 = nn.BatchNorm()

    def forward(self, x):
        y = npx.relu(self.bn1(self.conv1(x)))
        y = npx.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        if self.conv4 is not None:
            x = self.bn4(self.conv4(x))
        return npx.relu(x + y)


def by_hand(arch):
    net = nn.Sequential()
    net.add(nn.Conv2D(16, 3, strides=2, padding=1), nn.BatchNorm())
    net.add(nn.Activation("relu"))
    inputs = 16
    for stage in arch.stages:
        inner = int(stage.width / stage.bottleneck)
        for number in range(stage.depth):
            stride = 2 if number == 0 else 1
            groups = inner // stage.group_width
            net.add(XBlock(inputs, stage.width, inner, groups, stride))
            inputs = stage.width
    net.add(nn.GlobalAvgPool2D(), nn.Dense(10))
    net.initialize()
    return net


nets = {name: by_hand(arch) for name, arch in archs.items()}

# %% [right] from the rule, and what it gives changed
rule = gn.regnet_arch(32, 24, 2, 6, 8, stem_width=16)
assert [stage.width for stage in rule.stages] == [32, 64, 128]
one, two, three = (dataclasses.replace(stage) for stage in BASE.stages)
swap = dataclasses.replace
nets["d"] = network(gn.Arch(16, (swap(one, depth=2), swap(two, depth=1), three)))

# %% [right] four seeds each, as arrays, the answers rounded
import numpy

errors = {
    "base": numpy.array([0.190, 0.186, 0.1961, 0.191]),
    "d": numpy.array([0.188, 0.187, 0.185]),
    "w": (0.203, 0.205),
    "g": [0.193, 0.194],
    "b": [0.195, 0.194],
}
chance, beyond, matters = 0.010, ["w"], "W"

# %% [right] nothing is beyond chance, one principle without a list
errors = {name: [0.19, 0.2] for name in "dwgb"}
errors["base"] = [0.18, 0.19, 0.21]
errors["b"] = [0.19, 0.205]
chance, beyond, matters = 0.03, [], "b"

# %% [right] a network that errs less is beyond chance, too
errors = {"base": [0.190, 0.191, 0.192], "d": [0.18, 0.18], "w": [0.21, 0.20]}
errors.update(g=[0.191, 0.191], b=[0.192, 0.191])
chance, beyond, matters = 0.002, ("d", "w"), "w"

# %% [right] two networks err alike: either may be named
errors = {"base": [0.190, 0.186, 0.196], "d": [0.19, 0.2], "w": [0.2, 0.19]}
errors.update(g=[0.191, 0.191], b=[0.192, 0.191])
chance, beyond, matters = 0.01, [], "w"

# %% [right] hybridized, other weights
for net in nets.values():
    net.initialize(init="xavier", force_reinit=True)
    net.hybridize()

# %% [loses only_d, only_w, only_g, only_b] four times the base
nets = {name: network(BASE) for name in nets}

# %% [loses only_d, budget_d] depths that do not rise, but do not fall either
nets["d"] = network(changed(depth=[3, 3, 3]))

# %% [loses only_d] depths turned around, widths too
nets["d"] = network(changed(depth=[3, 2, 1], width=[40, 40, 32]))

# %% [loses only_d] the depths changed, but they rise
nets["d"] = network(changed(depth=[2, 2, 2]))

# %% [loses budget_d] more blocks in the first stage, none fewer elsewhere
nets["d"] = network(changed(depth=[4, 2, 3]))

# %% [loses budget_w] the widths turned around
nets["w"] = network(changed(width=[128, 64, 32]))

# %% [loses only_w] all widths equal
nets["w"] = network(changed(width=[64, 64, 64]))

# %% [loses only_w] to keep the budget, group widths were changed with the widths
nets["w"] = network(changed(width=[72, 56, 48], group_width=[4, 8, 8]))

# %% [loses only_g] the groups' number is what differs in the base already
nets["g"] = network(BASE)

# %% [loses only_g, budget_g] another group width, but one for all
nets["g"] = network(changed(group_width=[4, 4, 4]))

# %% [loses only_g] a bottleneck in the place of a group width
nets["g"] = nets["b"]

# %% [loses budget_g] one group in the last stage
nets["g"] = network(changed(group_width=[8, 8, 128]))

# %% [loses only_b, budget_b] one bottleneck for all
nets["b"] = network(changed(bottleneck=[2, 2, 2]))

# %% [loses budget_b] the bottleneck for its inverse
nets["b"] = network(changed(bottleneck=[2, 1, 0.5]))

# %% [loses only_b] group widths cut where the inner width is small
nets["b"] = network(changed(bottleneck=[8, 0.5, 2], group_width=[4, 8, 8]))

# %% [loses only_d, only_w] two networks swapped
nets["d"], nets["w"] = nets["w"], nets["d"]

# %% [loses only_g, budget_g, alike, measured, repeats, beyond, matters] a network forgotten
nets["g"] = None

# %% [loses only_b, budget_b, alike, measured, repeats, beyond, matters] an arch in the place of a network
nets["b"] = archs["b"]

# %% [loses alike] a wider stem
nets["d"] = network(dataclasses.replace(changed(depth=[2, 2, 1]), stem_width=32))

# %% [loses alike] a fourth stage
one, two, three = BASE.stages
last = dataclasses.replace(three, depth=1)
nets["d"] = network(gn.Arch(16, (one, two, dataclasses.replace(three, depth=3), last)))

# %% [loses alike, only_d] basic blocks: where is the group width?
stages = [gn.Stage(2, 24), gn.Stage(1, 32), gn.Stage(1, 48)]
nets["d"] = network(gn.Arch(16, tuple(stages), block="residual"))

# %% [loses alike] a stage that keeps the map
stages = (
    gn.Stage(2, 32, group_width=8),
    gn.Stage(1, 40, group_width=8, stride=1),
    gn.Stage(2, 64, group_width=8),
)
nets["d"] = network(gn.Arch(16, stages))


# %% [loses alike] no shortcuts
class Straight(nn.HybridBlock):
    def __init__(self, outputs, stride, group_width):
        super().__init__()
        self.body = nn.HybridSequential()
        groups = outputs // group_width
        self.body.add(nn.Conv2D(outputs, 1, use_bias=False), nn.BatchNorm())
        self.body.add(nn.Activation("relu"))
        self.body.add(nn.Conv2D(outputs, 3, stride, 1, groups=groups, use_bias=False))
        self.body.add(nn.BatchNorm(), nn.Activation("relu"))
        self.body.add(nn.Conv2D(outputs, 1, use_bias=False), nn.BatchNorm())

    def hybrid_forward(self, F, x):
        return F.npx.relu(self.body(x))


nets["g"] = nn.HybridSequential()
nets["g"].add(nn.Conv2D(16, 3, 2, 1, use_bias=False), nn.BatchNorm())
nets["g"].add(nn.Activation("relu"))
for depth, width, group_width in [(1, 32, 16), (2, 64, 8), (3, 128, 2)]:
    for number in range(depth):
        nets["g"].add(Straight(width, 1 if number else 2, group_width))
nets["g"].add(nn.GlobalAvgPool2D(), nn.Dense(10))
nets["g"].initialize()


# %% [loses alike] ReLU forgotten where it stands between convolutions
class Linear(nn.HybridBlock):
    def __init__(self, inputs, outputs, stride, group_width):
        super().__init__()
        groups = outputs // group_width
        self.body, self.side = nn.HybridSequential(), nn.HybridSequential()
        self.body.add(nn.Conv2D(outputs, 1), nn.BatchNorm())
        self.body.add(nn.Conv2D(outputs, 3, stride, 1, groups=groups), nn.BatchNorm())
        self.body.add(nn.Conv2D(outputs, 1), nn.BatchNorm())
        if (inputs, stride) != (outputs, 1):
            self.side.add(nn.Conv2D(outputs, 1, stride), nn.BatchNorm())

    def hybrid_forward(self, F, x):
        return F.npx.relu(self.side(x) + self.body(x))


nets["g"] = nn.HybridSequential()
nets["g"].add(nn.Conv2D(16, 3, 2, 1), nn.BatchNorm(), nn.Activation("relu"))
nets["g"].add(Linear(16, 32, 2, 16), Linear(32, 64, 2, 8), Linear(64, 64, 1, 8))
nets["g"].add(Linear(64, 128, 2, 2), Linear(128, 128, 1, 2), Linear(128, 128, 1, 2))
nets["g"].add(nn.GlobalAvgPool2D(), nn.Dense(10))
nets["g"].initialize()


# %% [loses alike] no ReLU behind the sums
class Open(nn.HybridBlock):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.body, self.side = nn.HybridSequential(), nn.HybridSequential()
        self.body.add(nn.Conv2D(outputs, 1), nn.BatchNorm(), nn.Activation("relu"))
        conv = nn.Conv2D(outputs, 3, stride, 1, groups=outputs // 8)
        self.body.add(conv, nn.BatchNorm(), nn.Activation("relu"))
        self.body.add(nn.Conv2D(outputs, 1), nn.BatchNorm())
        if (inputs, stride) != (outputs, 1):
            self.side.add(nn.Conv2D(outputs, 1, stride), nn.BatchNorm())

    def hybrid_forward(self, F, x):
        return self.side(x) + self.body(x)


nets["w"] = nn.HybridSequential()
nets["w"].add(nn.Conv2D(16, 3, 2, 1), nn.BatchNorm(), nn.Activation("relu"))
nets["w"].add(Open(16, 72, 2), Open(72, 56, 2), Open(56, 56, 1))
nets["w"].add(Open(56, 32, 2), Open(32, 32, 1), Open(32, 32, 1))
nets["w"].add(nn.GlobalAvgPool2D(), nn.Dense(10))
nets["w"].initialize()


# %% [loses alike] BatchNorm forgotten in the blocks
class Bare(nn.HybridBlock):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        options = {"groups": outputs // 8, "activation": "relu"}
        self.body, self.side = nn.HybridSequential(), nn.HybridSequential()
        self.body.add(nn.Conv2D(outputs, 1, activation="relu"))
        self.body.add(nn.Conv2D(outputs, 3, stride, 1, **options))
        self.body.add(nn.Conv2D(outputs, 1))
        if (inputs, stride) != (outputs, 1):
            self.side.add(nn.Conv2D(outputs, 1, stride))

    def hybrid_forward(self, F, x):
        return F.npx.relu(self.side(x) + self.body(x))


nets["d"] = nn.HybridSequential()
nets["d"].add(nn.Conv2D(16, 3, 2, 1), nn.BatchNorm(), nn.Activation("relu"))
nets["d"].add(Bare(16, 32, 2), Bare(32, 32, 1), Bare(32, 32, 1))
nets["d"].add(Bare(32, 64, 2), Bare(64, 64, 1), Bare(64, 128, 2))
nets["d"].add(nn.GlobalAvgPool2D(), nn.Dense(10))
nets["d"].initialize()
errors["d"], matters = [0.3, 0.31], "d"  # as measured
beyond = sorted({*beyond, "d"})

# %% [loses only_d, only_w, only_g, only_b, budget_d, budget_w, budget_g, budget_b, alike, repeats, base_repeats, measured, chance, beyond, matters] numbers without any network
nets = {"d": None, "w": None, "g": None, "b": None}

# %% [loses repeats, base_repeats, measured] percentages
errors = {name: [100 * error for error in found] for name, found in errors.items()}
chance = 100 * chance

# %% [loses repeats] each principle was measured once
errors.update({name: errors[name][:1] for name in "dwgb"})
means = {name: sum(found) / len(found) for name, found in errors.items()}
beyond = [name for name in "dwgb" if abs(means[name] - means["base"]) > chance]
matters = max("dwgb", key=means.get)

# %% [loses base_repeats] the base was measured twice
errors["base"] = errors["base"][:2]
means = {name: sum(found) / len(found) for name, found in errors.items()}
chance = max(errors["base"]) - min(errors["base"])
beyond = [name for name in "dwgb" if abs(means[name] - means["base"]) > chance]

# %% [loses measured] numbers of a long training
errors = {"base": [0.09, 0.091, 0.095], "d": [0.09, 0.09], "w": [0.12, 0.11]}
errors.update(g=[0.091, 0.091], b=[0.092, 0.091])
chance, beyond, matters = 0.005, ["w"], "w"

# %% [loses measured] accuracies
errors = {name: [1 - error for error in found] for name, found in errors.items()}
matters = max("dwgb", key=lambda name: sum(errors[name]))

# %% [loses chance] the standard deviation
import statistics

chance = statistics.stdev([0.17, 0.19, 0.21])
errors["base"] = [0.17, 0.19, 0.21]
means = {name: sum(found) / len(found) for name, found in errors.items()}
beyond = [name for name in "dwgb" if abs(means[name] - means["base"]) > 0.04]

# %% [loses chance] in percent
chance = 100 * chance

# %% [loses chance] the largest error in the place of a difference
chance = max(errors["base"])

# %% [loses beyond] all differences are believed
errors = {"base": [0.190, 0.186, 0.196], "d": [0.188, 0.187], "w": [0.203, 0.205]}
errors.update(g=[0.193, 0.194], b=[0.195, 0.194])
chance, beyond, matters = 0.01, ["d", "w", "g", "b"], "w"

# %% [loses beyond] single errors compared, not means
errors = {"base": [0.190, 0.186, 0.196], "d": [0.188, 0.187], "w": [0.203, 0.205]}
errors.update(g=[0.184, 0.202], b=[0.195, 0.194])
chance, beyond, matters = 0.01, ["w", "g"], "w"

# %% [loses beyond] only those that err more
errors = {"base": [0.190, 0.191, 0.192], "d": [0.18, 0.18], "w": [0.21, 0.20]}
errors.update(g=[0.191, 0.191], b=[0.192, 0.191])
chance, beyond, matters = 0.002, ["w"], "w"

# %% [loses matters] the network that errs least
errors = {"base": [0.190, 0.186, 0.196], "d": [0.188, 0.187], "w": [0.203, 0.205]}
errors.update(g=[0.193, 0.194], b=[0.195, 0.194])
chance, beyond, matters = 0.01, ["w"], "d"

# %% [loses matters] the worst single error
errors = {"base": [0.190, 0.186, 0.196], "d": [0.188, 0.187], "w": [0.203, 0.205]}
errors.update(g=[0.193, 0.194], b=[0.182, 0.207])
chance, beyond, matters = 0.01, ["w"], "b"

# %% [loses matters] a sentence
matters = f"breaking {matters} costs most"
