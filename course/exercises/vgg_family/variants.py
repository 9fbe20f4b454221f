# %% [right] plain Blocks with forward, ReLU called as a function
class VGG(nn.Block):
    def __init__(self, blocks, image=224):
        super().__init__()
        self.blocks = nn.Sequential()
        for convs, channels in blocks:
            block = nn.Sequential()
            for _ in range(convs):
                block.add(nn.Conv2D(channels, kernel_size=3, padding=1))
            self.blocks.add(block)
        self.pool = nn.MaxPool2D(pool_size=2, strides=2)
        self.hidden = [nn.Dense(4096), nn.Dense(4096)]
        for number, layer in enumerate(self.hidden):
            self.register_child(layer, f"hidden{number}")
        self.dropout = nn.Dropout(0.5)
        self.last = nn.Dense(10)

    def forward(self, x):
        for block in self.blocks:
            for conv in block:
                x = npx.relu(conv(x))
            x = self.pool(x)
        for layer in self.hidden:
            x = self.dropout(npx.relu(layer(x)))
        return self.last(x)


nets = {"vgg16": VGG(((2, 64), (2, 128), (3, 256), (3, 512), (3, 512)))}
nets["vgg19"] = vgg(((2, 64), (2, 128), (4, 256), (4, 512), (4, 512)))


# %% [right] a block is a function, the head is flattened by hand
def block(convs, channels):
    net = nn.HybridSequential()
    for _ in range(convs):
        net.add(nn.Conv2D(channels, (3, 3), (1, 1), (1, 1)), nn.Activation("relu"))
    net.add(nn.MaxPool2D())
    return net


def build(depths):
    net = nn.HybridSequential()
    for depth, channels in zip(depths, (64, 128, 256, 512, 512)):
        net.add(block(depth, channels))
    net.add(nn.Flatten(), nn.Dense(4096), nn.Activation("relu"), nn.Dropout(0.5))
    net.add(nn.Dense(4096), nn.Activation("relu"), nn.Dropout(0.5), nn.Dense(10))
    return net


nets = {"vgg16": build((2, 2, 3, 3, 3)), "vgg19": build((2, 2, 4, 4, 4))}

# %% [right] the library's own, hybridized
nets = {name: gn.get_net(name, num_classes=10, in_channels=1) for name in nets}
nets["vgg16"].hybridize()


# %% [right] dropout before the ReLU, which gives the same
def vgg(blocks):
    net = nn.HybridSequential()
    for convs, channels in blocks:
        for _ in range(convs):
            net.add(nn.Conv2D(channels, 3, padding=1, activation="relu"))
        net.add(nn.MaxPool2D(2, 2))
    for _ in range(2):
        net.add(nn.Dense(4096), nn.Dropout(0.5), nn.Activation("relu"))
    net.add(nn.Dense(10))
    return net


nets = {"vgg16": vgg(((2, 64), (2, 128), (3, 256), (3, 512), (3, 512)))}
nets["vgg19"] = vgg(((2, 64), (2, 128), (4, 256), (4, 512), (4, 512)))

# %% [right] sides counted in a loop, as NumPy's numbers
import numpy

for side in sides:
    left = side
    for _ in range(5):
        left = numpy.floor(left / 2)
    sides[side] = left

# %% [right] convolutions moved to the front
net84 = net56 = small_vgg(
    [(3, 16, True), (2, 32, True), (2, 64, True), (3, 128, False)]
)
net28 = small_vgg([(3, 16, True), (3, 32, True), (2, 64, True), (1, 128, False)])

# %% [right] a block less in one, the last poolings left out in the other
net56 = small_vgg(blocks28)
net28 = small_vgg(
    [(1, 16, True), (1, 32, True), (2, 64, True), (2, 128, False), (2, 128, False)]
)


# %% [right] biases left on, the mean taken in a forward
class Small(nn.Block):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential()
        for convs, channels in ((2, 16), (2, 32), (2, 64), (2, 128)):
            for _ in range(convs):
                self.body.add(nn.Conv2D(channels, 3, padding=1))
                self.body.add(nn.BatchNorm())
                self.body.add(nn.Activation("relu"))
            if channels < 128:
                self.body.add(nn.MaxPool2D(2, 2))
        self.out = nn.Dense(10)

    def forward(self, x):
        return self.out(self.body(x).mean(axis=(2, 3)))


net28 = Small()

# %% [right] the library's VGG with fewer poolings
import dataclasses

pools = (True, True, True, False, True)
spec = VGGSpec(tuple((*block, pool) for block, pool in zip(SMALL, pools)), bn=True)
net84 = gn.build(spec, num_classes=10, in_channels=1)
net56 = gn.build(dataclasses.replace(spec, head="gap"), num_classes=10, in_channels=1)
pools = (True, True, True, False, False)
spec = VGGSpec(
    tuple((*block, pool) for block, pool in zip(SMALL, pools)), bn=True, head="gap"
)
net28 = gn.build(spec, num_classes=10, in_channels=1)

# %% [right] a head of 1×1 convolutions, before the averages
net56 = small_vgg([(2, 16, True), (2, 32, True), (2, 64, True), (2, 128, False)])
net56 = net56[:-2]
net56.add(nn.Conv2D(10, 1), nn.GlobalAvgPool2D(), nn.Flatten())

# %% [right] a head of a 1×1 convolution, behind the averages
net84, net56, net28 = net84[:-2], net56[:-2], net28[:-2]
for net in (net84, net56, net28):
    net.add(nn.GlobalAvgPool2D(), nn.Conv2D(10, 1), nn.Flatten())


# %% [right] a head that reads averages and maxima, where nothing is trained
class Both(nn.HybridBlock):
    def __init__(self, body):
        super().__init__()
        self.body = body
        self.pools = nn.GlobalAvgPool2D(), nn.GlobalMaxPool2D()
        self.last = nn.Dense(10)

    def hybrid_forward(self, F, x):
        x = self.body(x)
        return self.last(F.np.concatenate([pool(x) for pool in self.pools], axis=1))


net84 = Both(net84[:-2])

# %% [right] neither BatchNorm nor averages where nothing is trained
net84 = vgg([(2, 16), (2, 32), (2, 64), (2, 128)], 64)

# %% [right] ten convolutions, narrower at the end
net28 = small_vgg([(2, 16, True), (2, 32, True), (3, 64, True), (3, 64, False)])

# %% [loses vgg16] VGG-16 with VGG-13's third block
nets["vgg16"] = vgg(((2, 64), (2, 128), (2, 256), (3, 512), (3, 512)))

# %% [loses vgg16, vgg19] the two are swapped
nets = {"vgg16": nets["vgg19"], "vgg19": nets["vgg16"]}

# %% [loses vgg19] three convolutions in place of four in VGG-19's last block
nets["vgg19"] = vgg(((2, 64), (2, 128), (4, 256), (4, 512), (3, 512)))

# %% [loses vgg16] the last block has 256 channels
nets["vgg16"] = vgg(((2, 64), (2, 128), (3, 256), (3, 512), (3, 256)))


# %% [loses vgg16, vgg19] a pooling behind each convolution of the first block
def strange(depths):
    net = nn.HybridSequential()
    for depth, channels in zip(depths, (64, 128, 256, 512, 512)):
        for number in range(depth):
            net.add(nn.Conv2D(channels, 3, padding=1, activation="relu"))
            if channels == 64 or number == depth - 1:
                net.add(nn.MaxPool2D(2, 2))
    for _ in range(2):
        net.add(nn.Dense(4096, activation="relu"), nn.Dropout(0.5))
    net.add(nn.Dense(10))
    return net


nets = {"vgg16": strange((2, 2, 3, 3, 3)), "vgg19": strange((2, 2, 4, 4, 4))}


# %% [loses vgg16, vgg19] kernels of 5×5 in one, average pooling in the other
def changed(depths, kernel, pool):
    net = nn.HybridSequential()
    for depth, channels in zip(depths, (64, 128, 256, 512, 512)):
        for _ in range(depth):
            padding = kernel // 2
            net.add(nn.Conv2D(channels, kernel, padding=padding, activation="relu"))
        net.add(pool(2, 2))
    for _ in range(2):
        net.add(nn.Dense(4096, activation="relu"), nn.Dropout(0.5))
    net.add(nn.Dense(10))
    return net


nets["vgg16"] = changed((2, 2, 3, 3, 3), 5, nn.MaxPool2D)
nets["vgg19"] = changed((2, 2, 4, 4, 4), 3, nn.AvgPool2D)


# %% [loses relus] no ReLU behind the convolutions
def linear(depths):
    net = nn.HybridSequential()
    for depth, channels in zip(depths, (64, 128, 256, 512, 512)):
        for _ in range(depth):
            net.add(nn.Conv2D(channels, 3, padding=1))
        net.add(nn.MaxPool2D(2, 2))
    for _ in range(2):
        net.add(nn.Dense(4096, activation="relu"), nn.Dropout(0.5))
    net.add(nn.Dense(10))
    return net


nets = {"vgg16": linear((2, 2, 3, 3, 3)), "vgg19": linear((2, 2, 4, 4, 4))}


# %% [loses relus] convolutions without biases
def unbiased(depths):
    net = nn.HybridSequential()
    for depth, channels in zip(depths, (64, 128, 256, 512, 512)):
        for _ in range(depth):
            net.add(nn.Conv2D(channels, 3, padding=1, use_bias=False))
            net.add(nn.Activation("relu"))
        net.add(nn.MaxPool2D(2, 2))
    for _ in range(2):
        net.add(nn.Dense(4096, activation="relu"), nn.Dropout(0.5))
    net.add(nn.Dense(10))
    return net


nets = {"vgg16": unbiased((2, 2, 3, 3, 3)), "vgg19": unbiased((2, 2, 4, 4, 4))}

# %% [loses layers] BatchNorm behind each convolution
nets = {name: gn.get_net(f"{name}_bn", num_classes=10, in_channels=1) for name in nets}

# %% [loses heads] global average pooling in place of the dense layers
nets = {
    name: gn.get_net(name, num_classes=10, in_channels=1, head="gap") for name in nets
}

# %% [loses heads] 1000 classes
nets = {name: gn.get_net(name, num_classes=1000, in_channels=1) for name in nets}


# %% [loses heads] dropout left out
def without(blocks):
    net = nn.HybridSequential()
    for convs, channels in blocks:
        for _ in range(convs):
            net.add(nn.Conv2D(channels, 3, padding=1, activation="relu"))
        net.add(nn.MaxPool2D(2, 2))
    for units in (4096, 4096):
        net.add(nn.Dense(units, activation="relu"))
    net.add(nn.Dense(10))
    return net


nets = {"vgg16": without(((2, 64), (2, 128), (3, 256), (3, 512), (3, 512)))}
nets["vgg19"] = without(((2, 64), (2, 128), (4, 256), (4, 512), (4, 512)))

# %% [loses heads] dropout of a fifth in one of them
nets["vgg19"] = nets["vgg19"][:-2]
nets["vgg19"].add(nn.Dropout(0.2), nn.Dense(10))

# %% [loses heads] no ReLU between the dense layers
for name, net in nets.items():
    nets[name] = net[:-5]
    for _ in range(2):
        nets[name].add(nn.Dense(4096), nn.Dropout(0.5))
    nets[name].add(nn.Dense(10))

# %% [loses heads] three dense layers and nothing between them
for name, net in nets.items():
    nets[name] = net[:-5]
    nets[name].add(nn.Dense(4096), nn.Dense(4096), nn.Dense(10))

# %% [loses heads] one hidden dense layer
for name, net in nets.items():
    nets[name] = net[:-3]
    nets[name].add(nn.Dense(10))

# %% [loses vgg19, heads, relus, layers] VGG-19 forgotten
nets = {"vgg16": nets["vgg16"]}

# %% [loses vgg16, vgg19, heads, relus, layers] the table in place of the networks
nets = {"vgg16": ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512)), "vgg19": None}

# %% [loses sides] a list, without the images' sides
sides = list(sides.values())

# %% [loses sides] rounded up
import math

for side in sides:
    sides[side] = math.ceil(side / 32)

# %% [loses sides] not a whole number of pixels
sides = {side: side / 32 for side in sides}

# %% [loses sides] four poolings
sides = {side: side // 16 for side in sides}

# %% [loses map84] 84 pixels: the small VGG as is
net84 = small_vgg([(*block, True) for block in SMALL])

# %% [loses budget84] 84 pixels: the second pooling left out, not the last
net84 = small_vgg([(*block, n != 1) for n, block in enumerate(SMALL)])

# %% [loses vgg84] 84 pixels: strides in the place of poolings
net84 = nn.HybridSequential()
for convs, channels in SMALL[:4]:
    for number in range(max(2, convs)):
        stride = 2 if number == 0 else 1
        net84.add(nn.Conv2D(channels, 3, stride, 1, activation="relu"))
net84.add(nn.GlobalAvgPool2D(), nn.Dense(10))

# %% [loses vgg84] 84 pixels: the ReLUs forgotten
net84 = nn.HybridSequential()
for (convs, channels), pooled in zip(SMALL, pools84):
    for _ in range(convs):
        net84.add(nn.Conv2D(channels, 3, padding=1), nn.BatchNorm())
    if pooled:
        net84.add(nn.MaxPool2D(2, 2))
net84.add(nn.GlobalAvgPool2D(), nn.Dense(10))

# %% [loses classes84] 84 pixels: no dense layer at the end
net84 = net84[:-1]

# %% [loses vgg84, map84, budget84, classes84] 84 pixels: the blocks, and no network
net84 = [(*block, pool) for block, pool in zip(SMALL, pools84)]

# %% [loses map56] the small VGG as is
net56 = small_vgg([(*block, True) for block in SMALL])

# %% [loses budget56, trained56] the second pooling left out: too dear to be trained
net56 = small_vgg([(c, w + w // 2, n != 1) for n, (c, w) in enumerate(SMALL)])

# %% [loses budget56] eleven convolutions, a little too wide
net56 = small_vgg([(2, 16, True), (2, 32, True), (3, 64, True), (4, 128, False)])

# %% [loses vgg56] a pooling and two convolutions fewer
net56 = small_vgg([(*block, True) for block in SMALL[:4]])


# %% [loses vgg56, vgg28] residual sums around the second convolution of each block
class Skipping(nn.HybridBlock):
    def __init__(self, channels):
        super().__init__()
        self.body = nn.HybridSequential()
        self.body.add(nn.Conv2D(channels, 3, padding=1, use_bias=False))
        self.body.add(nn.BatchNorm(), nn.Activation("relu"))

    def hybrid_forward(self, F, x):
        return x + self.body(x)


def skipping():
    net = nn.HybridSequential()
    for channels in (16, 32, 64, 128):
        net.add(nn.Conv2D(channels, 3, padding=1, use_bias=False))
        net.add(nn.BatchNorm(), nn.Activation("relu"), Skipping(channels))
        if channels < 128:
            net.add(nn.MaxPool2D(2, 2))
    net.add(nn.GlobalAvgPool2D(), nn.Dense(10))
    return net


net56, net28 = skipping(), skipping()


# %% [loses vgg28] a block whose input is concatenated to what it gives
class Growing(nn.HybridBlock):
    def __init__(self):
        super().__init__()
        self.body = nn.HybridSequential()
        self.body.add(nn.Conv2D(64, 3, padding=1, use_bias=False))
        self.body.add(nn.BatchNorm(), nn.Activation("relu"))

    def hybrid_forward(self, F, x):
        return F.np.concatenate([x, self.body(x)], axis=1)


net28 = small_vgg(((2, 16, True), (2, 32, True), (2, 64, True), (1, 64, False)))
net28 = net28[:-2]
net28.add(Growing(), nn.GlobalAvgPool2D(), nn.Dense(10))

# %% [loses trained56] no dense layer at the end of a network to be trained
net56 = net56[:-1]

# %% [loses trained56] 56 pixels: far too narrow
net56 = small_vgg([(c, w // 16, p) for c, w, p in blocks28])

# %% [loses vgg56, trained56] 56 pixels: convolutions of 1×1 in the blocks
net56 = nn.HybridSequential()
for convs, channels, pooled in blocks28:
    for _ in range(convs):
        net56.add(nn.Conv2D(channels, 1), nn.BatchNorm(), nn.Activation("relu"))
    if pooled:
        net56.add(nn.MaxPool2D(2, 2))
net56.add(nn.GlobalAvgPool2D(), nn.Dense(10))

# %% [loses map28, vgg28] a block left out, the last map a single pixel
net28 = small_vgg([(*block, True) for block in SMALL[:4]])

# %% [loses map28] the small VGG as is
net28 = gn.build(as_is(28), num_classes=10, in_channels=1)

# %% [loses budget28] ten convolutions, a little too wide
net28 = small_vgg([(2, 16, True), (2, 32, True), (3, 64, True), (3, 128, False)])

# %% [loses budget28, trained28] two poolings: three times the budget, which is not trained
net28 = small_vgg([(*block, n in (0, 2)) for n, block in enumerate(SMALL)])

# %% [loses vgg28, trained28] convolutions of 1×1 in the blocks, to save flops
net28 = nn.HybridSequential()
for convs, channels, pooled in blocks28:
    for _ in range(convs):
        net28.add(nn.Conv2D(channels, 1), nn.BatchNorm(), nn.Activation("relu"))
    if pooled:
        net28.add(nn.MaxPool2D(2, 2))
net28.add(nn.GlobalAvgPool2D(), nn.Dense(10))

# %% [loses trained28] far too narrow
net28 = small_vgg([(c, w // 16, p) for c, w, p in blocks28])

# %% [loses trained28] neither BatchNorm nor a sensible depth
net28 = nn.HybridSequential()
for convs, channels, pooled in ((6, 8, True), (6, 16, True), (6, 32, True)):
    for _ in range(convs):
        net28.add(nn.Conv2D(channels, 3, padding=1, activation="relu"))
    if pooled:
        net28.add(nn.MaxPool2D(2, 2))
net28.add(nn.GlobalAvgPool2D(), nn.Dense(10))
