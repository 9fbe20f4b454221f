# %% [markdown]
# # Exercise: Networks that contain networks
#
# A larger network is certainly no worse, at its best, if it *contains* the smaller one:
# if with the right weights it computes exactly the same.
#
# **You build** a small network and four larger ones that contain it, show by numbers
# that they do, tell changes that contain from changes that do not, and measure where
# more depth stops helping.
#
# **Time**: 60 minutes; the cells run in about half a minute. **Before**:
# [Lesson 2](../lessons/02_residual.ipynb).

# %%
import warnings

warnings.filterwarnings("ignore")  # MXNet and its friends warn about their own age

from mxnet import init, np, npx
from mxnet.gluon import nn

import gluon_nets as gn
from course import check

npx.set_np()

# %% [markdown]
# ## 1. One small network and four larger ones
#
# For images of 1×28×28, all without BatchNorm, with a ReLU behind each convolution; all
# convolutions keep the map's size.
#
# - `small`: convolution 3×3, 16 channels; max pooling 2×2 with stride 2; convolution
#   3×3, 32 channels; global average pooling; a dense layer with 10 outputs;
# - `deeper`: one more convolution 3×3 of 32 channels, in front of the global pooling;
# - `wider`: 32 channels instead of 16, and 64 instead of 32;
# - `kernel`: kernels of 5×5 instead of 3×3;
# - `residual`: in front of the global pooling a residual block relu(x + f(x)), f two
#   convolutions 3×3 of 32 channels with a ReLU between them.
#
# Put them into a dict, `nets`. A network's parameters get their shapes when it first
# sees images: let all of them see `images`.

# %% tags=["solution"]
npx.random.seed(0)
images = np.random.normal(size=(4, 1, 28, 28))


class Block(nn.Block):
    """relu(x + f(x)), f two convolutions."""

    def __init__(self, channels):
        super().__init__()
        self.first = nn.Conv2D(channels, 3, padding=1)
        self.last = nn.Conv2D(channels, 3, padding=1)

    def forward(self, x):
        ### BEGIN SOLUTION
        x = npx.relu(x + self.last(npx.relu(self.first(x))))
        ### END SOLUTION
        return x


nets = {"small": None, "deeper": None, "wider": None, "kernel": None, "residual": None}
### BEGIN SOLUTION


def build(widths=(16, 32), kernel=3, more=None):
    """Two convolutions, perhaps more, and the head."""
    net = nn.Sequential()
    conv = {"padding": kernel // 2, "activation": "relu"}
    net.add(nn.Conv2D(widths[0], kernel, **conv), nn.MaxPool2D(2, 2))
    net.add(nn.Conv2D(widths[1], kernel, **conv))
    if more is not None:
        net.add(more)
    net.add(nn.GlobalAvgPool2D(), nn.Dense(10))
    net.initialize(init.Xavier())
    net(images)
    return net


nets = {
    "small": build(),
    "deeper": build(more=nn.Conv2D(32, 3, padding=1, activation="relu")),
    "wider": build(widths=(32, 64)),
    "kernel": build(kernel=5),
    "residual": build(more=Block(32)),
}
### END SOLUTION

# %% tags=["check:nets"]
check("function_classes", nets=nets)

# %% [markdown]
# ## 2. The same function
#
# All have random weights, and compute different things. For each of the four larger
# networks measure how different its outputs for `images` are from those of `small`: the
# largest absolute difference. That is `before`.
#
# Then set the weights of the larger network such that it computes exactly what `small`
# does, and measure again: `after`. Do not change `small`.
#
# <details><summary>Hint: how to read and write weights</summary>
#
# `net[0].weight.data()` is an array of the shape (channels out, channels in, height,
# width), `net[0].weight.set_data(array)` writes one, the same for `bias`. A part of an
# array: `new = np.zeros(shape); new[:16] = old`.
#
# </details>
#
# <details><summary>Hint: deeper</summary>
#
# The new convolution must give its input. Which single weight of an output channel must
# then be 1? Behind a ReLU nothing is negative, so that its own ReLU changes nothing.
#
# </details>
#
# <details><summary>Hint: wider</summary>
#
# What the additional channels compute does not matter if nobody listens to them.
#
# </details>
#
# <details><summary>Hint: kernel</summary>
#
# A 3×3 kernel is a 5×5 kernel with a frame of zeros.
#
# </details>
#
# <details><summary>Hint: residual</summary>
#
# f(x) must be 0 for every x. One of its two convolutions is enough.
#
# </details>

# %% tags=["solution"]
differences = {
    name: {"before": None, "after": None}
    for name in ("deeper", "wider", "kernel", "residual")
}
### BEGIN SOLUTION


def difference(name):
    """How far a network is from the small one."""
    return float(abs(nets[name](images) - nets["small"](images)).max())


def fill(layer, other, weight=lambda old, new: old):
    """Give a layer another's parameters, where it has room for more, framed by zeros.

    weight(old, new) makes an array as large as `new` of one as large as `old`.
    """
    layer.weight.set_data(weight(other.weight.data(), np.zeros(layer.weight.shape)))
    bias = np.zeros(layer.bias.shape)
    bias[: len(other.bias.data())] = other.bias.data()
    layer.bias.set_data(bias)


def corner(old, new):
    """The old channels in front, zeros behind."""
    new[: old.shape[0], : old.shape[1]] = old
    return new


def dense_corner(old, new):
    """The same for a dense layer: all of its outputs are there already."""
    new[:, : old.shape[1]] = old
    return new


def framed(old, new):
    """A 3×3 kernel in the middle of a 5×5 one."""
    new[:, :, 1:4, 1:4] = old
    return new


for name in differences:
    differences[name]["before"] = difference(name)

small = nets["small"]
for name, rule in [("deeper", None), ("residual", None), ("kernel", framed)]:
    for place in (0, 2, -1):
        convolution = rule if rule and place != -1 else lambda old, new: old
        fill(nets[name][place], small[place], convolution)
for place in (0, 2, -1):
    fill(nets["wider"][place], small[place], dense_corner if place == -1 else corner)
one = np.zeros((32, 32, 3, 3))
one[:, :, 1, 1] = np.eye(32)
nets["deeper"][3].weight.set_data(one)
nets["deeper"][3].bias.set_data(np.zeros(32))
nets["residual"][3].last.weight.set_data(np.zeros((32, 32, 3, 3)))
nets["residual"][3].last.bias.set_data(np.zeros(32))

for name in differences:
    differences[name]["after"] = difference(name)
### END SOLUTION
for name, found in differences.items():
    different = {when: bool(number and number > 1e-5) for when, number in found.items()}
    print(f"{name:<10}different {different}")

# %% [markdown]
# Now count. How many parameters has each of the five networks? And, of the weights
# without biases: how many weights of the *new* convolution of `deeper` are 1, so that
# it is the identity (`ones`)? How many weights of the two convolutions of `kernel` do
# you set to zero (`zeros`)?

# %% tags=["solution"]
params = {
    "small": None,
    "deeper": None,
    "wider": None,
    "kernel": None,
    "residual": None,
}
special = {"ones": None, "zeros": None}
### BEGIN SOLUTION


def counted(net):
    """The parameters of a network."""
    return sum(int(p.data().size) for p in net.collect_params().values())


params = {name: counted(net) for name, net in nets.items()}
special = {"ones": 32, "zeros": (5 * 5 - 3 * 3) * (1 * 16 + 16 * 32)}
### END SOLUTION
params

# %% tags=["check:same"]
check(
    "function_classes",
    nets=nets,
    differences=differences,
    params=params,
    special=special,
)

# %% [markdown]
# ## 3. Which changes contain?
#
# A network of convolutions, each followed by a ReLU, with global average pooling and a
# dense layer, is changed in one place. Can the changed network compute everything that
# the network could before? Answer "yes" or "no".
#
# Layers that are put in behind one of the ReLUs, as wide as what is there:
#
# - `residual`: a residual block without a projection, relu(x + f(x));
# - `linear`: a 1×1 convolution with nothing behind it;
# - `sigmoid`: a convolution, followed by a sigmoid;
# - `pool`: a max pooling, 2×2 with stride 2.
#
# Sizes:
#
# - `groups`: a convolution in four groups instead of one;
# - `ungroup`: a convolution in one group instead of four;
# - `stride`: a convolution with stride 2 instead of 1;
# - `channels`: a convolution with twice the channels;
# - `trade`: twice the layers, with half of the channels each.

# %% tags=["solution"]
contains = {
    "residual": None,
    "linear": None,
    "sigmoid": None,
    "pool": None,
    "groups": None,
    "ungroup": None,
    "stride": None,
    "channels": None,
    "trade": None,
}
### BEGIN SOLUTION
contains = {
    "residual": "yes",  # f = 0
    "linear": "yes",  # the identity is one of its matrices
    "sigmoid": "no",  # it is never the identity
    "pool": "no",  # what is dropped does not come back
    "groups": "no",  # weights outside of the blocks are missing
    "ungroup": "yes",  # and here they can be zero
    "stride": "no",
    "channels": "yes",
    "trade": "no",  # a narrow layer does not let everything through
}
### END SOLUTION

# %% tags=["check:contains"]
check("function_classes", contains=contains)

# %% [markdown]
# ## 4. Where does the gain stop?
#
# What a network *can* compute is one thing, what training finds is another. Train
# networks of two stages with 1, 2, 4 and 8 blocks each, without shortcuts ("plain") and
# with them ("residual"), for one epoch of the sample, and write down the training loss
# of each: `losses["plain"]["4"]`, …. Keep the two networks with 8 blocks in `deep`.
#
# Then read from your own numbers, for each of the two: at which number of blocks is the
# loss the least? That is `stops`: `{"plain": …, "residual": …}`.
#
# **Predict** first: can the *training* loss of the deeper network be the higher one?
#
# <details><summary>Hint: how to train</summary>
#
# `build_net("vanilla", 4)` below gives a network, and
# `trainer().fit(net, data).column("loss")[-1]` its loss. The block's name is
# `"vanilla"` without shortcuts and `"residual"` with them.
#
# </details>

# %%
data = gn.FashionMNIST(batch_size=64, resize=28, subset="sample")


def build_net(block: str, depth: int):
    """A network of two stages, with so many blocks each."""
    arch = gn.Arch(8, (gn.Stage(depth, 8), gn.Stage(depth, 16)), block=block)
    return gn.build(arch, num_classes=10, in_channels=1, seed=0)


def trainer():
    """The same recipe for all."""
    recipe = {"lr": 0.1, "momentum": 0.9, "schedule": "cosine", "warmup_epochs": 0.2}
    return gn.Trainer(1, progress=False, **recipe)


# %% tags=["solution", "nbval-ignore-output"]
losses = {"plain": {}, "residual": {}}
stops = {"plain": None, "residual": None}
deep = {"plain": None, "residual": None}  # those with 8 blocks
### BEGIN SOLUTION
for name, block in [("plain", "vanilla"), ("residual", "residual")]:
    for depth in (1, 2, 4, 8):
        deep[name] = build_net(block, depth)  # the last one has 8 blocks
        history = trainer().fit(deep[name], data)
        losses[name][str(depth)] = round(history.column("loss")[-1], 3)
    stops[name] = int(min(losses[name], key=losses[name].get))
### END SOLUTION
losses, stops

# %% tags=["check:depth"]
check("function_classes", deep=deep, losses=losses, stops=stops)

# %% [markdown] tags=["essay:forever"]
# ## 5. In your own words
#
# A network that contains another one is, at its best, no worse. Why then do we not let
# networks grow forever? Name at least three reasons, and for each say whether it is
# about what the network can compute, what training finds, what the data tell, or what
# it costs. Use your own numbers where you can. About 150 words.
#
# *Your answer:*
