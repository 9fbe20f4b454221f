# %% [right] by hand, plain Blocks, the sum swapped, biases before BatchNorm
class XBlock(nn.Block):
    def __init__(self, inputs, outputs, group_width, stride):
        super().__init__()
        groups = outputs // group_width
        self.conv1 = nn.Conv2D(outputs, 1)
        self.conv2 = nn.Conv2D(outputs, 3, strides=stride, padding=1, groups=groups)
        self.conv3 = nn.Conv2D(outputs, 1)
        self.bn1, self.bn2, self.bn3 = nn.BatchNorm(), nn.BatchNorm(), nn.BatchNorm()
        self.shortcut = nn.Sequential()
        if stride != 1 or inputs != outputs:
            self.shortcut.add(nn.Conv2D(outputs, 1, strides=stride), nn.BatchNorm())

    def forward(self, x):
        y = npx.relu(self.bn1(self.conv1(x)))
        y = npx.relu(self.bn2(self.conv2(y)))
        return npx.relu(self.shortcut(x) + self.bn3(self.conv3(y)))


deep = nn.Sequential()
deep.add(nn.Conv2D(32, 3, strides=2, padding=1), nn.BatchNorm())
deep.add(nn.Activation("relu"))
inputs = 32
for depth, width, stride in [(2, 24, 1), (3, 40, 2), (6, 64, 2), (1, 96, 2)]:
    for number in range(depth):
        deep.add(XBlock(inputs, width, 8, 1 if number else stride))
        inputs = width
deep.add(nn.GlobalAvgPool2D(), nn.Dense(10))
deep.initialize()

# %% [right] depths by hand, the rule found behind
stages = [(3, 24, 1), (3, 40, 2), (4, 56, 2), (1, 80, 2)]
arch = gn.Arch(32, tuple(gn.Stage(d, w, 8, stride=s) for d, w, s in stages))
deep = gn.build(arch, num_classes=10, in_channels=1)
rule = gn.fit_regnet(arch)

# %% [right] the last stage keeps the map
arch = candidate(24, 5.5, 1.6, 11, group_width=8, strides=(1, 2, 2, 1))
deep = gn.build(arch, num_classes=10, in_channels=1)
rule = {"w0": 24.0, "wa": 5.5, "wm": 1.6, "depth": 11}

# %% [right] one block more, a thinner stem, never initialized
arch = dataclasses.replace(candidate(24, 5, 1.6, 13, 8), stem_width=16)
deep = gn.AnyNet(arch, 10, 1)
rule = dict(rule, depth=13)

# %% [right] thin inside: a bottleneck of 2 in all stages
found = gn.regnet_arch(40, 6, 1.5, 13, 8, bottleneck=2)
pairs = zip(found.stages, (1, 2, 2, 2))
stages = tuple(dataclasses.replace(stage, stride=stride) for stage, stride in pairs)
deep = gn.build(dataclasses.replace(found, stages=stages), 10, 1)
rule = {"w0": 40, "wa": 6, "wm": 1.5, "depth": 13}


# %% [right] a HybridBlock by hand, BatchNorm not on the projection
class Body(nn.HybridSequential):
    def add_conv(self, channels, kernel, stride=1, groups=1, relu=True):
        padding = kernel // 2
        conv = nn.Conv2D(channels, kernel, stride, padding, groups=groups)
        self.add(conv, nn.BatchNorm())
        if relu:
            self.add(nn.Activation("relu"))


class XBlock(nn.HybridBlock):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.body = Body()
        self.body.add_conv(outputs, 1)
        self.body.add_conv(outputs, 3, stride, groups=outputs // 8)
        self.body.add_conv(outputs, 1, relu=False)
        self.side = nn.HybridSequential()
        if (inputs, stride) != (outputs, 1):
            self.side.add(nn.Conv2D(outputs, 1, stride))

    def hybrid_forward(self, F, x):
        return F.npx.relu(self.body(x) + self.side(x))


deep = Body()
deep.add_conv(24, 3, stride=2)
widths = [24, 24, 40, 40, 40, 64, 64, 64, 64, 64, 64, 96]
for before, width in zip([24, *widths], widths):
    first = width != before
    deep.add(XBlock(before, width, 2 if first else 1))
deep.add(nn.GlobalAvgPool2D(), nn.Flatten(), nn.Dense(10))
deep.initialize(init="xavier")
deep.hybridize()

# %% [right] the rule's numbers in another order, and one that does not matter
rule = {"depth": 12, "wm": 1.6, "wa": 5.0, "w0": 24, "group_width": 8}

# %% [right] a rule that is a little off
rule = {"w0": 24, "wa": 5.3, "wm": 1.62, "depth": 12}

# %% [right] three seeds, as arrays, and the errors overlap
import numpy

errors = {"deep": numpy.array([0.18, 0.19, 0.17]), "regnetx32": (0.179, 0.2, 0.19)}
better = "neither"

# %% [right] the original was better at home
errors = {"deep": [0.19, 0.2], "regnetx32": [0.17, 0.18]}
better = "RegNetX32"

# %% [loses four, deeper] RegNetX32 itself
deep = gn.get_net("regnetx32", num_classes=10, in_channels=1)
rule = {"w0": 32, "wa": 5, "wm": 2.5, "depth": 10}

# %% [loses budget, beats, measured] made for 96 pixels
deep = gn.get_net("regnetx_deep", num_classes=10, in_channels=1)
rule = {"w0": 32, "wa": 8, "wm": 1.8, "depth": 23}

# %% [loses beats, measured] the same on budget, all depth on the last two maps
stages = [(2, 32), (4, 64), (8, 96), (7, 192)]
arch = gn.Arch(32, tuple(gn.Stage(d, w, 16) for d, w in stages))
deep = gn.build(arch, num_classes=10, in_channels=1)
rule = {"w0": 32, "wa": 8, "wm": 1.8, "depth": 21}

# %% [loses deeper] four stages, but no deeper
stages = [(2, 32, 1), (3, 40, 2), (4, 56, 2), (1, 72, 2)]
arch = gn.Arch(32, tuple(gn.Stage(d, w, 8, stride=s) for d, w, s in stages))
deep = gn.build(arch, num_classes=10, in_channels=1)
rule = gn.fit_regnet(arch)

# %% [loses four] three stages
stages = [(2, 24, 1), (4, 40, 2), (6, 64, 2)]
arch = gn.Arch(32, tuple(gn.Stage(d, w, 8, stride=s) for d, w, s in stages))
deep = gn.build(arch, num_classes=10, in_channels=1)
rule = {"w0": 24, "wa": 4, "wm": 1.6, "depth": 12}

# %% [loses rising, rule] the last stage is narrower
stages = [(2, 24, 1), (3, 40, 2), (6, 64, 2), (2, 56, 2)]
arch = gn.Arch(32, tuple(gn.Stage(d, w, 8, stride=s) for d, w, s in stages))
deep = gn.build(arch, num_classes=10, in_channels=1)
rule = {"w0": 24, "wa": 5, "wm": 1.6, "depth": 13}

# %% [loses rising, rule] the last stage is as wide as the one before
stages = [(2, 24, 1), (3, 40, 2), (6, 64, 2), (2, 64, 2)]
arch = gn.Arch(32, tuple(gn.Stage(d, w, 8, stride=s) for d, w, s in stages))
deep = gn.build(arch, num_classes=10, in_channels=1)
rule = {"w0": 24, "wa": 5, "wm": 1.6, "depth": 13}

# %% [loses groups] the last stage has wider groups
last = dataclasses.replace(arch.stages[-1], group_width=16)
arch = dataclasses.replace(arch, stages=(*arch.stages[:-1], last))
deep = gn.build(arch, num_classes=10, in_channels=1)

# %% [loses bottleneck] the last stage is thinner inside
arch = candidate(24, 5, 1.6, 12, 8)
last = dataclasses.replace(arch.stages[-1], bottleneck=2)
arch = dataclasses.replace(arch, stages=(*arch.stages[:-1], last))
deep = gn.build(arch, num_classes=10, in_channels=1)

# %% [loses blocks, groups, rule] basic blocks
stages = [(1, 8, 1), (3, 24, 2), (6, 32, 2), (2, 64, 2)]
stages = tuple(gn.Stage(d, w, stride=s) for d, w, s in stages)
arch = gn.Arch(16, stages, block="residual")
deep = gn.build(arch, num_classes=10, in_channels=1)


# %% [loses blocks, budget, beats, measured] no shortcuts
class Straight(nn.HybridBlock):
    def __init__(self, outputs, stride):
        super().__init__()
        self.body = nn.HybridSequential()
        groups = outputs // 8
        self.body.add(nn.Conv2D(outputs, 1, use_bias=False), nn.BatchNorm())
        self.body.add(nn.Activation("relu"))
        self.body.add(nn.Conv2D(outputs, 3, stride, 1, groups=groups, use_bias=False))
        self.body.add(nn.BatchNorm(), nn.Activation("relu"))
        self.body.add(nn.Conv2D(outputs, 1, use_bias=False), nn.BatchNorm())

    def hybrid_forward(self, F, x):
        return F.npx.relu(self.body(x))


deep = nn.HybridSequential()
deep.add(nn.Conv2D(16, 3, 2, 1), nn.BatchNorm(), nn.Activation("relu"))
for depth, width, stride in [(2, 24, 1), (3, 40, 2), (6, 64, 2), (1, 96, 2)]:
    for number in range(depth):
        deep.add(Straight(width, 1 if number else stride))
deep.add(nn.GlobalAvgPool2D(), nn.Dense(10))
deep.initialize()


# %% [loses blocks] no ReLU within the blocks
class Linear(nn.HybridBlock):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.body, self.side = nn.HybridSequential(), nn.HybridSequential()
        sizes = [(1, 1, 1), (3, stride, outputs // 8), (1, 1, 1)]
        for kernel, step, groups in sizes:
            options = {"groups": groups, "use_bias": False}
            conv = nn.Conv2D(outputs, kernel, step, kernel // 2, **options)
            self.body.add(conv, nn.BatchNorm())
        if (inputs, stride) != (outputs, 1):
            self.side.add(nn.Conv2D(outputs, 1, stride, use_bias=False), nn.BatchNorm())

    def hybrid_forward(self, F, x):
        return F.npx.relu(self.side(x) + self.body(x))


deep = nn.HybridSequential()
deep.add(nn.Conv2D(32, 3, 2, 1), nn.BatchNorm(), nn.Activation("relu"))
inputs = 32
for depth, width, stride in [(2, 24, 1), (3, 40, 2), (6, 64, 2), (1, 96, 2)]:
    for number in range(depth):
        deep.add(Linear(inputs, width, 1 if number else stride))
        inputs = width
deep.add(nn.GlobalAvgPool2D(), nn.Dense(10))
deep.initialize()


# %% [loses blocks, beats, measured] no ReLU behind the sums
class Open(nn.HybridBlock):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        options = {"groups": outputs // 8, "use_bias": False}
        self.body, self.side = nn.HybridSequential(), nn.HybridSequential()
        self.body.add(nn.Conv2D(outputs, 1, use_bias=False), nn.BatchNorm())
        self.body.add(nn.Activation("relu"))
        self.body.add(nn.Conv2D(outputs, 3, stride, 1, **options), nn.BatchNorm())
        self.body.add(nn.Activation("relu"))
        self.body.add(nn.Conv2D(outputs, 1, use_bias=False), nn.BatchNorm())
        if (inputs, stride) != (outputs, 1):
            self.side.add(nn.Conv2D(outputs, 1, stride, use_bias=False))

    def hybrid_forward(self, F, x):
        return self.side(x) + self.body(x)


deep = nn.HybridSequential()
deep.add(nn.Conv2D(32, 3, 2, 1), nn.BatchNorm(), nn.Activation("relu"))
inputs = 32
for depth, width, stride in [(2, 24, 1), (3, 40, 2), (6, 64, 2), (1, 96, 2)]:
    for number in range(depth):
        deep.add(Open(inputs, width, 1 if number else stride))
        inputs = width
deep.add(nn.GlobalAvgPool2D(), nn.Dense(10))
deep.initialize()


# %% [loses blocks, beats] BatchNorm forgotten in the blocks
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


deep = nn.HybridSequential()
deep.add(nn.Conv2D(32, 3, 2, 1), nn.BatchNorm(), nn.Activation("relu"))
inputs = 32
for depth, width, stride in [(2, 24, 1), (3, 40, 2), (6, 64, 2), (1, 96, 2)]:
    for number in range(depth):
        deep.add(Bare(inputs, width, 1 if number else stride))
        inputs = width
deep.add(nn.GlobalAvgPool2D(), nn.Dense(10))
deep.initialize()
errors = {"deep": [0.24, 0.25], "regnetx32": [0.19, 0.2]}
better = "regnetx32"

# %% [loses frame] a stem that keeps the map, to win by pixels
stages = [(2, 24, 2), (3, 40, 2), (6, 64, 2), (1, 96, 2)]
stages = tuple(gn.Stage(d, w, 8, stride=s) for d, w, s in stages)
deep = gn.build(gn.Arch(16, stages, stem="conv3_s1"), 10, 1)

# %% [loses frame, beats, measured] a thousand classes
deep = gn.build(arch, num_classes=1000, in_channels=1)
deep = gn.build(dataclasses.replace(arch, stem_width=16), 1000, 1)

# %% [loses budget] deeper, and dearer
arch = candidate(24, 5, 1.6, 15, 8)
deep = gn.build(arch, num_classes=10, in_channels=1)
rule = dict(rule, depth=15)

# %% [loses budget, beats] strides as the rule's arch has them: too cheap
arch = dataclasses.replace(gn.regnet_arch(16, 3, 1.6, 14, 8), stem_width=16)
deep = gn.build(arch, num_classes=10, in_channels=1)
rule = {"w0": 16, "wa": 3, "wm": 1.6, "depth": 14}
errors = {"deep": [0.23, 0.24], "regnetx32": [0.19, 0.2]}
better = "regnetx32"

# %% [loses rule] the last stage leaps
stages = [(4, 24, 1), (4, 32, 2), (3, 40, 2), (1, 128, 2)]
arch = gn.Arch(32, tuple(gn.Stage(d, w, 8, stride=s) for d, w, s in stages))
deep = gn.build(arch, num_classes=10, in_channels=1)

# %% [loses rule] the slope and the ratio swapped
rule = dict(rule, wa=rule["wm"], wm=rule["wa"])

# %% [loses rule] the depth is the number of layers
rule = dict(rule, depth=3 * 12 + 2)

# %% [loses rule] RegNetX32's rule
rule = {"w0": 32, "wa": 5, "wm": 2.5, "depth": 10}

# %% [loses rule] a list
rule = [24, 5, 1.6, 12]

# %% [loses rule] no multiple of 8
rule = dict(rule, w0=20)

# %% [loses repeats, measured, regnet_measured] percentages
errors = {name: [100 * error for error in found] for name, found in errors.items()}

# %% [loses repeats] measured once
errors = {"deep": [0.18], "regnetx32": [0.2]}
better = "deep"

# %% [loses repeats, regnet_measured, better] RegNetX32 is not measured
errors = {"deep": errors["deep"]}

# %% [loses measured, regnet_measured] accuracies in the place of errors
errors = {"regnetx32": [0.80, 0.81], "deep": [0.83, 0.84]}
better = "regnetx32"

# %% [loses measured] errors that would be fine
errors = {"regnetx32": [0.19, 0.2], "deep": [0.09, 0.1]}
better = "deep"

# %% [loses regnet_measured] RegNetX32's errors from a long training
errors = {"regnetx32": [0.085, 0.09], "deep": errors["deep"]}
better = "regnetx32"

# %% [loses better] the mean is lower, but the errors overlap
errors = {"deep": [0.17, 0.2], "regnetx32": [0.19, 0.21]}
better = "deep"

# %% [loses better] a conclusion that the errors do not bear out
errors = {"deep": [0.19, 0.2], "regnetx32": [0.17, 0.18]}
better = "deep"

# %% [loses four, deeper, rising, groups, bottleneck, blocks, frame, budget, beats, rule, repeats, measured, regnet_measured, better] no network
deep = arch
