# %% [right] a plain Block with forward, averaging by mean
class Cheap(nn.Block):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential()
        channels = (64, "M", 128, "M", 256, 256, "M", 512, 512, "M", 512, 512)
        for c in channels:
            if c == "M":
                self.body.add(nn.MaxPool2D(pool_size=2, strides=2))
            else:
                self.body.add(nn.Conv2D(c, kernel_size=3, padding=1))
                self.body.add(nn.Activation("relu"))
        self.head = nn.Dense(10)

    def forward(self, x):
        return self.head(self.body(x).mean(axis=(2, 3)))


cheap = Cheap()
cheap.initialize()

# %% [right] convolutions of 1×1, then averaging
cheap = convolutions()
cheap.add(nn.Conv2D(10, 1), nn.GlobalAvgPool2D(), nn.Flatten())
cheap_params = 9219328 + 5130

# %% [right] channels cut by 1×1 before they are flattened
cheap = convolutions()
cheap.add(nn.Conv2D(32, 1, activation="relu"), nn.Flatten())
cheap.add(nn.Dense(512, activation="relu"), nn.Dropout(0.5), nn.Dense(10))
cheap.initialize()
cheap_params = gn.summary(cheap, (1, 1, 224, 224)).params

# %% [right] the large matrix with a low rank
cheap = convolutions()
cheap.add(nn.Flatten(), nn.Dense(64, use_bias=False))
cheap.add(nn.Dense(4096, activation="relu"), nn.Dropout(0.5))
cheap.add(nn.Dense(64, use_bias=False), nn.Dense(4096, activation="relu"))
cheap.add(nn.Dropout(0.5), nn.Dense(10))
cheap_params = sum(
    (9219328, 25088 * 64, 64 * 4096 + 4096, 4096 * 64, 64 * 4096 + 4096, 40970)
)

# %% [right] from the library, with the head of its own
from gluon_nets.specs import find
import dataclasses

cheap = gn.build(dataclasses.replace(find("vgg11").spec, head="gap"), 10, 1)

# %% [right] hybridized and run before
cheap = convolutions()
cheap.add(nn.GlobalAvgPool2D(), nn.Flatten(), nn.Dense(10))
cheap.initialize(init="xavier")
cheap.hybridize()

# %% [right] average pooling over the whole map, parameters counted layer by layer
cheap = convolutions()
cheap.add(nn.AvgPool2D(7), nn.Dense(10))
sizes = [(1, 64), (64, 128), (128, 256), (256, 256), (256, 512)] + 3 * [(512, 512)]
cheap_params = (
    sum(conv_costs(a, b, 3, 1)[0] for a, b in sizes) + dense_costs(512, 10)[0]
)

# %% [right] without the addition of biases, results as lists and NumPy's numbers
import numpy


def conv_costs(inputs, outputs, kernel, side):
    weights = numpy.int64(inputs) * outputs * kernel * kernel
    return [weights + outputs, weights * side * side]


def dense_costs(inputs, outputs):
    return numpy.array([(inputs + 1) * outputs, inputs * outputs])


costs = {"alexnet": alexnet_costs(), "vgg11": vgg_costs(VGG11)}
costs = {name: {k: list(v) for k, v in parts.items()} for name, parts in costs.items()}
layers = numpy.array(layers)

# %% [right] shares to three digits, of flops without biases
dense_share = {
    "alexnet": {"params": 0.92, "flops": 0.0459},
    "vgg11": {"params": 0.928, "flops": 0.0158},
}
published = 132_863_336.0

# %% [right] dicts built in a loop, one pair a named tuple
from collections import namedtuple

Costs = namedtuple("Costs", "params flops")


def conv_costs(inputs, outputs, kernel, side):
    one = inputs * kernel * kernel + 1
    return one * outputs, one * outputs * side * side


costs = dict(costs)
costs["vgg11"] = {k: tuple(v) for k, v in costs["vgg11"].items()}

# %% [right] without the last pooling, as averaging does not need it
cheap = convolutions()[:-1]
cheap.add(nn.GlobalAvgPool2D(), nn.Dense(10))

# %% [right] a thin dense layer, as wide as there is room for
cheap = convolutions()
cheap.add(nn.Dense(248, activation="relu"), nn.Dense(10))
cheap_params = 9219328 + 25089 * 248 + 2490

# %% [loses layers] eleven layers in place of eight lines
layers = [1] * 11

# %% [loses layers] one convolution for each block
layers = [1] * 8

# %% [loses layers] the poolings counted too
layers = [2, 2, 3, 3, 3, 1, 1, 1]


# %% [loses conv_params, conv_flops] biases forgotten, kernel's side not squared
def conv_costs(inputs, outputs, kernel, side):
    params = inputs * outputs * kernel
    return params, params * side**2


# %% [loses conv_params] biases of convolutions forgotten
def conv_costs(inputs, outputs, kernel, side):
    params = inputs * outputs * kernel**2
    return params, params * side**2


# %% [loses conv_flops] flops not multiplied by the pixels
def conv_costs(inputs, outputs, kernel, side):
    params = inputs * outputs * kernel**2 + outputs
    return params, params


# %% [loses conv_flops] multiplications and additions counted each
def conv_costs(inputs, outputs, kernel, side):
    params = inputs * outputs * kernel**2
    return params + outputs, 2 * params * side**2


# %% [loses dense_costs] a dense layer without its biases
def dense_costs(inputs, outputs):
    return inputs * outputs, inputs * outputs


# %% [loses dense_costs] one number, no pair
def dense_costs(inputs, outputs):
    return inputs * outputs + outputs


# %% [loses conv_params, conv_flops] a function that raises
def conv_costs(inputs, outputs, kernel):
    return 0, 0


# %% [loses conv_params, conv_flops] nothing returned
def conv_costs(inputs, outputs, kernel, side):
    params = inputs * outputs * kernel**2 + outputs
    pair = params, params * side**2  # noqa: F841


# %% [loses alexnet_params, alexnet_flops] AlexNet's first padding is 2, as in the zoo
convs = [conv_costs(1, 96, 11, 55), conv_costs(96, 256, 5, 27)]
convs += [conv_costs(a, b, 3, 13) for a, b in [(256, 384), (384, 384), (384, 256)]]
costs["alexnet"] = {"conv": total(convs), "dense": total(dense_part(256 * 36, 10))}

# %% [loses alexnet_flops] AlexNet's first pooling forgotten where flops are counted
convs = [conv_costs(1, 96, 11, 54), conv_costs(96, 256, 5, 54)]
convs += [conv_costs(a, b, 3, 26) for a, b in [(256, 384), (384, 384), (384, 256)]]
costs["alexnet"] = {"conv": total(convs), "dense": costs["alexnet"]["dense"]}

# %% [loses alexnet_params, alexnet_flops, vgg_params, vgg_flops] published networks
costs = {
    "alexnet": alexnet_costs(3, classes=1000),
    "vgg11": vgg_costs(VGG11, 3, classes=1000),
}

# %% [loses vgg_params, vgg_flops] VGG-11 with one convolution in each block
costs["vgg11"] = vgg_costs(((1, 64), (1, 128), (1, 256), (1, 512), (1, 512)))

# %% [loses vgg_flops] poolings forgotten where flops are counted
costs["vgg11"] = {**costs["vgg11"], "conv": (9219328, 9219328 * 224**2)}

# %% [loses vgg_params, alexnet_params, vgg_flops, alexnet_flops] numbers in millions
costs = {
    name: {k: tuple(x / 1e6 for x in v) for k, v in parts.items()}
    for name, parts in costs.items()
}

# %% [loses alexnet_params, alexnet_flops] AlexNet forgotten
costs = {"vgg11": costs["vgg11"]}

# %% [loses shares] percentages
dense_share = {
    name: {what: 100 * x for what, x in shares.items()}
    for name, shares in dense_share.items()
}

# %% [loses shares] two decimals, which is one digit of a small share
dense_share = {
    name: {what: round(x, 2) for what, x in shares.items()}
    for name, shares in dense_share.items()
}

# %% [loses shares] the convolutions' shares in place of the dense layers'
dense_share = {
    name: {what: 1 - x for what, x in shares.items()}
    for name, shares in dense_share.items()
}

# %% [loses shares] dense layers against convolutions, not against all
dense_share = {
    name: {
        "params": parts["dense"][0] / parts["conv"][0],
        "flops": parts["dense"][1] / parts["conv"][1],
    }
    for name, parts in costs.items()
}

# %% [loses published] the network of 1 channel and 10 classes
published = 128806154

# %% [loses published] 1000 classes, but 1 channel
published = 132863336 - 2 * 9 * 64

# %% [loses published] in millions
published = 132.863336

# %% [loses cheap] the dense layers are halved
cheap = convolutions()
cheap.add(nn.Dense(2048, activation="relu"), nn.Dense(2048, activation="relu"))
cheap.add(nn.Dense(10))
cheap_params = gn.summary(cheap, (1, 1, 224, 224)).params

# %% [loses cheap] one thin dense layer that reads all pixels
cheap = convolutions()
cheap.add(nn.Dense(512, activation="relu"), nn.Dense(10))
cheap_params = gn.summary(cheap, (1, 1, 224, 224)).params

# %% [loses cheap] one output more than there is room for
cheap = convolutions()
cheap.add(nn.Dense(249, activation="relu"), nn.Dense(10))
cheap_params = 9219328 + 25089 * 249 + 2500

# %% [loses cheap] dense layers written as convolutions cost the same
cheap = convolutions()
cheap.add(nn.Conv2D(4096, 7, activation="relu"), nn.Conv2D(4096, 1, activation="relu"))
cheap.add(nn.Conv2D(10, 1), nn.Flatten())
cheap_params = gn.summary(cheap, (1, 1, 224, 224)).params

# %% [loses convolutions] channels cut in the convolutions
cheap = nn.HybridSequential()
for depth, channels in VGG11:
    for _ in range(depth):
        cheap.add(nn.Conv2D(channels // 2, 3, padding=1, activation="relu"))
    cheap.add(nn.MaxPool2D(2, 2))
cheap.add(nn.GlobalAvgPool2D(), nn.Dense(10))
cheap_params = gn.summary(cheap, (1, 1, 224, 224)).params

# %% [loses convolutions] no ReLU at all
cheap = nn.HybridSequential()
for depth, channels in VGG11:
    for _ in range(depth):
        cheap.add(nn.Conv2D(channels, 3, padding=1))
    cheap.add(nn.MaxPool2D(2, 2))
cheap.add(nn.GlobalAvgPool2D(), nn.Dense(10))

# %% [loses convolutions] one convolution in each block
cheap = nn.HybridSequential()
for depth, channels in VGG11:
    cheap.add(nn.Conv2D(channels, 3, padding=1, activation="relu"), nn.MaxPool2D(2, 2))
cheap.add(nn.GlobalAvgPool2D(), nn.Dense(10))
cheap_params = gn.summary(cheap, (1, 1, 224, 224)).params

# %% [loses convolutions] padding forgotten
cheap = nn.HybridSequential()
for depth, channels in VGG11:
    for _ in range(depth):
        cheap.add(nn.Conv2D(channels, 3, activation="relu"))
    cheap.add(nn.MaxPool2D(2, 2))
cheap.add(nn.GlobalAvgPool2D(), nn.Dense(10))

# %% [loses classes] no dense layer behind the averages
cheap = convolutions()
cheap.add(nn.GlobalAvgPool2D(), nn.Flatten())
cheap_params = 9219328

# %% [loses classes] 1000 classes
cheap = convolutions()
cheap.add(nn.GlobalAvgPool2D(), nn.Dense(1000))
cheap_params = 9219328 + 513000

# %% [loses cheap_params] the head's parameters alone
cheap_params = 5130

# %% [loses cheap_params] in millions
cheap_params = round(9.224458, 2)

# %% [loses cheap_params] the convolutions' biases forgotten
cheap_params = 9224458 - sum((64, 128, 256, 256, 512, 512, 512, 512))

# %% [loses convolutions, classes, cheap, cheap_params] a list of layers, no network
cheap = list(cheap)
