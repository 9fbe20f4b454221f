# %% [markdown]
# # Lesson 5: How to read an erratum
#
# A published network has 35 times the parameters that it should have, in three
# languages. Its table of shapes is right.
#
# **Afterwards you can** tell what a table of shapes proves, find such a mistake by
# counting, and write the check that would have found it.
#
# **Time**: 20 minutes; the cells run in seconds. **Before**: [Lesson
# 2](02_residual.ipynb), for the blocks. **Prepares**: exercises `vgg_costs` and
# `resnet_family`, in which numbers of parameters are the test.

# %%
import warnings

warnings.filterwarnings("ignore")  # MXNet and its friends warn about their own age

from mxnet import npx
from mxnet.gluon import HybridBlock, nn

import gluon_nets as gn
from gluon_nets import plot
from gluon_nets.specs import find

npx.set_np()

# %% [markdown]
# ## The call
#
# The chapter on designing networks builds a stage of X blocks. A block takes four
# numbers, in this order: its channels, the width of its groups, what the channels are
# multiplied by for the inner width, and whether its shortcut is a convolution. In the
# code for MXNet the first block of a stage is called with the right four. For all later
# blocks the channels are passed *twice*, so that each number behind them moves up by
# one place.
#
# **Predict**: with 80 channels, groups of 16 and a multiplier of 1, what do the later
# blocks take for each of the four?
#
# <details><summary>Think first, then open</summary>
#
# Channels: 80, as meant. Width of a group: 80, the channels. Multiplier: 16, the width
# of a group. Convolution on the shortcut: 1, the multiplier, which counts as true.
#
# </details>
#
# Nothing fails: each number is one that its place could have.


# %%
def conv_bn(net, channels, kernel, stride=1, groups=1, relu=True):
    """Convolution, with Gluon's default bias as in the chapter, BatchNorm, ReLU."""
    net.add(
        nn.Conv2D(channels, kernel, stride, kernel // 2, groups=groups), nn.BatchNorm()
    )
    if relu:
        net.add(nn.Activation("relu"))


class XBlock(HybridBlock):
    """An X block that believes its caller."""

    def __init__(self, channels, group_width, multiplier, project=False, stride=1):
        super().__init__()
        inner = int(round(channels * multiplier))
        self.f = nn.HybridSequential()
        conv_bn(self.f, inner, 1)
        conv_bn(self.f, inner, 3, stride, inner // group_width)
        conv_bn(self.f, channels, 1, relu=False)
        self.shortcut = nn.HybridSequential()
        if project:
            conv_bn(self.shortcut, channels, 1, stride, relu=False)

    def hybrid_forward(self, F, x):
        return F.npx.relu(self.f(x) + self.shortcut(x))


def network(later_block) -> nn.HybridSequential:
    """The 32-layer network, with a function that makes the later blocks."""
    net = nn.HybridSequential()
    conv_bn(net, 32, 3, stride=2)
    for depth, channels in [(4, 32), (6, 80)]:
        stage = nn.HybridSequential()
        stage.add(XBlock(channels, 16, 1, True, 2))
        for _ in range(depth - 1):
            stage.add(later_block(channels, 16, 1))
        net.add(stage)
    net.add(nn.GlobalAvgPool2D(), nn.Dense(10))
    return net


meant = network(lambda c, g, m: XBlock(c, g, m))
printed = network(lambda c, g, m: XBlock(c, c, g, m))  # one argument too many

# %% [markdown]
# ## The chapter's own check
#
# It looks at the shape behind each layer. **Predict**: where do the shapes of the two
# networks differ?
#
# <details><summary>Think first, then open</summary>
#
# Nowhere. A block's *output* has the channels that it was told first, and those are
# right.
#
# </details>

# %%
shape = (1, 1, 96, 96)
tables = {"meant": gn.summary(meant, shape), "printed": gn.summary(printed, shape)}
for left, right in zip(tables["meant"].rows, tables["printed"].rows):
    same = "same" if left.output == right.output else "DIFFERENT"
    print(f"{left.layer:<18}{str(left.output):<20}{str(right.output):<20}{same}")

# %% [markdown]
# What went wrong is inside, and a shape is a fact about the outside.

# %% [markdown]
# ## Counting
#
# Parameters are a fact about the inside.

# %%
for name, table in tables.items():
    flops = table.flops / 1e6
    print(f"{name:<8}{table.params:>10,} parameters {flops:>9,.1f} million flops")
ratio = tables["printed"].params / tables["meant"].params
print(f"         {ratio:.0f} times the parameters")
assert round(ratio) == 35

# %% [markdown]
# Where do they come from? A later block of 80 channels, as it is meant, and as it is
# called:

# %%
plot.flow(XBlock(80, 16, 1), (1, 80, 12, 12), "a later block, as it is meant")

# %%
plot.flow(XBlock(80, 80, 16, 1), (1, 80, 12, 12), "a later block, as it is called")

# %% [markdown]
# ## The check that finds it
#
# A number that comes from somewhere else: not from the code that is checked. Here it
# follows from the design, by hand, before there is any code.


# %%
def by_hand(c_in: int, c: int, g: int, project: bool) -> int:
    """Weights, biases and BatchNorm's two numbers of an X block, multiplier 1."""
    convs = [(c_in, c, 1), (g, c, 9), (c, c, 1)] + [(c_in, c, 1)] * project
    return sum(inputs * c * k + c + 2 * c for inputs, c, k in convs)


stem = 1 * 32 * 9 + 32 + 2 * 32
stage1 = by_hand(32, 32, 16, True) + 3 * by_hand(32, 32, 16, False)
stage2 = by_hand(32, 80, 16, True) + 5 * by_hand(80, 80, 16, False)
expected = stem + stage1 + stage2 + 80 * 10 + 10
print(
    f"by hand {expected:,}; meant {tables['meant'].params:,}; "
    f"printed {tables['printed'].params:,}"
)
assert expected == tables["meant"].params != tables["printed"].params

# %% [markdown]
# This package holds the networks of the papers to the numbers that others published for
# them. And it does not ask the caller what can be found out: whether a shortcut needs a
# convolution follows from the channels and the stride, and groups that do not divide
# are an error with a sentence.

# %%
arch = find("regnetx32").spec
print(arch)
print(gn.complexity(arch, 96, 1, 10))
try:
    gn.Arch(32, (gn.Stage(4, 80, group_width=32),)).check_compatible()
except ValueError as error:
    print(error)

# %% [markdown]
# ## What to take home
#
# - Equal shapes prove that the *interfaces* fit, nothing else.
# - A wrong network trains. The curve of the printed one looks like that of a network,
#   because it is one: a larger one, that nobody wanted to measure.
# - Arguments without names move silently. `XBlock(c, group_width=g, multiplier=m)`
#   could not have been called wrongly in this way.
#
# ## Try
#
# - Which of these finds the mistake: the number of layers, the time of a step, the
#   memory, the accuracy after an epoch? Try two of them.
# - The chapters' convolutions in front of BatchNorm keep their biases, which are then
#   without effect. How many parameters is that in `meant`? Find it by a count of your
#   own, and by asking which gradients are zero.
# - Their inner width is the width *times* what the text calls the bottleneck ratio, and
#   divides by. Why does no shape, and no count of this network, show that?
# - All mistakes that we found are on the page *Errata* of the course's site.
#
# **Exercises**: [vgg_costs](../exercises/vgg_costs.ipynb), counting before there is a
# network; [resnet_family](../exercises/resnet_family.ipynb), networks held to published
# counts.
#
# **Sources**: A. Zhang et al., *Dive into Deep Learning*, chapter "Designing
# convolution network architectures". I. Radosavovic et al., *Designing network design
# spaces*, 2020.
