# %% [right] plain Blocks with forward, biases left on, npx.relu
class PlainBasic(nn.Block):
    expansion = 1

    def __init__(self, inputs, channels, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2D(channels, kernel_size=3, padding=1, strides=stride)
        self.conv2 = nn.Conv2D(channels, kernel_size=3, padding=1)
        self.bn1, self.bn2 = nn.BatchNorm(), nn.BatchNorm()
        self.conv3 = None
        if stride != 1 or inputs != channels:
            self.conv3 = nn.Conv2D(channels, kernel_size=1, strides=stride)

    def forward(self, x):
        y = npx.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        if self.conv3:
            x = self.conv3(x)
        return npx.relu(y + x)


def plain(block, depths):
    net = nn.Sequential()
    net.add(nn.Conv2D(64, kernel_size=7, strides=2, padding=3), nn.BatchNorm())
    net.add(nn.Activation("relu"), nn.MaxPool2D(pool_size=3, strides=2, padding=1))
    inputs = 64
    for stage, depth in enumerate(depths):
        for number in range(depth):
            stride = 1 if stage == 0 or number else 2
            net.add(block(inputs, 64 << stage, stride))
            inputs = (64 << stage) * block.expansion
    net.add(nn.GlobalAvgPool2D(), nn.Dense(1000))
    return net


nets["resnet18"] = plain(PlainBasic, (2, 2, 2, 2))

# %% [right] the library's
nets = {name: gn.get_net(name, num_classes=1000, in_channels=3) for name in nets}
preact = gn.get_net("resnet18_v2", num_classes=1000, in_channels=3)

# %% [right] the library's, no BatchNorm on projections, the stride on the first 1×1
for name in ("resnet18", "resnet34"):
    nets[name] = gn.get_net(name, num_classes=1000, in_channels=3, shortcut_bn=False)
for name in ("resnet50", "resnet101", "resnet152"):
    nets[name] = gn.get_net(name, num_classes=1000, in_channels=3, stride_on="conv1")
flops["resnet50"] = 3.86e9

# %% [right] the model zoo's
from mxnet.gluon.model_zoo import vision

nets = {
    "resnet18": vision.resnet18_v1(),
    "resnet34": vision.resnet34_v1(),
    "resnet50": nets["resnet50"],
    "resnet101": nets["resnet101"],
    "resnet152": nets["resnet152"],
}


# %% [right] written as arch and stages
def arch(depths, block, width, **stage):
    stages = [
        gn.Stage(
            depth,
            width << n,
            stride=1 if n == 0 else 2,
            **{k: (v << n if k == "group_width" else v) for k, v in stage.items()},
        )
        for n, depth in enumerate(depths)
    ]
    return gn.build(gn.Arch(64, stages, block, "conv7_pool"), 1000, 3)


nets["resnet34"] = arch((3, 4, 6, 3), "residual", 64)
nets["resnet50"] = arch((3, 4, 6, 3), "resnext", 256, group_width=64, bottleneck=4)
preact = arch((2, 2, 2, 2), "preact_residual", 64)

# %% [right] the sum written the other way round, biases on, other initialization
import mxnet as mx


class Swapped(Bottleneck):
    def hybrid_forward(self, F, x):
        return F.npx.activation(self.shortcut(x) + self.f(x), act_type="relu")


nets["resnet50"] = resnet(Swapped, (3, 4, 6, 3))
nets["resnet50"].initialize(init=mx.init.Normal(0.01))
nets["resnet50"].hybridize()


# %% [right] projections with a bias and BatchNorm, F.np.add, list of networks by key
class Added(Basic):
    def __init__(self, inputs, channels, stride=1):
        super().__init__(inputs, channels, stride)
        if stride != 1 or inputs != channels:
            self.shortcut = nn.HybridSequential()
            self.shortcut.add(nn.Conv2D(channels, 1, stride), nn.BatchNorm())

    def hybrid_forward(self, F, x):
        return F.npx.relu(F.np.add(self.f(x), self.shortcut(x)))


nets["resnet18"] = resnet(Added, (2, 2, 2, 2))
nets["resnet34"] = resnet(Added, (3, 4, 6, 3))


# %% [right] the mean taken in a forward, stages in containers
class Net(nn.Block):
    def __init__(self, block, depths):
        super().__init__()
        whole = resnet(block, depths)
        self.stem = nn.Sequential()
        self.stem.add(*whole[:4])
        self.stages = nn.Sequential()
        first = 4
        for depth in depths:
            stage = nn.Sequential()
            stage.add(*whole[first : first + depth])
            self.stages.add(stage)
            first += depth
        self.out = nn.Dense(1000)

    def forward(self, x):
        return self.out(self.stages(self.stem(x)).mean(axis=(2, 3)))


nets["resnet50"] = Net(Bottleneck, (3, 4, 6, 3))


# %% [right] pre-activation in plain Blocks, sums in place, biases left on
class PlainPreAct(nn.Block):
    expansion = 1

    def __init__(self, inputs, channels, stride=1):
        super().__init__()
        self.start, self.f = nn.Sequential(), nn.Sequential()
        self.start.add(nn.BatchNorm(), nn.Activation("relu"))
        self.f.add(nn.Conv2D(channels, 3, stride, 1), nn.BatchNorm())
        self.f.add(nn.Activation("relu"), nn.Conv2D(channels, 3, 1, 1))
        self.project = None
        if stride != 1 or inputs != channels:
            self.project = nn.Conv2D(channels, 1, stride)

    def forward(self, x):
        a = self.start(x)
        y = self.f(a)
        y += self.project(a) if self.project else x
        return y


preact = nn.Sequential()
blocks = resnet(PreAct, (2, 2, 2, 2))
preact.add(*blocks[:4])
inputs = 64
for stage in range(4):
    for number in range(2):
        preact.add(PlainPreAct(inputs, 64 << stage, 2 if stage and not number else 1))
        inputs = 64 << stage
preact.add(nn.BatchNorm(), nn.Activation("relu"), nn.GlobalAvgPool2D(), nn.Dense(1000))

# %% [right] numbers as sums of products, in floats
block_weights = {"basic": 9.0 * 256 * 256 * 2, "bottleneck": 64.0 * (256 + 576 + 256)}

# %% [right] multiply-adds in three digits, biases and BatchNorm counted
flops = {"resnet34": 3.67e9, "resnet50": 4_089_185_256 + 2 * 11_114_984}

# %% [loses block_weights] kernels of the bottleneck all 3×3
block_weights["bottleneck"] = 9 * (256 * 64 + 64 * 64 + 64 * 256)

# %% [loses block_weights] BatchNorm's parameters counted too
block_weights = {"basic": 1179648 + 1024, "bottleneck": 69632 + 768}

# %% [loses block_weights] in millions
block_weights = {"basic": 1.18, "bottleneck": 0.07}

# %% [loses block_weights] the two mixed up
block_weights = {"basic": 69632, "bottleneck": 1179648}

# %% [loses plan_basic, weights_basic] 18 layers counted as 18 convolutions in blocks
nets["resnet18"] = resnet(Basic, (2, 2, 3, 2))

# %% [loses plan_basic, weights_basic] ResNet-34's depths in ResNet-18
nets["resnet18"] = nets["resnet34"]

# %% [loses plan_bottleneck, weights_bottleneck] ResNet-101 with 22 blocks in stage 3
nets["resnet101"] = resnet(Bottleneck, (3, 4, 22, 3))

# %% [loses plan_bottleneck, weights_bottleneck] ResNet-152 with two depths swapped
nets["resnet152"] = resnet(Bottleneck, (3, 36, 8, 3))


# %% [loses plan_bottleneck, blocks_bottleneck, expansion, weights_bottleneck] basic blocks
nets["resnet50"] = resnet(Basic, (3, 4, 6, 3))


# %% [loses expansion, weights_bottleneck] a bottleneck that is half as wide inside
def half(inputs, channels, stride):
    class Half(Bottleneck):
        def __init__(self):
            nn.HybridBlock.__init__(self)
            self.f = nn.HybridSequential()
            self.f.add(*conv_bn(2 * channels, 1), nn.Activation("relu"))
            self.f.add(*conv_bn(2 * channels, 3, stride), nn.Activation("relu"))
            self.f.add(*conv_bn(4 * channels, 1))
            self.shortcut = projection(inputs, 4 * channels, stride)

    return Half()


half.expansion = 4
nets["resnet50"] = resnet(half, (3, 4, 6, 3))


# %% [loses plan_bottleneck, expansion, weights_bottleneck] wide inside, narrow outside
def inverse(inputs, channels, stride):
    class Inverse(Bottleneck):
        def __init__(self):
            nn.HybridBlock.__init__(self)
            self.f = nn.HybridSequential()
            self.f.add(*conv_bn(4 * channels, 1), nn.Activation("relu"))
            self.f.add(*conv_bn(4 * channels, 3, stride), nn.Activation("relu"))
            self.f.add(*conv_bn(channels, 1))
            self.shortcut = projection(inputs, channels, stride)

    return Inverse()


inverse.expansion = 1
nets["resnet50"] = resnet(inverse, (3, 4, 6, 3))


# %% [loses plan_bottleneck, expansion, weights_bottleneck] the 4x forgotten
def thin(inputs, channels, stride):
    class Thin(Bottleneck):
        def __init__(self):
            nn.HybridBlock.__init__(self)
            self.f = nn.HybridSequential()
            self.f.add(*conv_bn(channels, 1), nn.Activation("relu"))
            self.f.add(*conv_bn(channels, 3, stride), nn.Activation("relu"))
            self.f.add(*conv_bn(channels, 1))
            self.shortcut = projection(inputs, channels, stride)

    return Thin()


thin.expansion = 1
nets["resnet50"] = resnet(thin, (3, 4, 6, 3))
nets["resnet101"] = resnet(thin, (3, 4, 23, 3))


# %% [loses blocks_basic, weights_basic] no shortcuts
class Vanilla(Basic):
    def hybrid_forward(self, F, x):
        return F.npx.relu(self.f(x))


nets["resnet18"] = resnet(Vanilla, (2, 2, 2, 2))


# %% [loses blocks_basic] ReLU before the sum
class Early(Basic):
    def hybrid_forward(self, F, x):
        return F.npx.relu(self.f(x)) + self.shortcut(x)


nets["resnet18"] = resnet(Early, (2, 2, 2, 2))


# %% [loses blocks_bottleneck] no ReLU behind the sum
class Open(Bottleneck):
    def hybrid_forward(self, F, x):
        return self.f(x) + self.shortcut(x)


nets["resnet50"] = resnet(Open, (3, 4, 6, 3))


# %% [loses blocks_basic] no ReLU between the convolutions
class Straight(Basic):
    def __init__(self, inputs, channels, stride=1):
        super().__init__(inputs, channels, stride)
        self.f = nn.HybridSequential()
        self.f.add(*conv_bn(channels, 3, stride), *conv_bn(channels, 3))


nets["resnet18"] = resnet(Straight, (2, 2, 2, 2))


# %% [loses blocks_bottleneck] one ReLU forgotten within the bottleneck
class Straight(Bottleneck):
    def __init__(self, inputs, channels, stride=1):
        super().__init__(inputs, channels, stride)
        self.f = nn.HybridSequential()
        self.f.add(*conv_bn(channels, 1), nn.Activation("relu"))
        self.f.add(*conv_bn(channels, 3, stride), *conv_bn(4 * channels, 1))


nets["resnet152"] = resnet(Straight, (3, 8, 36, 3))


# %% [loses blocks_basic] no BatchNorm behind the second convolution
class Bare(Basic):
    def __init__(self, inputs, channels, stride=1):
        super().__init__(inputs, channels, stride)
        self.f = self.f[:-1]


nets["resnet34"] = resnet(Bare, (3, 4, 6, 3))


# %% [loses weights_basic] projections everywhere
class Projected(Basic):
    def __init__(self, inputs, channels, stride=1):
        super().__init__(inputs, channels, stride)
        self.shortcut = nn.HybridSequential()
        self.shortcut.add(*conv_bn(channels, 1, stride))


nets["resnet18"] = resnet(Projected, (2, 2, 2, 2))


# %% [loses strides_basic, weights_basic] stride in the last block of each stage
def misplaced(block, depths):
    net = nn.HybridSequential()
    net.add(*conv_bn(64, 7, 2), nn.Activation("relu"), nn.MaxPool2D(3, 2, 1))
    inputs = 64
    for stage, depth in enumerate(depths):
        for number in range(depth):
            stride = 2 if stage and number == depth - 1 else 1
            net.add(block(inputs, 64 << stage, stride))
            inputs = (64 << stage) * block.expansion
    net.add(nn.GlobalAvgPool2D(), nn.Dense(1000))
    return net


nets["resnet18"] = misplaced(Basic, (2, 2, 2, 2))


# %% [loses strides_basic] strides of stages 2 to 4 forgotten
def unstrided(inputs, channels, stride):
    return Basic(inputs, channels)


unstrided.expansion = 1
nets["resnet18"] = resnet(unstrided, (2, 2, 2, 2))


# %% [loses strides_bottleneck] stage 1 of bottlenecks has stride 2 too
def early(block, depths):
    net = nn.HybridSequential()
    net.add(*conv_bn(64, 7, 2), nn.Activation("relu"), nn.MaxPool2D(3, 2, 1))
    inputs = 64
    for stage, depth in enumerate(depths):
        for number in range(depth):
            net.add(block(inputs, 64 << stage, 1 if number else 2))
            inputs = (64 << stage) * block.expansion
    net.add(nn.GlobalAvgPool2D(), nn.Dense(1000))
    return net


nets["resnet50"] = early(Bottleneck, (3, 4, 6, 3))

# %% [loses weights_basic] 10 classes
nets["resnet18"] = nets["resnet18"][:-1]
nets["resnet18"].add(nn.Dense(10))

# %% [loses stem, weights_basic, weights_bottleneck] a stem of 3×3 convolutions
for name, net in list(nets.items()):
    nets[name] = nn.HybridSequential()
    nets[name].add(nn.Conv2D(64, 3, 2, 1), *net[1:])


# %% [loses blocks_bottleneck, weights_bottleneck] groups in the 3×3 convolution
def grouped(inputs, channels, stride):
    class Grouped(Bottleneck):
        def __init__(self):
            nn.HybridBlock.__init__(self)
            self.f = nn.HybridSequential()
            self.f.add(*conv_bn(channels, 1), nn.Activation("relu"))
            conv = nn.Conv2D(channels, 3, stride, 1, groups=32, use_bias=False)
            self.f.add(conv, nn.Activation("relu"))
            self.f.add(*conv_bn(4 * channels, 1))
            self.shortcut = projection(inputs, 4 * channels, stride)

    return Grouped()


grouped.expansion = 4
nets["resnet50"] = resnet(grouped, (3, 4, 6, 3))

# %% [loses stem, plan_bottleneck, blocks_bottleneck, expansion, strides_bottleneck, weights_bottleneck] ResNet-101 forgotten
del nets["resnet101"]

# %% [loses stem, plan_bottleneck, blocks_bottleneck, expansion, strides_bottleneck, weights_bottleneck] ResNet-152 left out
nets["resnet152"] = None

# %% [loses stem, plan_basic, blocks_basic, strides_basic, weights_basic] a class, no network
nets["resnet18"] = Basic


# %% [loses open_sums] ReLU behind the sum is left
class Closed(PreAct):
    def hybrid_forward(self, F, x):
        return F.npx.relu(super().hybrid_forward(F, x))


whole = resnet(Closed, (2, 2, 2, 2))
preact = nn.HybridSequential()
preact.add(*whole[:-2], nn.BatchNorm(), nn.Activation("relu"), *whole[-2:])

# %% [loses final_norm] no BatchNorm and ReLU at the end
preact = resnet(PreAct, (2, 2, 2, 2))

# %% [loses final_norm] BatchNorm at the end, no ReLU
whole = resnet(PreAct, (2, 2, 2, 2))
preact = nn.HybridSequential()
preact.add(*whole[:-2], nn.BatchNorm(), *whole[-2:])

# %% [loses preact_order, preact_shortcuts, open_sums, final_norm] the first version
preact = nets["resnet18"]


# %% [loses preact_order, open_sums] ReLU before BatchNorm
class Reversed(PreAct):
    def hybrid_forward(self, F, x):
        a = self.bn1(F.npx.relu(x))
        y = self.conv2(self.bn2(F.npx.relu(self.conv1(a))))
        return y + (x if self.project is None else self.project(a))


whole = resnet(Reversed, (2, 2, 2, 2))
preact = nn.HybridSequential()
preact.add(*whole[:-2], nn.BatchNorm(), nn.Activation("relu"), *whole[-2:])


# %% [loses preact_order] only the first convolution of a block is pre-activated
class Half(PreAct):
    def hybrid_forward(self, F, x):
        a = F.npx.relu(self.bn1(x))
        y = self.bn2(self.conv2(F.npx.relu(self.conv1(a))))
        return y + (x if self.project is None else self.project(a))


whole = resnet(Half, (2, 2, 2, 2))
preact = nn.HybridSequential()
preact.add(*whole[:-2], nn.BatchNorm(), nn.Activation("relu"), *whole[-2:])

# %% [loses preact_plan, preact_weights] pre-activation in ResNet-34
whole = resnet(PreAct, (3, 4, 6, 3))
preact = nn.HybridSequential()
preact.add(*whole[:-2], nn.BatchNorm(), nn.Activation("relu"), *whole[-2:])


# %% [loses preact_shortcuts] the projections read the block's input
class PlainPreAct(nn.Block):
    expansion = 1

    def __init__(self, inputs, channels, stride=1):
        super().__init__()
        self.f = nn.Sequential()
        self.f.add(nn.BatchNorm(), nn.Activation("relu"))
        self.f.add(nn.Conv2D(channels, 3, stride, 1), nn.BatchNorm())
        self.f.add(nn.Activation("relu"), nn.Conv2D(channels, 3, 1, 1))
        self.project = None
        if stride != 1 or inputs != channels:
            self.project = nn.Conv2D(channels, 1, stride)

    def forward(self, x):
        return self.f(x) + (self.project(x) if self.project else x)


preact = nn.Sequential()
blocks = resnet(PreAct, (2, 2, 2, 2))
preact.add(*blocks[:4])
inputs = 64
for stage in range(4):
    for number in range(2):
        preact.add(PlainPreAct(inputs, 64 << stage, 2 if stage and not number else 1))
        inputs = 64 << stage
preact.add(nn.BatchNorm(), nn.Activation("relu"), nn.GlobalAvgPool2D(), nn.Dense(1000))

# %% [loses preact_frame] no BatchNorm and ReLU in the stem
preact = nn.HybridSequential()
blocks = resnet(PreAct, (2, 2, 2, 2))
preact.add(blocks[0], *blocks[3:-2])
preact.add(nn.BatchNorm(), nn.Activation("relu"), nn.GlobalAvgPool2D(), nn.Dense(1000))


# %% [loses preact_shortcuts] all shortcuts read what the first ReLU gives
class AllActive(PreAct):
    def hybrid_forward(self, F, x):
        a = F.npx.relu(self.bn1(x))
        y = self.conv2(F.npx.relu(self.bn2(self.conv1(a))))
        return y + (a if self.project is None else self.project(a))


whole = resnet(AllActive, (2, 2, 2, 2))
preact = nn.HybridSequential()
preact.add(*whole[:-2], nn.BatchNorm(), nn.Activation("relu"), *whole[-2:])


# %% [loses preact_shortcuts] BatchNorm behind the projections
class NormedShortcut(PreAct):
    def __init__(self, inputs, channels, stride=1):
        super().__init__(inputs, channels, stride)
        self.norm = nn.BatchNorm()

    def hybrid_forward(self, F, x):
        a = F.npx.relu(self.bn1(x))
        y = self.conv2(F.npx.relu(self.bn2(self.conv1(a))))
        return y + (x if self.project is None else self.norm(self.project(a)))


whole = resnet(NormedShortcut, (2, 2, 2, 2))
preact = nn.HybridSequential()
preact.add(*whole[:-2], nn.BatchNorm(), nn.Activation("relu"), *whole[-2:])

# %% [loses preact_frame, preact_weights] 10 classes behind pre-activation
preact = preact[:-1]
preact.add(nn.Dense(10))

# %% [loses preact_frame] global pooling of the maximum
preact = preact[:-2]
preact.add(nn.GlobalMaxPool2D(), nn.Dense(1000))


# %% [loses preact_strides] strides forgotten behind pre-activation
def unstrided(inputs, channels, stride):
    return PreAct(inputs, channels)


unstrided.expansion = 1
whole = resnet(unstrided, (2, 2, 2, 2))
preact = nn.HybridSequential()
preact.add(*whole[:-2], nn.BatchNorm(), nn.Activation("relu"), *whole[-2:])

# %% [loses preact_strides, preact_weights] stage 1 of pre-activation has stride 2 too
net = nn.HybridSequential()
net.add(*preact[:4], PreAct(64, 64, 2), PreAct(64, 64), *preact[6:])
preact = net

# %% [loses preact_strides, preact_weights] the stride in the last block of a stage
net = nn.HybridSequential()
net.add(*preact[:6], PreAct(64, 128), PreAct(128, 128, 2), *preact[8:])
preact = net


# %% [loses preact_weights] projections in all pre-activation blocks
class Projected(PreAct):
    def __init__(self, inputs, channels, stride=1):
        super().__init__(inputs, channels, stride)
        self.project = nn.Conv2D(channels, 1, stride, use_bias=False)


whole = resnet(Projected, (2, 2, 2, 2))
preact = nn.HybridSequential()
preact.add(*whole[:-2], nn.BatchNorm(), nn.Activation("relu"), *whole[-2:])

# %% [loses stem] no max pooling in ResNet-18
whole = nets["resnet18"]
nets["resnet18"] = nn.HybridSequential()
nets["resnet18"].add(*whole[:3], *whole[4:])

# %% [loses stem] global pooling of the maximum in ResNet-34
nets["resnet34"] = nets["resnet34"][:-2]
nets["resnet34"].add(nn.GlobalMaxPool2D(), nn.Dense(1000))

# %% [loses flops] multiplications and additions counted apart
flops = {name: 2 * count for name, count in flops.items()}

# %% [loses flops] parameters in the place of multiply-adds
flops = {name: gn.complexity(name).params for name in flops}

# %% [loses flops] in billions
flops = {"resnet34": 3.66, "resnet50": 4.09}

# %% [loses flops] ResNet-50 counted as ResNet-34
flops["resnet50"] = flops["resnet34"]

# %% [loses stem] a 2×2 max pooling in ResNet-50
whole = nets["resnet50"]
nets["resnet50"] = nn.HybridSequential()
nets["resnet50"].add(*whole[:3], nn.MaxPool2D(2, 2), *whole[4:])
