# %% [markdown]
# # Exercise: Inception and residual blocks
#
# Both kinds of block send the same input through several branches. One puts the results
# behind each other, the other adds them.
#
# **You build** the first Inception block of GoogLeNet and two residual blocks that
# could take its place, count what each costs, and then write a residual block as a
# block with two branches that are concatenated.
#
# **Time**: 45 minutes; the cells run in seconds. **Before**:
# [Lesson 2](../lessons/02_residual.ipynb).

# %%
import warnings

warnings.filterwarnings("ignore")  # MXNet and its friends warn about their own age

from mxnet import np, npx
from mxnet.gluon import nn

from course import check

npx.set_np()

# %% [markdown]
# ## 1. An Inception block
#
# The input is a map of 192 channels, 28×28 pixels. Four branches read it; their outputs
# are concatenated along the channels. All convolutions keep the 28×28 pixels, and a
# ReLU follows each.
#
# | branch | layers |
# | --- | --- |
# | 1 | convolution 1×1, 64 channels |
# | 2 | convolution 1×1, 96 channels; then 3×3, 128 channels |
# | 3 | convolution 1×1, 16 channels; then 5×5, 32 channels |
# | 4 | max pooling 3×3, stride 1; then convolution 1×1, 32 channels |
#
# Write it with Gluon's own layers. A class with `forward` is as good as a hybrid one.
#
# <details><summary>Hint: which padding?</summary>
#
# A kernel of k×k and stride 1 keeps the map if (k − 1)/2 pixels are added on each side;
# that holds for pooling, too.
#
# </details>
#
# <details><summary>Hint: which axis?</summary>
#
# A batch has the shape (N, C, H, W): channels are axis 1.
#
# </details>


# %% tags=["solution"]
class Inception(nn.Block):
    """Four branches side by side."""

    def __init__(self):
        super().__init__()
        ### BEGIN SOLUTION
        relu = {"activation": "relu"}
        self.one = nn.Conv2D(64, 1, **relu)
        self.three = nn.Sequential()
        self.three.add(nn.Conv2D(96, 1, **relu), nn.Conv2D(128, 3, padding=1, **relu))
        self.five = nn.Sequential()
        self.five.add(nn.Conv2D(16, 1, **relu), nn.Conv2D(32, 5, padding=2, **relu))
        self.pool = nn.Sequential()
        self.pool.add(nn.MaxPool2D(3, 1, padding=1), nn.Conv2D(32, 1, **relu))
        ### END SOLUTION

    def forward(self, x):
        ### BEGIN SOLUTION
        branches = (self.one, self.three, self.five, self.pool)
        x = np.concatenate([branch(x) for branch in branches], axis=1)
        ### END SOLUTION
        return x


inception = Inception()
inception.initialize()
inception(np.zeros((1, 192, 28, 28))).shape

# %% tags=["check:inception"]
check("inception_vs_residual", inception=inception)

# %% [markdown]
# ## 2. Residual blocks in its place
#
# Now two residual blocks that turn the same 192 channels into as many channels as
# `inception` does, on the same map:
#
# - `basic`: two convolutions of 3×3 with all the output's channels;
# - `bottleneck`: 1×1 to 64 channels, 3×3 with 64, 1×1 to the output's channels.
#
# Each with BatchNorm behind its convolutions, a ReLU between them, and a ReLU behind
# the sum. The number of channels changes, so that the shortcut must be a convolution,
# with BatchNorm or without.


# %% tags=["solution"]
class Residual(nn.Block):
    """relu(transform(x) + shortcut(x))."""

    def __init__(self, *layers, shortcut=None):
        super().__init__()
        self.transform = nn.Sequential()
        self.transform.add(*layers)
        self.shortcut = shortcut

    def forward(self, x):
        ### BEGIN SOLUTION
        y = self.transform(x)
        x = x if self.shortcut is None else self.shortcut(x)
        x = npx.relu(x + y)
        ### END SOLUTION
        return x


residual = {"basic": None, "bottleneck": None}
### BEGIN SOLUTION


def conv_bn(channels, kernel, relu=True):
    """Convolution, BatchNorm and perhaps a ReLU; the map keeps its size."""
    layers = nn.Sequential()
    padding = kernel // 2
    layers.add(nn.Conv2D(channels, kernel, padding=padding, use_bias=False))
    layers.add(nn.BatchNorm())
    if relu:
        layers.add(nn.Activation("relu"))
    return layers


residual["basic"] = Residual(
    conv_bn(256, 3),
    conv_bn(256, 3, relu=False),
    shortcut=conv_bn(256, 1, relu=False),
)
residual["bottleneck"] = Residual(
    conv_bn(64, 1),
    conv_bn(64, 3),
    conv_bn(256, 1, relu=False),
    shortcut=conv_bn(256, 1, relu=False),
)
### END SOLUTION

# %% tags=["check:residual"]
check("inception_vs_residual", residual=residual)

# %% [markdown]
# ## 3. Counting
#
# For each of the three blocks: how many parameters, and how many multiply-adds for one
# input? Work it out on paper or with code, as you like. Biases and BatchNorm may count
# or not: they are a small part.
#
# A convolution of k×k from c to c' channels has k·k·c·c' weights, and each of them is
# used once for every pixel of its output.

# %% tags=["solution"]
counts = {
    "inception": {"params": None, "flops": None},
    "basic": {"params": None, "flops": None},
    "bottleneck": {"params": None, "flops": None},
}
### BEGIN SOLUTION


def weights(*convolutions):
    """The weights of convolutions (kernel, channels in, channels out)."""
    return sum(kernel**2 * c * d for kernel, c, d in convolutions)


branches = {
    "1x1": weights((1, 192, 64)),
    "3x3": weights((1, 192, 96), (3, 96, 128)),
    "5x5": weights((1, 192, 16), (5, 16, 32)),
    "pool": weights((1, 192, 32)),
}
params = {
    "inception": sum(branches.values()),
    "basic": weights((3, 192, 256), (3, 256, 256), (1, 192, 256)),
    "bottleneck": weights((1, 192, 64), (3, 64, 64), (1, 64, 256), (1, 192, 256)),
}
counts = {
    name: {"params": number, "flops": number * 28 * 28}
    for name, number in params.items()
}
### END SOLUTION
counts

# %% [markdown]
# Two more numbers. The 1×1 convolutions in front of the 3×3 and of the 5×5 make few
# channels of many, before it gets expensive. How many parameters would the Inception
# block have if the 3×3 and the 5×5 read the 192 channels directly? And which branch of
# it has the most parameters as it is: `"1x1"`, `"3x3"`, `"5x5"` or `"pool"`?

# %% tags=["solution"]
direct = None
largest_branch = None
### BEGIN SOLUTION
direct = weights((1, 192, 64), (3, 192, 128), (5, 192, 32), (1, 192, 32))
largest_branch = max(branches, key=branches.get)
### END SOLUTION
direct, largest_branch

# %% tags=["check:counts"]
check(
    "inception_vs_residual",
    counts=counts,
    direct=direct,
    largest_branch=largest_branch,
)

# %% [markdown]
# ## 4. A sum is a concatenation
#
# Take a residual block on 64 channels without a convolution on its shortcut and without
# BatchNorm: x + f(x), where f is a 3×3 convolution, a ReLU, and another 3×3
# convolution, all with 64 channels. It has two branches: one does nothing, the other
# computes f.
#
# So it can be written like an Inception block: *concatenate* the two branches, which
# gives 128 channels, and let one more convolution, of 1×1, make 64 of them again. With
# the right weights in that convolution both compute the same.
#
# Build both, as `pair["sum"]` and `pair["concat"]`. Draw the weights at random, copy
# those of f from one to the other, and set those of the last convolution. Then measure
# `difference`: the largest absolute difference of the two outputs on a random batch of
# the shape (2, 64, 14, 14).
#
# <details><summary>Hint: why 1×1 is enough</summary>
#
# A sum takes no neighbours into account, only the same pixel.
#
# </details>
#
# <details><summary>Hint: its weights</summary>
#
# They have the shape (64, 128, 1, 1). Output channel i must be the sum of the channels
# i and 64 + i: two identity matrices side by side. `np.eye(64)` is one.
#
# </details>


# %% tags=["solution"]
pair = {"sum": None, "concat": None}
difference = None
### BEGIN SOLUTION


def transform():
    """f: 3×3, ReLU, 3×3."""
    layers = nn.Sequential()
    layers.add(nn.Conv2D(64, 3, padding=1, activation="relu"))
    layers.add(nn.Conv2D(64, 3, padding=1))
    return layers


class Sum(nn.Block):
    """x + f(x)."""

    def __init__(self):
        super().__init__()
        self.f = transform()

    def forward(self, x):
        return x + self.f(x)


class Concat(nn.Block):
    """The same as two branches behind each other, and a 1×1 convolution."""

    def __init__(self):
        super().__init__()
        self.f = transform()
        self.join = nn.Conv2D(64, 1, use_bias=False)

    def forward(self, x):
        return self.join(np.concatenate([x, self.f(x)], axis=1))


pair = {"sum": Sum(), "concat": Concat()}
x = np.random.normal(size=(2, 64, 14, 14))
for net in pair.values():
    net.initialize()
    net(x)  # now all shapes are known
for mine, other in zip(pair["concat"].f, pair["sum"].f):
    mine.weight.set_data(other.weight.data())
    mine.bias.set_data(other.bias.data())
both = np.concatenate([np.eye(64), np.eye(64)], axis=1)
pair["concat"].join.weight.set_data(both.reshape(64, 128, 1, 1))
difference = float(abs(pair["sum"](x) - pair["concat"](x)).max())
### END SOLUTION
print("the same:", difference is not None and difference < 1e-4)

# %% [markdown]
# Three questions, each answered by one of the words in brackets.
#
# - `identity`: all weights and biases of the convolutions are zero. Which of `sum` and
#   `concat` is then the identity? ("sum", "concat", "both", "none")
# - `nested`: the convolution behind the concatenation may have any weights. Which class
#   of functions contains the other: all that `sum` can compute, or all that `concat`
#   can? ("sum", "concat", "none": neither contains the other)
# - `wider`: a block gets one more branch of 32 channels. After which way to join the
#   branches, with nothing behind it, does the next block see 32 channels more? ("sum",
#   "concat", "both")

# %% tags=["solution"]
words = {"identity": None, "nested": None, "wider": None}
### BEGIN SOLUTION
words = {"identity": "sum", "nested": "concat", "wider": "concat"}
### END SOLUTION

# %% tags=["check:pair"]
check("inception_vs_residual", pair=pair, difference=difference, words=words)

# %% [markdown] tags=["essay:compare"]
# ## 5. In your own words
#
# Compare the two kinds of block in three respects: what they compute and cost, how
# accurate networks of them may become, and which functions they can describe, in
# particular when blocks are added to a network that is already good. About 150 words,
# with your numbers.
#
# *Your answer:*
