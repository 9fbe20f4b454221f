# %% [markdown]
# # Exercise: Deeper, at the same price
#
# RegNetX32 has two stages and ten blocks. Design a member of its family for images of
# 28 pixels, with **four** stages and **more** blocks, at the same number of
# multiply-adds, that errs less; or at least not more.
#
# **What you build**: a four-stage RegNetX and the four numbers of its rule, and a
# comparison from your own measurements.
#
# **Time**: 50 minutes; the trainings take about a minute. **Follows**: [Lesson
# 3](../lessons/03_design_spaces.ipynb).

# %%
import dataclasses
import itertools
import warnings

warnings.filterwarnings("ignore")  # MXNet and its friends warn about their own age

from mxnet import npx
from mxnet.gluon import nn

import gluon_nets as gn
from course import check
from gluon_nets import plot
from gluon_nets.initialize import initialize
from gluon_nets.study.definition import Training
from gluon_nets.study.train_design import train_network

npx.set_np()


# %%
def flops(arch_or_name):
    """Multiply-adds for one image: 28 pixels, 1 channel, 10 classes."""
    return gn.complexity(arch_or_name, 28, 1, 10).flops


print(f"RegNetX32: {flops('regnetx32'):,} flops")

# %% [markdown]
# ## 1. The design
#
# Build `deep`:
#
# - a stem: 3×3 convolution with stride 2, to as many channels as you like;
# - **four stages** of X blocks (bottleneck blocks with a grouped 3×3 convolution, and a
#   shortcut; BatchNorm behind each convolution, ReLU between them and behind the sum),
#   with **more than 10 blocks** in all. Each stage is wider than the last, all share
#   one group width, and all one bottleneck;
# - global average pooling and a dense layer with 10 outputs;
# - **flops within 5 %** of RegNetX32's.
#
# It is to be a *RegNet*: say in `rule` by which numbers. From `w0`, `wa`, `wm` and
# `depth` the rule gives a width for each block; they may be 5 % off those of your
# network, on average.
#
# One thing is free that lesson 3 did not let you choose: a stage may halve the map, or
# keep it. The stem leaves 14 pixels a side of 28. If each of four stages halves them,
# they come down to 7, 4, 2 and 1, and where there is one pixel, a 3×3 convolution reads
# eight zeros. That is a reason not to copy a network that was made for 96 pixels, as
# `regnetx_deep` was:

# %%
for side in (96, 28):
    small, large = (
        gn.complexity(name, side, 1, 10).flops for name in ("regnetx32", "regnetx_deep")
    )
    print(f"{side} pixels: regnetx_deep has {large / small:.1%} of RegNetX32's flops")

# %% [markdown]
# <details><summary>Hint: how to find one</summary>
#
# `gn.regnet_arch(w0, wa, wm, depth, group_width)` makes an arch of the rule's numbers.
# Try many in a loop (`itertools.product`), keep those with four stages and with one
# group width (`regnet_arch` narrows the groups where a stage is narrower than a group),
# change the strides (`dataclasses.replace`), then keep those on budget: there are
# dozens.
#
# </details>
#
# <details><summary>Hint: how to choose among them</summary>
#
# Flops spent on maps of 14 or 7 pixels are spent on many places; at 2 pixels a side,
# they buy parameters that see next to nothing, and in a short training the blocks there
# only stand between the loss and the rest. Part 2 lets you measure what you believe.
#
# </details>
#
# <details><summary>Hint: numbers of a network that you made by hand</summary>
#
# `gn.fit_regnet(arch)` looks for the nearest rule.
#
# </details>

# %% tags=["solution"]
deep = None
rule = {"w0": 0, "wa": 0, "wm": 0, "depth": 0}
### BEGIN SOLUTION


def candidate(w0, wa, wm, depth, group_width, strides=(1, 2, 2, 2)):
    """The arch of a rule with strides of its own; None without four stages."""
    arch = gn.regnet_arch(w0, wa, wm, depth, group_width)
    if len(arch.stages) != 4:
        return None
    pairs = zip(arch.stages, strides)
    stages = [dataclasses.replace(stage, stride=stride) for stage, stride in pairs]
    return dataclasses.replace(arch, stages=tuple(stages))


wanted, found = flops("regnetx32"), []
for numbers in itertools.product((16, 24, 32), (4, 5, 6, 8), (1.6, 1.8, 2), (11, 12)):
    arch = candidate(*numbers, group_width=8)
    if arch is not None and abs(flops(arch) / wanted - 1) < 0.05:
        found.append((numbers, arch))
        print(numbers, arch, f"{flops(arch) / wanted:.1%}")

# of these one that has few blocks on the smallest map
numbers, arch = next(x for x in found if x[0] == (24, 5, 1.6, 12))
rule = dict(zip(("w0", "wa", "wm", "depth"), numbers))
deep = gn.build(arch, num_classes=10, in_channels=1)
plot.widths(arch)
### END SOLUTION

# %% tags=["check:design"]
check("deeper_regnet", deep=deep, rule=rule)

# %% [markdown]
# ## 2. Is it better?
#
# `error_of` trains a network briefly on 4000 images, from new weights, and returns its
# error on 2000 others: a share, from 0 to 1. Another seed means other weights and
# another order of the images.
#
# The grader trains `deep` and RegNetX32 by the same recipe, three times each, with
# seeds of its own: the mean error of your network may be **one percent above**
# RegNetX32's, not more. Why not below? Because trainings as short as these differ from
# each other by more than the networks do: you will see it in your own numbers. A good
# network wins most of the time; a bad one is far above.

# %%
RECIPE = Training(
    "sample",
    images=4000,
    held_out=2000,
    epochs=3,
    batch_size=64,
    lr=0.1,
    weight_decay=2e-3,
)


def error_of(net, seed: int) -> float:
    """The error of a network, trained briefly from new weights."""
    initialize(net, seed)
    return train_network(net, RECIPE, 28, repeat=seed, device="cpu").error


regnetx32 = gn.get_net("regnetx32", num_classes=10, in_channels=1)

# %% [markdown]
# Measure both networks with **two seeds** at least. Then say in `better` what your
# errors say: `"deep"` or `"regnetx32"`, if the worst error of one is below the best of
# the other, else `"neither"`. Both lists are compared with the grader's trainings.

# %% tags=["solution", "nbval-ignore-output"]
errors = {"regnetx32": [], "deep": []}
better = None
### BEGIN SOLUTION
for seed in (0, 1):
    errors["regnetx32"].append(error_of(regnetx32, seed))
    errors["deep"].append(error_of(deep, seed))
better = "neither"
if max(errors["deep"]) < min(errors["regnetx32"]):
    better = "deep"
if max(errors["regnetx32"]) < min(errors["deep"]):
    better = "regnetx32"
### END SOLUTION

for name, found in errors.items():
    print(f"{name:<10}" + ", ".join(f"{error:.1%}" for error in found))
print("better:", better)

# %% tags=["check:better"]
check("deeper_regnet", errors=errors, better=better, deep=deep)

# %% [markdown] tags=["essay:why"]
# **To be read by a human.** Where does your network spend its flops, stage by stage,
# and where does RegNetX32? Is it better because it is deeper? How would you find out,
# and would you expect the same at 224 pixels and after a hundred epochs? Six sentences
# are enough.
#
# *Your answer:*
