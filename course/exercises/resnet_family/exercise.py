# %% [markdown]
# # Exercise: The residual family
#
# One template and two blocks make all networks of the table in which ResNet was
# published. You write the blocks, count what they cost, and build all five members.
# Then you turn a block inside out, and get the second version of ResNet.
#
# **What you build**: ResNet-18, 34, 50, 101 and 152 with exactly the published weights,
# and a ResNet-18 with pre-activation.
#
# **Time**: 60 minutes. **Follows**: [Lesson 2](../lessons/02_residual.ipynb).
#
# Images have **3 channels and 224×224 pixels, and there are 1000 classes**, as where
# the table is from. Nothing is trained here: networks are read as graphs. The library
# has all of them, to compare with: `gn.describe("resnet18")`. Write your own blocks.

# %%
import warnings

warnings.filterwarnings("ignore")  # MXNet and its friends warn about their own age

from mxnet import npx
from mxnet.gluon import nn

import gluon_nets as gn
from course import check

npx.set_np()

# %% [markdown]
# ## Two blocks, one shortcut
#
# Both compute relu(f(x) + shortcut(x)).
#
# - **Basic**: f is two 3×3 convolutions of `channels`.
# - **Bottleneck**: f is 1×1, 3×3, 1×1. The first two convolutions have `channels`, the
#   last has **four times** as many, which is what the block gives.
#
# BatchNorm follows each convolution, and ReLU each BatchNorm but the one before the
# sum. With a stride, the basic block's first 3×3 convolution has it, and the
# bottleneck's only one (the paper had it on the first 1×1: right here too). The
# shortcut is the identity wherever f leaves the shape as it is, and elsewhere a 1×1
# convolution with that stride, and BatchNorm.
#
# What you may decide: whether convolutions in front of BatchNorm have a bias (it does
# nothing there), and whether the shortcut's convolution is followed by BatchNorm, as
# the authors' code has it, or has a bias in its place, as the book has it.
#
# Before you build: **how many weights** have the convolutions of f, without biases and
# BatchNorm, in a basic block from 256 to 256 channels? And in a bottleneck block from
# 256 to 256, whose inner convolutions have 64?

# %% tags=["solution"]
block_weights = {"basic": None, "bottleneck": None}
### BEGIN SOLUTION
block_weights["basic"] = 2 * 9 * 256 * 256
block_weights["bottleneck"] = 256 * 64 + 9 * 64 * 64 + 64 * 256
### END SOLUTION

# %% tags=["check:weights"]
check("resnet_family", block_weights=block_weights)

# %% [markdown]
# ## The family
#
# All begin with a 7×7 convolution of 64 with stride 2, BatchNorm, ReLU, and 3×3 max
# pooling with stride 2 and padding 1. Then come four stages; the channels are 64, 128,
# 256 and 512 (times four behind a bottleneck). **The first block of stages 2, 3 and 4
# has stride 2**; stage 1 keeps its map. Global average pooling and one dense layer end
# the network.
#
# | | block | blocks of the stages |
# | --- | --- | --- |
# | ResNet-18 | basic | 2, 2, 2, 2 |
# | ResNet-34 | basic | 3, 4, 6, 3 |
# | ResNet-50 | bottleneck | 3, 4, 6, 3 |
# | ResNet-101 | bottleneck | 3, 4, 23, 3 |
# | ResNet-152 | bottleneck | 3, 8, 36, 3 |
#
# These are the parameters of the published networks, whose convolutions have no biases,
# and whose projections are followed by BatchNorm:

# %%
NAMES = ("resnet18", "resnet34", "resnet50", "resnet101", "resnet152")
for name in NAMES:
    print(f"{name:<10}{gn.complexity(name).params:>11,}")

# %% [markdown]
# <details><summary>Hint: where a projection is needed</summary>
#
# A block needs one where its stride is not 1, or where it gives another number of
# channels than it gets. So stage 1 of ResNet-50 begins with one, from 64 to 256
# channels, although its stride is 1. Keep the number of channels in a variable while
# you add blocks.
#
# </details>
#
# <details><summary>Hint: a block</summary>
#
# A class with the layers of f in an `nn.HybridSequential`. `nn.Block` with `forward`
# is as good as `nn.HybridBlock` with `hybrid_forward`.
#
# </details>


# %% tags=["solution"]
class Basic(nn.HybridBlock):
    """From `inputs` to `channels` channels."""

    expansion = 1

    def __init__(self, inputs, channels, stride=1):
        super().__init__()
        ### BEGIN SOLUTION
        self.f = nn.HybridSequential()
        self.f.add(*conv_bn(channels, 3, stride), nn.Activation("relu"))
        self.f.add(*conv_bn(channels, 3))
        self.shortcut = projection(inputs, channels, stride)
        ### END SOLUTION

    def hybrid_forward(self, F, x):
        y = x
        ### BEGIN SOLUTION
        y = F.npx.relu(self.f(x) + self.shortcut(x))
        ### END SOLUTION
        return y


class Bottleneck(nn.HybridBlock):
    """From `inputs` to four times `channels` channels."""

    expansion = 4

    def __init__(self, inputs, channels, stride=1):
        super().__init__()
        ### BEGIN SOLUTION
        self.f = nn.HybridSequential()
        self.f.add(*conv_bn(channels, 1), nn.Activation("relu"))
        self.f.add(*conv_bn(channels, 3, stride), nn.Activation("relu"))
        self.f.add(*conv_bn(4 * channels, 1))
        self.shortcut = projection(inputs, 4 * channels, stride)
        ### END SOLUTION

    def hybrid_forward(self, F, x):
        y = x
        ### BEGIN SOLUTION
        y = F.npx.relu(self.f(x) + self.shortcut(x))
        ### END SOLUTION
        return y


def resnet(block, depths):
    """A network of the family: its block, and how many of them in each stage."""
    net = nn.HybridSequential()
    ### BEGIN SOLUTION
    net.add(*conv_bn(64, 7, 2), nn.Activation("relu"), nn.MaxPool2D(3, 2, 1))
    inputs = 64
    for stage, depth in enumerate(depths):
        channels = 64 * 2**stage
        for number in range(depth):
            stride = 2 if stage > 0 and number == 0 else 1
            net.add(block(inputs, channels, stride))
            inputs = channels * block.expansion
    net.add(nn.GlobalAvgPool2D(), nn.Dense(1000))
    ### END SOLUTION
    return net


nets = dict.fromkeys(NAMES)


### BEGIN SOLUTION
def conv_bn(channels, kernel, stride=1):
    """A convolution that keeps the map, but for its stride, and BatchNorm."""
    conv = nn.Conv2D(channels, kernel, stride, kernel // 2, use_bias=False)
    return conv, nn.BatchNorm()


def projection(inputs, outputs, stride):
    """The shortcut: nothing where shapes fit."""
    net = nn.HybridSequential()
    if stride != 1 or inputs != outputs:
        net.add(*conv_bn(outputs, 1, stride))
    return net


nets["resnet18"] = resnet(Basic, (2, 2, 2, 2))
nets["resnet34"] = resnet(Basic, (3, 4, 6, 3))
nets["resnet50"] = resnet(Bottleneck, (3, 4, 6, 3))
nets["resnet101"] = resnet(Bottleneck, (3, 4, 23, 3))
nets["resnet152"] = resnet(Bottleneck, (3, 8, 36, 3))
### END SOLUTION

# %% tags=["check:family"]
check("resnet_family", nets=nets)

# %% [markdown]
# ## What two of them compute
#
# ResNet-34 and ResNet-50 have the same stages and the same number of blocks in each.
# **How many multiply-adds** has each of them for one image? One multiplication with its
# addition counts once; biases and BatchNorm may count or not. Three significant digits
# are enough.
#
# <details><summary>Hint: by hand</summary>
#
# Each weight of a convolution is used once for every pixel of its output. The stages'
# maps have 56, 28, 14 and 7 pixels a side.
#
# </details>
#
# <details><summary>Hint: or counted for you</summary>
#
# `gn.summary(net, (1, 3, 224, 224)).flops` counts what is made of `HybridBlock`s, and
# `gn.complexity` a network of the library from its name.
#
# </details>

# %% tags=["solution"]
flops = {"resnet34": 0, "resnet50": 0}
### BEGIN SOLUTION
flops = {name: gn.complexity(name).flops for name in flops}
### END SOLUTION

for name, count in flops.items():
    print(f"{name:<10}{count:>15,}")

# %% tags=["check:flops"]
check("resnet_family", flops=flops)

# %% [markdown]
# ## Pre-activation
#
# In the second version BatchNorm and ReLU stand **in front of** the convolutions, and
# nothing follows the sum: f is BatchNorm, ReLU, 3×3, BatchNorm, ReLU, 3×3. Where the
# shortcut needs a convolution, that has no BatchNorm, and reads what the first ReLU
# gives; the identity reads what the block gets.
#
# Since no block normalizes what it gives, there is one more BatchNorm and ReLU behind
# the last one, before the pooling. Build `preact`, a ResNet-18 of such blocks. All else
# stays as it was: what comes before the first stage, the strides, where a projection is
# needed, the global average pooling and the dense layer, and so the number of weights.

# %% tags=["solution"]
preact = None


### BEGIN SOLUTION
class PreAct(nn.HybridBlock):
    """BatchNorm and ReLU before each convolution; nothing behind the sum."""

    expansion = 1

    def __init__(self, inputs, channels, stride=1):
        super().__init__()
        self.bn1, self.bn2 = nn.BatchNorm(), nn.BatchNorm()
        self.conv1 = nn.Conv2D(channels, 3, stride, 1, use_bias=False)
        self.conv2 = nn.Conv2D(channels, 3, 1, 1, use_bias=False)
        self.project = None
        if stride != 1 or inputs != channels:
            self.project = nn.Conv2D(channels, 1, stride, use_bias=False)

    def hybrid_forward(self, F, x):
        a = F.npx.relu(self.bn1(x))
        y = self.conv2(F.npx.relu(self.bn2(self.conv1(a))))
        return y + (x if self.project is None else self.project(a))


whole = resnet(PreAct, (2, 2, 2, 2))
preact = nn.HybridSequential()
preact.add(*whole[:-2], nn.BatchNorm(), nn.Activation("relu"), *whole[-2:])
### END SOLUTION

# %% tags=["check:preact"]
check("resnet_family", preact=preact)

# %% [markdown] tags=["essay:deeper"]
# **To be read by a human.** ResNet-50 has more layers than ResNet-34, and hardly more
# parameters and flops. Which of the numbers above explains this? And if a deeper
# network of this family contains the shallower one, why does nobody make it deeper and
# deeper? Five sentences are enough.
#
# *Your answer:*
