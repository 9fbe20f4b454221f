# %% [right] hybrid blocks, sequences in a loop
class Branches(nn.HybridBlock):
    def __init__(self, *branches):
        super().__init__()
        self.branches = branches
        for number, branch in enumerate(branches):
            self.register_child(branch, f"branch{number}")

    def hybrid_forward(self, F, x):
        return F.np.concatenate([branch(x) for branch in self.branches], axis=1)


def sequence(*rows):
    layers = nn.HybridSequential()
    for channels, kernel in rows:
        if channels == "pool":
            layers.add(nn.MaxPool2D(kernel, 1, kernel // 2))
            continue
        layers.add(nn.Conv2D(channels, kernel, padding=kernel // 2))
        layers.add(nn.Activation("relu"))
    return layers


inception = Branches(
    sequence((64, 1)),
    sequence((96, 1), (128, 3)),
    sequence((16, 1), (32, 5)),
    sequence(("pool", 3), (32, 1)),
)
inception.initialize()
inception.hybridize()

# %% [right] the library's Inception block, with BatchNorm
from gluon_nets.blocks import InceptionBlock
from gluon_nets.specs.googlenet import Inception as Numbers

inception = InceptionBlock(192, Numbers(64, (96, 128), (16, 32), 32), bn=True)
inception.initialize()


# %% [right] branches in another order, two concatenations, one ReLU behind them
class Nested(nn.Block):
    def __init__(self):
        super().__init__()
        self.one = nn.Conv2D(64, 1)
        self.three = nn.Sequential()
        self.three.add(nn.Conv2D(96, 1, activation="relu"), nn.Conv2D(128, 3, 1, 1))
        self.five = nn.Sequential()
        self.five.add(nn.Conv2D(16, 1, activation="relu"), nn.Conv2D(32, 5, 1, 2))
        self.four = nn.Conv2D(32, 1)
        self.pool = nn.MaxPool2D(3, 1, 1)

    def forward(self, x):
        small = np.concatenate([self.four(self.pool(x)), self.five(x)], axis=1)
        return npx.relu(np.concatenate([small, self.three(x), self.one(x)], axis=1))


inception = Nested()


# %% [right] pooling and ReLU as functions, nothing initialized
class Functions(nn.Block):
    def __init__(self):
        super().__init__()
        self.convs = nn.Sequential()
        for channels, kernel in ((64, 1), (96, 1), (128, 3), (16, 1), (32, 5), (32, 1)):
            self.convs.add(nn.Conv2D(channels, (kernel, kernel), padding=kernel // 2))

    def forward(self, x):
        def conv(index, x):
            return np.maximum(self.convs[index](x), 0)

        window = {"kernel": (3, 3), "stride": (1, 1), "pad": (1, 1)}
        pooled = npx.pooling(x, pool_type="max", **window)
        y = [conv(0, x), conv(2, conv(1, x)), conv(4, conv(3, x)), conv(5, pooled)]
        return np.concatenate(y, axis=1)


inception = Functions()

# %% [right] the library's residual blocks
from gluon_nets.blocks import ResidualBlock, ResNeXtBlock

residual["basic"] = ResidualBlock(192, 256)
residual["bottleneck"] = ResNeXtBlock(192, 256, group_width=64, bottleneck=4.0)


# %% [right] the sum swapped, biases left on, no BatchNorm on the projection
class Book(nn.Block):
    def __init__(self, *rows):
        super().__init__()
        self.body = nn.Sequential()
        for channels, kernel in rows:
            self.body.add(nn.Conv2D(channels, kernel, padding=kernel // 2))
            self.body.add(nn.BatchNorm(), nn.Activation("relu"))
        self.body._children.popitem()
        self.project = nn.Conv2D(256, 1)

    def forward(self, x):
        return npx.relu(self.project(x) + self.body(x))


residual["basic"] = Book((256, 3), (256, 3))
residual["bottleneck"] = Book((64, 1), (64, 3), (256, 1))

# %% [right] counted by the package
for name, net in {"inception": inception, **residual}.items():
    net.initialize(force_reinit=True)
    inputs = np.zeros((1, 192, 28, 28))
    net(inputs)
    size = sum(int(p.data().size) for p in net.collect_params().values())
    counts[name] = {"params": size, "flops": counts[name]["flops"]}


# %% [right] counted with Gluon's defaults: biases, and all of BatchNorm's arrays
def size_of(*convolutions):
    return weights(*convolutions) + 5 * sum(row[2] for row in convolutions)


rows = ((1, 192, 64), (3, 64, 64), (1, 64, 256), (1, 192, 256))
counts["bottleneck"] = {"params": size_of(*rows), "flops": size_of(*rows) * 784}
rows = ((3, 192, 256), (3, 256, 256), (1, 192, 256))
counts["basic"] = {"params": size_of(*rows), "flops": size_of(*rows) * 784}

# %% [right] numbers as floats and arrays, words in capitals
import numpy

counts = {
    name: {key: numpy.float64(number) for key, number in row.items()}
    for name, row in counts.items()
}
direct, difference = numpy.array([direct]), np.array(difference)
largest_branch = " 3X3 "
words = {key: word.upper() for key, word in words.items()}

# %% [right] with biases
counts["inception"] = {"params": 163_696, "flops": 163_696 * 784}
direct = 393_472


# %% [right] f written out, a bias in the convolution that joins, branches swapped
class Swapped(nn.HybridBlock):
    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Conv2D(64, 3, 1, 1), nn.Conv2D(64, 3, 1, 1)
        self.join = nn.Conv2D(64, 1)

    def hybrid_forward(self, F, x):
        y = self.last(F.npx.relu(self.first(x)))
        return self.join(F.np.concatenate([y, x], axis=1))


pair["concat"] = Swapped()

# %% [loses inception_branches] no reduction before the 3×3
inception = Inception()
inception.three = nn.Sequential()
inception.three.add(nn.Conv2D(128, 3, padding=1, activation="relu"))

# %% [loses inception_branches] the pooling has no convolution
inception = Inception()
inception.pool = nn.Sequential()
inception.pool.add(nn.MaxPool2D(3, 1, padding=1))

# %% [loses inception_branches] the reductions of two branches are swapped
inception = Inception()
inception.three = nn.Sequential()
inception.three.add(nn.Conv2D(16, 1, activation="relu"))
inception.three.add(nn.Conv2D(128, 3, padding=1, activation="relu"))
inception.five = nn.Sequential()
inception.five.add(nn.Conv2D(96, 1, activation="relu"))
inception.five.add(nn.Conv2D(32, 5, padding=2, activation="relu"))


# %% [loses inception_branches] the branches are added
class Added(Inception):
    def forward(self, x):
        y = np.concatenate([self.one(x), self.five(x), self.pool(x)], axis=1)
        return self.three(x) + y


inception = Added()


# %% [loses inception_branches] the branches one behind the other
class Chained(Inception):
    def forward(self, x):
        return self.pool(self.five(self.three(self.one(x))))


inception = Chained()

# %% [loses inception_relu] reductions without a ReLU
inception = Inception()
inception.three = nn.Sequential()
inception.three.add(nn.Conv2D(96, 1))
inception.three.add(nn.Conv2D(128, 3, padding=1, activation="relu"))

# %% [loses inception_branches] stride 2, and 14×14 pixels
inception = Inception()
for branch in (inception.one, inception.three[0], inception.five[0]):
    branch._kwargs["stride"] = (2, 2)
inception.pool = nn.Sequential()
inception.pool.add(nn.MaxPool2D(3, 2, padding=1), nn.Conv2D(32, 1, activation="relu"))

# %% [loses basic] the basic block keeps 192 channels
residual["basic"] = Residual(conv_bn(192, 3), conv_bn(192, 3, relu=False))

# %% [loses basic] a single convolution in the basic block
residual["basic"] = Residual(
    conv_bn(256, 3, relu=False), shortcut=conv_bn(256, 1, relu=False)
)

# %% [loses bottleneck] the bottleneck with eight groups
grouped = conv_bn(64, 3)
grouped[0]._kwargs["num_group"] = 8
residual["bottleneck"] = Residual(
    conv_bn(64, 1),
    grouped,
    conv_bn(256, 1, relu=False),
    shortcut=conv_bn(256, 1, relu=False),
)

# %% [loses bottleneck] the bottleneck with 128 channels inside
residual["bottleneck"] = Residual(
    conv_bn(128, 1),
    conv_bn(128, 3),
    conv_bn(256, 1, relu=False),
    shortcut=conv_bn(256, 1, relu=False),
)

# %% [loses basic, bottleneck] no shortcut at all
for name in residual:
    whole = nn.Sequential()
    whole.add(residual[name].transform, nn.Activation("relu"))
    residual[name] = whole


# %% [loses residual_norms] no BatchNorm
def conv(channels, kernel, activation="relu"):
    return nn.Conv2D(channels, kernel, padding=kernel // 2, activation=activation)


residual["basic"] = Residual(
    conv(256, 3), conv(256, 3, None), shortcut=conv(256, 1, None)
)

# %% [loses residual_norms] the bottleneck's last convolution without BatchNorm
residual["bottleneck"] = Residual(
    conv_bn(64, 1),
    conv_bn(64, 3),
    nn.Conv2D(256, 1),
    shortcut=conv_bn(256, 1, relu=False),
)


# %% [loses residual_relu] no ReLU behind the sum
class Linear(Residual):
    def forward(self, x):
        return self.transform(x) + self.shortcut(x)


projection = conv_bn(256, 1, relu=False)
residual["basic"] = Linear(conv_bn(256, 3), conv_bn(256, 3, False), shortcut=projection)

# %% [loses residual_counts] a reduction to 72 channels counted in the bottleneck
number = weights((1, 192, 72), (3, 72, 72), (1, 72, 256), (1, 192, 256))
counts["bottleneck"] = {"params": number, "flops": number * 784}

# %% [loses residual_counts] projections forgotten
for name in residual:
    number = params[name] - 192 * 256
    counts[name] = {"params": number, "flops": number * 784}

# %% [loses inception_counts, residual_counts] in millions
counts = {
    name: {key: number / 1e6 for key, number in row.items()}
    for name, row in counts.items()
}

# %% [loses inception_counts, residual_counts] a multiply-add counted as two
for name, row in counts.items():
    counts[name] = {**row, "flops": 2 * row["flops"]}

# %% [loses inception_counts] only the last convolutions of the branches
counts["inception"] = {"params": weights((1, 192, 64), (3, 96, 128), (5, 16, 32))}
counts["inception"]["flops"] = counts["inception"]["params"] * 784

# %% [loses direct] the reductions are counted, too
direct = direct + weights((1, 192, 96), (1, 192, 16))

# %% [loses direct, largest_branch] the 5×5 for the largest
direct, largest_branch = weights((1, 192, 64), (3, 192, 128), (5, 192, 32)), "5x5"


# %% [loses concat] two convolutions behind the concatenation
class Twice(Concat):
    def __init__(self):
        super().__init__()
        self.last = nn.Conv2D(64, 1)

    def forward(self, x):
        return self.last(super().forward(x))


pair["concat"] = Twice()


# %% [loses concat] nothing joins what is concatenated
class Wide(Concat):
    def forward(self, x):
        return np.concatenate([x, self.f(x)], axis=1)


pair["concat"] = Wide()

# %% [loses concat, nested] a 3×3 joins, and is said to describe less
pair["concat"] = Concat()
pair["concat"].join = nn.Conv2D(64, 3, padding=1)
words["nested"] = "sum"


# %% [loses sum] a projection on the shortcut
class Projected(Sum):
    def __init__(self):
        super().__init__()
        self.project = nn.Conv2D(64, 1)

    def forward(self, x):
        return self.project(x) + self.f(x)


pair["sum"] = Projected()

# %% [loses difference] weights not copied
difference = 2.7

# %% [loses difference, identity, wider] guessed
difference, words = None, {"identity": "both", "nested": "concat", "wider": "sum"}
