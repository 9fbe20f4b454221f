# %% [markdown]
# # Exercise: What VGG costs
#
# Parameters cost memory, multiplications cost time, and a network need not spend both
# in the same place. You count both for AlexNet and VGG-11 from their tables of numbers,
# see which layers pay for what, and then build a VGG-11 whose head is cheap.
#
# **What you build**: two functions that count, a table of costs, and one network.
#
# **Time**: 35 minutes. **Follows**: [Lesson 1](../lessons/01_blocks.ipynb).
#
# Images here have **1 channel and 224×224 pixels, and there are 10 classes**, as
# Fashion-MNIST resized. Published numbers of VGG-11 are for 3 channels and 1000 classes
# and so are a little different: you will see by how much. The AlexNet here is the
# book's, with padding 1 in its first convolution and no groups; the paper's is another.

# %%
import warnings

warnings.filterwarnings("ignore")  # MXNet and its friends warn about their own age

from mxnet import npx
from mxnet.gluon import nn

import gluon_nets as gn
from course import check

npx.set_np()

# %% [markdown]
# ## Eleven layers on eight lines
#
# VGG-11 has its name from eleven layers with weights. The summary shows fewer lines.

# %%
gn.summary(gn.get_net("vgg11", num_classes=10), (1, 1, 224, 224))

# %% [markdown]
# Leave out the lines that have no parameters: eight are left. **How many layers with
# weights stand behind each of them?** Write eight numbers, in the order of the lines.
#
# <details><summary>Hint</summary>
#
# `gn.summary(…, depth=2)` unfolds the blocks.
#
# </details>

# %% tags=["solution"]
layers = None
### BEGIN SOLUTION
layers = [1, 1, 2, 2, 2, 1, 1, 1]
### END SOLUTION

# %% tags=["check:layers"]
check("vgg_costs", layers=layers)

# %% [markdown]
# ## Counting
#
# Write two functions. Each returns a pair `(params, flops)` of a layer **with a bias**:
#
# - `conv_costs(inputs, outputs, kernel, side)`: a convolution from `inputs` to
#   `outputs` channels with a square kernel, whose output map has `side × side` pixels;
# - `dense_costs(inputs, outputs)`: a dense layer.
#
# A *flop* here is one multiplication together with one addition. Whether adding a bias
# counts as one more is a matter of taste: both are right.
#
# <details><summary>Hint</summary>
#
# All parameters of a convolution are used once for each pixel of its output. Those of a
# dense layer are used once.
#
# </details>


# %% tags=["solution"]
def conv_costs(inputs, outputs, kernel, side):
    """Parameters and flops of a convolution with a bias."""
    ### BEGIN SOLUTION
    params = inputs * outputs * kernel**2 + outputs
    return params, params * side**2
    ### END SOLUTION


def dense_costs(inputs, outputs):
    """Parameters and flops of a dense layer with a bias."""
    ### BEGIN SOLUTION
    params = inputs * outputs + outputs
    return params, params
    ### END SOLUTION


# %% tags=["check:counting"]
check("vgg_costs", conv_costs=conv_costs, dense_costs=dense_costs)

# %% [markdown]
# ## Two networks
#
# Both as numbers. A map of n pixels a side has ⌊(n + 2·padding − kernel) / stride⌋ + 1
# behind a convolution or a pooling. Pooling has no parameters, and its comparisons are
# not counted. Behind the last map both have dense layers of 4096, 4096 and 10.

# %%
# channels, kernel, stride, padding, and whether 3×3 pooling with stride 2 follows
ALEXNET = (
    (96, 11, 4, 1, True),
    (256, 5, 1, 2, True),
    (384, 3, 1, 1, False),
    (384, 3, 1, 1, False),
    (256, 3, 1, 1, True),
)
# convolutions (3×3, padding 1) and channels; 2×2 pooling with stride 2 follows
VGG11 = ((1, 64), (1, 128), (2, 256), (2, 512), (2, 512))

# %% [markdown]
# Fill in `costs`: for each network what all convolutions together cost, and all dense
# layers together, each as a pair `(params, flops)`.

# %% tags=["solution"]
costs = {
    "alexnet": {"conv": (0, 0), "dense": (0, 0)},
    "vgg11": {"conv": (0, 0), "dense": (0, 0)},
}


### BEGIN SOLUTION
def total(pairs):
    """Sums of the first and of the second numbers."""
    return tuple(map(sum, zip(*pairs)))


def dense_part(inputs, classes):
    return [
        dense_costs(inputs, 4096),
        dense_costs(4096, 4096),
        dense_costs(4096, classes),
    ]


def alexnet_costs(channels=1, side=224, classes=10):
    convs = []
    for outputs, kernel, stride, padding, pooled in ALEXNET:
        side = (side + 2 * padding - kernel) // stride + 1
        convs.append(conv_costs(channels, outputs, kernel, side))
        side = (side - 3) // 2 + 1 if pooled else side
        channels = outputs
    dense = dense_part(channels * side**2, classes)
    return {"conv": total(convs), "dense": total(dense)}


def vgg_costs(blocks, channels=1, side=224, classes=10):
    convs = []
    for depth, outputs in blocks:
        for _ in range(depth):
            convs.append(conv_costs(channels, outputs, 3, side))
            channels = outputs
        side //= 2
    dense = dense_part(channels * side**2, classes)
    return {"conv": total(convs), "dense": total(dense)}


costs = {"alexnet": alexnet_costs(), "vgg11": vgg_costs(VGG11)}
### END SOLUTION

for name, parts in costs.items():
    for part, (params, flops) in parts.items():
        print(f"{name:<8} {part:<6}{params:>13,} params{flops:>16,} flops")

# %% tags=["check:totals"]
check("vgg_costs", costs=costs)

# %% [markdown]
# ## Who pays for what?
#
# Which **share** of each network's parameters and of its flops is that of the dense
# layers? A share is a number from 0 to 1, no percentage; write three significant digits
# or more (0.0123, not 0.01). Then the number that papers print: how many parameters has
# VGG-11 for images of **3 channels and 1000 classes**?
#
# <details><summary>Hint</summary>
#
# Only two of the eleven layers know about channels of the image or about classes.
#
# </details>

# %% tags=["solution"]
dense_share = {
    "alexnet": {"params": 0, "flops": 0},
    "vgg11": {"params": 0, "flops": 0},
}
published = None  # parameters of VGG-11, 3 channels and 1000 classes
### BEGIN SOLUTION
for name, parts in costs.items():
    params, flops = total(parts.values())
    dense_share[name] = {
        "params": parts["dense"][0] / params,
        "flops": parts["dense"][1] / flops,
    }
published = total(vgg_costs(VGG11, channels=3, classes=1000).values())[0]
### END SOLUTION

for name, shares in dense_share.items():
    print(f"{name:<8}" + ", ".join(f"{x:.1%} of {what}" for what, x in shares.items()))

# %% tags=["check:shares"]
check("vgg_costs", dense_share=dense_share, published=published)

# %% [markdown]
# ## A cheaper head
#
# Build `cheap`: the eight convolutions of VGG-11, each followed by ReLU, and its
# poolings as they are (without the last pooling, if your head does not need it), and
# behind them a head of your own. The whole network may have **at most 12 % of VGG-11's
# parameters**, and 10 outputs.
#
# There is more than one way: averaging each map to one number; convolutions of 1×1,
# that cut channels before anything is flattened; or two thin dense layers in the place
# of a large one, which is a weight matrix of low rank. Choose one.
#
# Say also in `cheap_params` how many parameters your network has.
#
# <details><summary>Hint</summary>
#
# 12 % are 15.5 million. The convolutions have 9.2 million of them, and the map behind
# them has 512·7·7 numbers. A dense layer between it and the last one may have at most
# 248 outputs.
#
# </details>


# %% tags=["solution"]
def convolutions():
    """The blocks of VGG-11, without a head."""
    net = nn.HybridSequential()
    for depth, channels in VGG11:
        for _ in range(depth):
            net.add(nn.Conv2D(channels, 3, padding=1, activation="relu"))
        net.add(nn.MaxPool2D(2, 2))
    return net


cheap = None
cheap_params = None
### BEGIN SOLUTION
cheap = convolutions()
cheap.add(nn.GlobalAvgPool2D(), nn.Dense(10))
cheap.initialize()
cheap_params = gn.summary(cheap, (1, 1, 224, 224)).params
### END SOLUTION

# %% tags=["check:head"]
check("vgg_costs", cheap=cheap, cheap_params=cheap_params)

# %% [markdown] tags=["essay:trade"]
# **To be read by a human.** Your head saves nine parameters of ten. How much time does
# it save in a forward pass, and why? What can the original head express that yours
# cannot, and does it matter for pictures of clothes? Four sentences are enough.
#
# *Your answer:*
