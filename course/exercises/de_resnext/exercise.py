# %% [markdown]
# # Exercise: RegNetX32 without groups
#
# RegNetX32 is made of X blocks: a grouped 3×3 convolution between two of 1×1. Are these
# blocks the reason that it is good? Put ResNet's basic block, two 3×3 convolutions, in
# their place and see. A fair comparison is harder than it looks.
#
# **What you build**: RegNetX32 with basic blocks, once as it is and once at the flops
# of the original, a table of what they cost, and a comparison from your own
# measurements.
#
# **Time**: 40 minutes; the trainings take about a minute. **Follows**: [Lesson
# 3](../lessons/03_design_spaces.ipynb).
#
# Images have **1 channel and 28×28 pixels**, and there are 10 classes.

# %%
import warnings

warnings.filterwarnings("ignore")  # MXNet and its friends warn about their own age

from mxnet import npx
from mxnet.gluon import nn

import gluon_nets as gn
from course import check
from gluon_nets.initialize import initialize
from gluon_nets.study.definition import Training
from gluon_nets.study.train_design import train_network

npx.set_np()

# %%
regnetx32 = gn.get_net("regnetx32", num_classes=10, in_channels=1)
gn.summary(regnetx32, (1, 1, 28, 28))

# %% [markdown]
# ## 1. Basic blocks in the place of X blocks
#
# Build `plain`: the same network, but for its blocks. That is
#
# - a stem: 3×3 convolution with stride 2 to 32 channels, BatchNorm, ReLU;
# - a stage of 4 basic blocks with 32 channels, and one of 6 with 80. In each stage the
#   *first* block halves the map, and no other;
# - global average pooling and a dense layer with 10 outputs.
#
# A basic block computes relu(x + f(x)), with f: 3×3 convolution, BatchNorm, ReLU, 3×3
# convolution, BatchNorm. Where f changes the shape of x, a 1×1 convolution with the
# same stride brings x to it. Gluon's own layers are as good as `gn.Arch`.
#
# <details><summary>Hint: by hand</summary>
#
# A class `Basic(nn.Block)` with the arguments `inputs, outputs, stride`; then an
# `nn.Sequential` that you fill in two loops. `nn.GlobalAvgPool2D()` and `nn.Dense(10)`
# are the head.
#
# </details>
#
# <details><summary>Hint: with numbers</summary>
#
# `gn.Arch(stem_width, stages, block="residual")` and `gn.build`; a `gn.Stage` of basic
# blocks has a depth and a width, and no group width.
#
# </details>

# %% tags=["solution"]
plain = None
### BEGIN SOLUTION


def basic_net(depths, widths):
    """RegNetX32's stem and head around stages of basic blocks."""
    stages = tuple(gn.Stage(depth, width) for depth, width in zip(depths, widths))
    arch = gn.Arch(32, stages, block="residual")
    return gn.build(arch, num_classes=10, in_channels=1)


plain = basic_net((4, 6), (32, 80))
### END SOLUTION

# %% tags=["check:plain"]
check("de_resnext", plain=plain)

# %% [markdown]
# ## 2. The same flops
#
# A 3×3 convolution that connects all channels costs more than a grouped one between two
# of 1×1. Whatever `plain` does better or worse, it may do so only because it is larger.
#
# **Predict**: how many times the flops of `regnetx32` has `plain`? Then build
# `rebudgeted`: basic blocks again, without groups, two stages whose first blocks halve
# the map, the same stem and head, but with depths or widths (or both) of your choice,
# such that its flops for one image are **within 5 %** of RegNetX32's.
#
# <details><summary>Hint</summary>
#
# `gn.complexity(arch, 28, 1, 10)` counts without building anything: try some in a loop.
# Flops grow with the depth, and with the *square* of the width.
#
# </details>

# %% tags=["solution"]
rebudgeted = None
### BEGIN SOLUTION
# widths that rise as much from stage to stage as before, depths in about the same ratio
wanted = gn.complexity("regnetx32", 28, 1, 10).flops
for depths in [(4, 6), (3, 4), (2, 3), (1, 2)]:
    for width in range(8, 40, 4):
        stages = (gn.Stage(depths[0], width), gn.Stage(depths[1], width * 80 // 32))
        found = gn.complexity(gn.Arch(32, stages, block="residual"), 28, 1, 10).flops
        if abs(found / wanted - 1) < 0.05:
            print(depths, [stage.width for stage in stages], f"{found / wanted:.1%}")

rebudgeted = basic_net((2, 3), (24, 60))
### END SOLUTION

# %% tags=["check:rebudgeted"]
check("de_resnext", rebudgeted=rebudgeted)

# %% [markdown]
# ## 3. What they cost
#
# Count the trainable parameters and the flops for one image of all three networks.
# Flops are multiply-adds of convolutions and dense layers (and one addition for each
# bias that is added; those of the dense layer may be left out). BatchNorm is left out
# of the flops, but not of the parameters.
#
# <details><summary>Hint: by hand</summary>
#
# A k×k convolution from c to w channels in groups of g channels has k²·w·g weights
# (without groups g = c), each used once for every pixel of its output. The maps have
# 14, 7 and 4 pixels a side.
#
# </details>
#
# <details><summary>Hint: or counted for you</summary>
#
# `gn.summary(net, (1, 1, 28, 28))` counts what is made of `HybridBlock`s: see its
# `.params` and `.flops`. It cannot look into a class with a `forward` of your own: then
# add up, or let `gn.complexity` count the same numbers, and mind that Gluon's
# convolutions have biases if you do not say `use_bias=False`.
#
# </details>

# %% tags=["solution"]
costs = {
    "regnetx32": {"params": 0, "flops": 0},
    "plain": {"params": 0, "flops": 0},
    "rebudgeted": {"params": 0, "flops": 0},
}
### BEGIN SOLUTION
nets = {"regnetx32": regnetx32, "plain": plain, "rebudgeted": rebudgeted}


def cost_of(net):
    """Parameters and flops of a network."""
    table = gn.summary(net, (1, 1, 28, 28))
    return {"params": table.params, "flops": table.flops}


costs = {name: cost_of(net) for name, net in nets.items()}
### END SOLUTION

for name, cost in costs.items():
    print(f"{name:<11}{cost['params']:>9,} parameters{cost['flops']:>12,} flops")

# %% tags=["check:costs"]
check("de_resnext", costs=costs, plain=plain, rebudgeted=rebudgeted)

# %% [markdown]
# ## 4. Which is better?
#
# `error_of` trains a network briefly on 3000 images, from new weights, and returns its
# error on 1000 others: a share, from 0 to 1. Another seed means other weights and
# another order of the images. The grader trains `regnetx32` and `rebudgeted` by the
# same recipe, and sees whether your errors are about the same.

# %%
RECIPE = Training(
    "sample",
    images=3000,
    held_out=1000,
    epochs=2,
    batch_size=64,
    lr=0.1,
    weight_decay=2e-3,
)


def error_of(net, seed: int) -> float:
    """The error of a network, trained briefly from new weights."""
    initialize(net, seed)
    return train_network(net, RECIPE, 28, repeat=seed, device="cpu").error


# %% [markdown]
# Measure `regnetx32` and `rebudgeted` at least **twice**, with different seeds, and
# `plain` at least once: `errors["rebudgeted"]` is a list of its errors.
#
# Then say in `better` which of the two networks *of equal flops* is better:
# `"regnetx32"` or `"rebudgeted"`, if the worst of its errors is below the best of the
# other's. Where the errors overlap, your measurements do not tell: then the answer is
# `"neither"`.

# %% tags=["solution", "nbval-ignore-output"]
errors = {"regnetx32": [], "plain": [], "rebudgeted": []}
better = None
### BEGIN SOLUTION
errors["plain"] = [error_of(plain, 0)]
for name in ("regnetx32", "rebudgeted"):
    errors[name] = [error_of(nets[name], seed) for seed in (0, 1)]
better = "neither"
if max(errors["regnetx32"]) < min(errors["rebudgeted"]):
    better = "regnetx32"
if max(errors["rebudgeted"]) < min(errors["regnetx32"]):
    better = "rebudgeted"
### END SOLUTION

for name, found in errors.items():
    print(f"{name:<11}" + ", ".join(f"{error:.1%}" for error in found))
print("better:", better)

# %% tags=["check:better"]
check("de_resnext", errors=errors, better=better, rebudgeted=rebudgeted)

# %% [markdown] tags=["essay:why"]
# **To be read by a human.** Somebody replaces the blocks of RegNetX32 by basic ones,
# trains `plain` and `regnetx32`, and writes which blocks are better. What is wrong with
# that, by your numbers? What do your own two networks say, why might it be so, and what
# do they leave open? Five sentences are enough.
#
# *Your answer:*
