# %% [markdown]
# # Lesson 1: Blocks
#
# Early networks were chosen layer by layer. VGG changed the question: choose a *block*,
# and how often to repeat it.
#
# **Afterwards you can** build a VGG from a list of numbers, say what three small
# kernels cost beside a large one, tell where a network keeps its parameters and where
# it does its work, and cut both.
#
# **Time**: 40 minutes; the cells run in about two. **Before**: convolution, pooling,
# dense layers, a training loop. **Prepares**: exercises `vgg_costs` and `vgg_family`.

# %%
import dataclasses
import warnings

warnings.filterwarnings("ignore")  # MXNet and its friends warn about their own age

from mxnet import npx
from mxnet.gluon import nn

import gluon_nets as gn
from gluon_nets import plot
from gluon_nets.blocks import VGGBlock
from gluon_nets.specs import find

npx.set_np()

# %% [markdown]
# ## Why not one pooling per convolution?
#
# Pooling with stride 2 halves the map. A network that pools behind every convolution
# has as many convolutions as its image can be halved, and no more.
#
# **Predict**: how many are that for an image of 224 pixels? And how many convolutions
# does VGG-16 have?


# %%
def halvings(size: int):
    """The sizes on the way to a single pixel."""
    sizes = [size]
    while sizes[-1] > 1:
        sizes.append(sizes[-1] // 2)
    return sizes


halvings(224), len(halvings(224)) - 1

# %%
vgg16 = gn.summary(gn.get_net("vgg16"), (1, 3, 224, 224), depth=2)
[row.layer for row in vgg16.rows].count("Conv2D")

# %% [markdown]
# <details><summary>What the numbers say</summary>
#
# After seven halvings a single pixel is left: seven convolutions would be the end.
# VGG-16 has nearly twice as many, and three dense layers.
#
# </details>
#
# Depth beyond that limit needs convolutions that keep the map's size. VGG puts several
# of them, each with a kernel of 3×3 and padding 1, in front of one pooling: that is its
# block.

# %%
plot.flow(VGGBlock(2, 64), (1, 3, 224, 224), "a VGG block")

# %% [markdown]
# ## Why 3×3?
#
# Two 3×3 convolutions, one behind the other, see as much as one of 5×5, and three as
# much as one of 7×7.

# %%
plot.receptive_fields((5,), (3, 3), (3, 3, 3))

# %% [markdown]
# **Predict**: which costs more parameters, from c channels to c channels: one 5×5
# convolution, two of 3×3, or three of 3×3?
#
# <details><summary>Think first, then open</summary>
#
# A k×k convolution has k²·c² weights. One 5×5: 25 c². Two 3×3: 2 · 9 c², which is less.
# Three 3×3: 3 · 9 c², a little more than the single 5×5, but they see as far as a 7×7,
# which would take 49 c², and they have two more nonlinearities in between.
#
# </details>


# %%
def stack(channels: int, *kernels: int) -> nn.HybridSequential:
    """Convolutions one behind the other, maps of the same size."""
    net = nn.HybridSequential()
    for kernel in kernels:
        net.add(
            nn.Conv2D(
                channels,
                kernel,
                padding=kernel // 2,
                use_bias=False,
                in_channels=channels,
            )
        )
    return net


c = 64
for kernels in [(5,), (3, 3), (3, 3, 3), (7,)]:
    found = gn.summary(stack(c, *kernels), (1, c, 56, 56))
    name = " + ".join(f"{k}×{k}" for k in kernels)
    print(f"{name:<16}{found.params:>9,} weights = {found.params / c**2:.0f} c²")

# %% [markdown]
# ## A family, not a network
#
# A VGG is written down as pairs: convolutions of a block, and its channels. Behind each
# block stands a pooling, and behind the last one three dense layers. Eleven layers with
# weights, or nineteen, are two lists of five pairs.

# %%
for name in gn.list_nets("vgg??"):
    blocks = find(name).spec.blocks
    assert all(pooled for _, _, pooled in blocks)
    layers = sum(convs for convs, _, _ in blocks) + 3
    print(f"{name}, {layers} layers:", *[(convs, c) for convs, c, _ in blocks])
    print(f"       {gn.complexity(name).params:,} parameters")

# %% [markdown]
# So a VGG of your own is a list, too; here each pair is followed by whether there is a
# pooling. **Predict**: how many layers with weights has the one below, and how large
# are its last maps, for images of 64 pixels?
#
# <details><summary>Think first, then open</summary>
#
# 1 + 1 + 2 + 2 convolutions and three dense layers are nine. Four poolings leave maps
# of 64 / 2⁴ = 4 pixels.
#
# </details>

# %%
blocks = ((1, 16, True), (1, 32, True), (2, 64, True), (2, 64, True))
mine = dataclasses.replace(find("vgg11").spec, blocks=blocks, hidden=256)
gn.summary(gn.build(mine, num_classes=10, in_channels=1), (1, 1, 64, 64))

# %% [markdown]
# Change the list, and build another one. Behind each block the map has half the height
# and width, and mostly twice the channels. A convolution from c to c channels then
# costs as much as one of the block before: four times the weights, at a quarter of the
# places.

# %%
vgg11 = gn.get_net("vgg11", num_classes=1000)
plot.feature_maps(vgg11, (1, 3, 224, 224))

# %% [markdown]
# **Predict**: `gn.summary` shows eight lines with weights of this network. Where are
# the other three of its eleven layers? Which line has most of the parameters, and which
# most of the work?
#
# <details><summary>Think first, then open</summary>
#
# Three blocks have two convolutions each, on one line. The first dense layer has most
# of the parameters; the third and the fourth block share most of the work.
#
# </details>

# %%
gn.summary(vgg11, (1, 3, 224, 224))

# %%
plot.shares(vgg11, (1, 3, 224, 224))

# %% [markdown]
# Three blocks hide two convolutions each: `depth=2` unfolds them. And the first dense
# layer alone, which reads all pixels of all maps, has more parameters than all
# convolutions together, for next to none of the work.
#
# Activations are most in the first block, whose maps are the largest. So the three
# costs sit in three different places, and what helps against one does little against
# the others.

# %%
table = gn.summary(vgg11, (1, 3, 224, 224))
dense = [row for row in table.rows if row.name.startswith(("dense", "head"))]
for kind in ("params", "flops", "acts"):
    share = sum(getattr(row, kind) for row in dense) / getattr(table, kind)
    print(f"the dense layers have {share:.1%} of the {kind}")
assert max(table.rows, key=lambda row: row.acts).name in ("block1", "input")
assert max(table.rows, key=lambda row: row.params).name == "dense1"

# %% [markdown]
# ## Without the dense layers
#
# Later networks average each map to one number and put a single dense layer behind it.
# **Predict**: what is left of the parameters: a half, a tenth, a hundredth?
#
# <details><summary>Think first, then open</summary>
#
# The convolutions, and one small dense layer: what the bars above show for the blocks,
# some seven in a hundred.
#
# </details>

# %%
pooled = gn.complexity("vgg11_gap")
share = pooled.params / gn.complexity("vgg11").params
assert 0.06 < share < 0.08
print(f"{pooled.params:,} parameters, {share:.0%} of them")

# %% [markdown]
# ## Training one
#
# A quarter of the channels, and images of 28 pixels instead of 224. After four poolings
# one pixel would be left, which a fifth cannot halve. So one of the five has to go; a
# second one goes so that the last two blocks read maps of 7×7: on smaller ones a 3×3
# kernel reads mostly padding. BatchNorm behind each convolution makes training short,
# and the head is the one without hidden dense layers.

# %%
spec = dataclasses.replace(find("vgg11_quarter_28").spec, bn=True, head="gap")
for convs, channels, pooled in spec.blocks:
    print(f"{convs} × conv 3×3, {channels}", "→ pooling" if pooled else "")
net = gn.build(spec, num_classes=10, in_channels=1, seed=0)
plot.feature_maps(net, (1, 1, 28, 28))

# %% tags=["nbval-ignore-output"]
data = gn.FashionMNIST(batch_size=64, resize=28, subset="sample")
trainer = gn.Trainer(
    2, lr=0.1, momentum=0.9, schedule="cosine", warmup_epochs=0.3, progress=False
)
history = trainer.fit(net, data)
plot.curves(history)

# %%
assert history.test["accuracy"] > 0.75, history.test
print("more than 75 % of the test images are right, after two epochs of 6,000 images")

# %% [markdown]
# ## Larger images
#
# Twice the side, with one pooling more in front of the last block. **Predict**: how
# many times the work is that for an image, four times, or less?
#
# <details><summary>Think first, then open</summary>
#
# Less. The first blocks have four times the places; the pooling gives the last one maps
# of the same size as before.
#
# </details>

# %%
large = dataclasses.replace(find("vgg11_quarter_56").spec, bn=True, head="gap")
less, more = gn.complexity(spec, 28, 1, 10), gn.complexity(large, 56, 1, 10)
assert less.params == more.params
print(f"{more.flops / less.flops:.1f} times the flops, with the same parameters")

# %% [markdown]
# So one epoch of these images costs more than both epochs from before. Does it pay?

# %% tags=["nbval-ignore-output"]
wide = gn.FashionMNIST(batch_size=64, resize=56, subset="sample")
trainer = gn.Trainer(
    1, lr=0.1, momentum=0.9, schedule="cosine", warmup_epochs=0.3, progress=False
)
larger = trainer.fit(gn.build(large, num_classes=10, in_channels=1, seed=0), wide)
for size, found in ((28, history), (56, larger)):
    print(f"{size} pixels: test accuracy {found.test['accuracy']:.1%}")

# %%
assert larger.test["accuracy"] > 0.6, larger.test
print("more than 60 % of the test images are right, after one epoch")

# %% [markdown]
# ## Try
#
# - Double `batch_size`, leave everything else: what happens to the curve, and why?
# - Both networks with their hidden dense layers: how many times the flops of
#   `gn.complexity("vgg11_quarter_28", 28, 1, 10)` has
#   `gn.complexity("vgg11_quarter_56", 56, 1, 10)`? Why is it less than above?
# - Which block would you cut in half to save work? Which to save memory?
#
# **Exercises**: [vgg_costs](../exercises/vgg_costs.ipynb), parameters and flops, and a
# cheaper head; [vgg_family](../exercises/vgg_family.ipynb), VGG-16, VGG-19, and a VGG
# for small images.
#
# **Next**: [Lesson 2](02_residual.ipynb), in which more layers begin to hurt.
#
# **Sources**: K. Simonyan and A. Zisserman, *Very deep convolutional networks for
# large-scale image recognition*, 2015. A. Zhang et al., *Dive into Deep Learning*,
# chapter "Networks using blocks (VGG)".
