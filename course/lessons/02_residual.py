# %% [markdown]
# # Lesson 2: Residual networks
#
# A block that adds to its input instead of replacing it: with this, more layers make
# training better where they made it worse before.
#
# **Afterwards you can** say when a larger network cannot be worse, show it with
# numbers, build the residual blocks in use from each other, and count what a grouped
# convolution saves.
#
# **Time**: 40 minutes; the cells run in about two. **Before**: [Lesson
# 1](01_blocks.ipynb), BatchNorm. **Prepares**: exercises `resnet_family`,
# `inception_vs_residual`, `function_classes`.

# %%
import warnings

warnings.filterwarnings("ignore")  # MXNet and its friends warn about their own age

import numpy
from mxnet import np, npx
from mxnet.gluon import nn

import gluon_nets as gn
from gluon_nets import plot
from gluon_nets.blocks import ResidualBlock, ResNeXtBlock

npx.set_np()

# %% [markdown]
# ## More functions, further away?
#
# The networks of one architecture, with all weights that training might find, are a
# class of functions. The best one for the data, f*, is hardly ever among them. A larger
# class may come nearer, or not.
#
# **Predict**: when is it *certain* that a larger class is no further from f*?

# %%
plot.function_classes()

# %% [markdown]
# <details><summary>Think first, then open</summary>
#
# When it *contains* the smaller one. Then the best function of the smaller one is still
# there, and the best of the larger cannot be further from f*. Without that, a larger
# class is simply another one, and may be nearer or further.
#
# </details>
#
# A layer that can be the identity makes the larger network contain the smaller. A
# convolution with BatchNorm and ReLU can hardly learn the identity; a block that *adds*
# its convolutions to its input is the identity as soon as they give zero.

# %% [markdown]
# ## An identity that one can see
#
# The block computes relu(x + f(x)), and f ends with BatchNorm, whose scale γ we set to
# zero: f(x) is then 0 for every x. Behind a ReLU, x is not negative, so that relu(x) is
# x.

# %%
block = ResidualBlock(16, 16)
block.initialize()
x = npx.relu(np.random.normal(size=(2, 16, 8, 8)))
block(x)  # now all shapes are known


def close(block) -> None:
    """Let a residual block begin as the identity."""
    last = block.transform[-1]
    gammas = [p for name, p in last.collect_params().items() if name.endswith("gamma")]
    gammas[-1].set_data(np.zeros(gammas[-1].shape))


before = float(abs(block(x) - x).max())
close(block)
print("equal to its input:", before < 1e-6, "→", float(abs(block(x) - x).max()) < 1e-6)

# %% [markdown]
# So a network with more such blocks *is* the smaller network, before training begins.
# Below, the deeper one takes over the weights of the other, and its second block of
# each stage starts closed.


# %%
def residual(depth: int):
    stages = (gn.Stage(depth, 16, stride=2), gn.Stage(depth, 32, stride=2))
    arch = gn.Arch(stem_width=16, stages=stages, block="residual", stem="conv3_s1")
    return gn.build(arch, num_classes=10, in_channels=1, seed=depth)


shallow, deep = residual(1), residual(2)
images = np.random.normal(size=(4, 1, 28, 28))
shallow(images), deep(images)

taken = deep._collect_params_with_prefix()
for name, parameter in shallow._collect_params_with_prefix().items():
    taken[name].set_data(parameter.data())
for name in ("stage1", "stage2"):
    close(deep._children[name][1])
print(
    "before:",
    "the same outputs"
    if float(abs(deep(images) - shallow(images)).max()) < 1e-5
    else "others",
)
print(f"blocks: {shallow.arch.depth} and {deep.arch.depth}")

# %% [markdown]
# ## Does it matter? Depth with and without shortcuts
#
# Four networks, trained alike on a tenth of Fashion-MNIST: two blocks or twelve, with
# shortcuts or without. **Predict** the order of the four curves of the training loss.
#
# <details><summary>Think first, then open</summary>
#
# With two blocks shortcuts hardly matter. Twelve blocks with shortcuts train about as
# well as two, without them worse.
#
# </details>

# %% tags=["nbval-ignore-output"]
data = gn.FashionMNIST(batch_size=64, resize=28, subset="sample")
histories = {}
for block in ("vanilla", "residual"):
    for depth in (1, 6):
        stages = (gn.Stage(depth, 16), gn.Stage(depth, 32))
        arch = gn.Arch(16, stages, block=block)
        net = gn.build(arch, num_classes=10, in_channels=1, seed=0)
        trainer = gn.Trainer(
            3,
            lr=0.1,
            momentum=0.9,
            schedule="cosine",
            warmup_epochs=0.3,
            progress=False,
        )
        name = f"{2 * depth} blocks, " + (
            "shortcuts" if block == "residual" else "none"
        )
        histories[name] = trainer.fit(net, data)
plot.curves(histories)

# %%
loss = {name: history.column("loss")[-1] for name, history in histories.items()}
assert loss["12 blocks, none"] > loss["2 blocks, none"]
assert loss["12 blocks, shortcuts"] < loss["12 blocks, none"]
print("without shortcuts, more layers fit the *training* images worse")

assert abs(loss["2 blocks, shortcuts"] - loss["2 blocks, none"]) < 0.1, loss
assert abs(loss["12 blocks, shortcuts"] - loss["2 blocks, shortcuts"]) < 0.15, loss
print("with shortcuts, about as well; two blocks hardly need them")

# %% [markdown]
# That is not overfitting: the training loss itself is higher. The deep plain network
# could do what the shallow one does, but training does not find it in the same time.

# %% [markdown]
# ## The blocks in use
#
# The basic block has two convolutions of 3×3. Where the map shrinks or channels are
# added, x and f(x) do not fit each other: the shortcut then is a 1×1 convolution. In
# this package a block finds out by itself whether it needs one.

# %%
basic = gn.Arch(64, (gn.Stage(2, 64, stride=1), gn.Stage(2, 128)), block="residual")
plot.block(basic, stage=1, number=1)

# %%
plot.block(basic, stage=2, number=1)

# %% [markdown]
# For deep networks the 3×3 convolution works on fewer channels, between two
# convolutions of 1×1: a *bottleneck*. **Predict**: which of the two blocks, both on 256
# channels, has more parameters: the basic one, or the bottleneck with 64 channels
# inside?
#
# <details><summary>Think first, then open</summary>
#
# The basic one: its two convolutions connect 256 channels with 256, at nine places of
# the kernel each. The bottleneck's 3×3 works on 64 channels, a sixteenth of that, and
# its 1×1 convolutions have one place in place of nine.
#
# </details>

# %%
wide = gn.Arch(256, (gn.Stage(1, 256, stride=1),), block="residual")
bottleneck = gn.Stage(1, 256, group_width=64, bottleneck=4.0, stride=1)
narrow = gn.Arch(256, (bottleneck,), block="resnext")
for name, arch in [("basic", wide), ("bottleneck", narrow)]:
    block = gn.AnyNet(arch)._children["stage1"]
    found = gn.summary(block, (1, 256, 14, 14), depth=0)
    print(f"{name:<11}{found.params:>10,} parameters")
plot.block(narrow, 1, 1)

# %% [markdown]
# Pre-activation puts BatchNorm and ReLU in front of the convolutions. In all blocks but
# those that shrink the map or add channels, nothing then stands on the way from input
# to output, and the shortcut is the identity also for negative numbers.

# %%
plot.block(gn.Arch(64, (gn.Stage(2, 64, stride=1),), block="preact_residual"), 1, 2)

# %% [markdown]
# ## Grouped convolution: a matrix in blocks
#
# A convolution connects each output channel with all input channels. In groups, each
# output channel reads the channels of its own group only.

# %%
plot.group_weights(16, 16, groups=(1, 2, 4))

# %% [markdown]
# So a grouped convolution is a dense one whose weights are zero outside of the blocks.
# We check this with numbers: four groups, then the same weights as a full matrix.

# %%
channels, groups = 16, 4
grouped = nn.Conv2D(channels, 3, padding=1, groups=groups, use_bias=False)
dense = nn.Conv2D(channels, 3, padding=1, use_bias=False)
x = np.random.normal(size=(2, channels, 8, 8))
for conv in (grouped, dense):
    conv.initialize()
    conv(x)

weights = grouped.weight.data().asnumpy()  # (16, 16 / 4, 3, 3)
width = channels // groups
full = numpy.zeros((channels, channels, 3, 3), "float32")
for group in range(groups):
    rows = slice(group * width, (group + 1) * width)
    full[rows, rows] = weights[rows]
dense.weight.set_data(np.array(full))

print("the same outputs:", bool(abs(dense(x) - grouped(x)).max() < 1e-4))
print(f"weights: {weights.size:,} of {full.size:,}")

# %% [markdown]
# ## The ResNeXt block
#
# A bottleneck block whose 3×3 convolution is grouped. With the width w (channels in and
# out), the bottleneck b, the inner width v = w/b and groups of g channels it has
# w·v + 9·v·g + v·w weights.
#
# Beware of a trap in words: in this course **g is the group's width**, channels per
# group, and the number of groups is v/g. Some texts write *groups* for either.

# %%
resnext = gn.Arch(32, (gn.Stage(2, 32, group_width=16, stride=1),))
plot.block(resnext, 1, 2)

# %%
w, b, g = 32, 1, 16
v = w // b
block = ResNeXtBlock(w, w, group_width=g, bottleneck=b)
found = gn.summary(block, (1, w, 96, 96), depth=0).params
norms = 2 * (v + v + w)  # BatchNorm: scale and shift
print(f"{found:,} = {w * v + 9 * v * g + v * w:,} weights + {norms} of BatchNorm")
assert found == w * v + 9 * v * g + v * w + norms

# %% [markdown]
# **Predict**: ResNeXt-50 has twice the inner width of ResNet-50, in 32 groups. Is it
# larger, smaller, or about the same?
#
# <details><summary>Think first, then open</summary>
#
# About the same: twice the channels within make its 1×1 convolutions twice as large,
# the groups make its 3×3 convolutions smaller. It was designed so.
#
# </details>

# %%
for name in ("resnet50", "resnext50_32x4d"):
    print(gn.describe(name), end="\n\n")

# %% [markdown]
# ## Try
#
# - Close all blocks of `residual(6)` at the start (γ = 0), and train: does it learn
#   faster?
# - Which depth of the plain network is the last that trains as well as two blocks?
# - Groups of one channel are called depthwise: what remains of w·v + 9·v·g + v·w?
#
# **Exercises**: [resnet_family](../exercises/resnet_family.ipynb), the variants of
# ResNet, counted to the last parameter;
# [inception_vs_residual](../exercises/inception_vs_residual.ipynb), two kinds of
# parallel paths; [function_classes](../exercises/function_classes.ipynb), which changes
# nest, and which do not.
#
# **Next**: [Lesson 3](03_design_spaces.ipynb): not one network, but spaces of them.
#
# **Sources**: K. He et al., *Deep residual learning for image recognition*, 2016, and
# *Identity mappings in deep residual networks*, 2016. S. Xie et al., *Aggregated
# residual transformations for deep neural networks*, 2017. A. Zhang et al., *Dive into
# Deep Learning*, chapter "Residual networks (ResNet) and ResNeXt".
