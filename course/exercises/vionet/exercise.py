# %% [markdown]
# # Exercise: Breaking the principles, one by one
#
# All networks of the space AnyNetX E keep four principles from stage to stage. Lesson 3
# compared whole spaces, with and without them. Take one network instead, break them one
# at a time, at the same flops, and see how much (or how little) that tells.
#
# | | principle |
# | --- | --- |
# | d | depths never fall |
# | w | widths never fall |
# | g | all stages share one group width |
# | b | all stages share one bottleneck |
#
# **What you build**: four networks, each of which breaks exactly one principle, a table
# of errors, and a conclusion that says no more than the errors do.
#
# **Time**: 50 minutes; the trainings take about a minute. **Follows**: [Lesson
# 3](../lessons/03_design_spaces.ipynb).
#
# Images have **1 channel and 28×28 pixels**, and there are 10 classes.

# %%
import dataclasses
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

# %% [markdown]
# ## The network to start from
#
# Three stages, small enough to be trained often. It keeps all four principles.

# %%
BASE = gn.Arch(
    stem_width=16,
    stages=(
        gn.Stage(depth=1, width=32, group_width=8, bottleneck=1),
        gn.Stage(depth=2, width=64, group_width=8, bottleneck=1),
        gn.Stage(depth=3, width=128, group_width=8, bottleneck=1),
    ),
)


def network(arch):
    """The network of an arch, for Fashion-MNIST."""
    return gn.build(arch, num_classes=10, in_channels=1)


def flops(arch):
    """Multiply-adds of an arch for one image."""
    return gn.complexity(arch, 28, 1, 10).flops


print(f"{flops(BASE):,} flops")
plot.widths(BASE)

# %% [markdown]
# ## 1. Four networks
#
# Put four networks into `nets`: `nets["d"]` breaks the principle d and keeps w, g and
# b, and so on. All of them have
#
# - the stem of the base, **three stages** of X blocks whose first one halves the map
#   (with shortcuts; BatchNorm behind each convolution, ReLU between them and behind the
#   sum), and its head;
# - **flops within 10 %** of the base's. Otherwise one would be better or worse for its
#   size alone, so you may have to change a second number with the first, where no
#   principle forbids it.
#
# *Fall* means: some stage has less than the one before it. A bottleneck below 1 widens:
# the inner width of a block is w/b, and the group width must divide it.
#
# <details><summary>Hint</summary>
#
# Where you may choose among many numbers, let `itertools.product` try them, and keep
# what fits: an arch that cannot be built raises a `ValueError` in `gn.complexity`.
#
# </details>
#
# <details><summary>Hint: widths</summary>
#
# The first map has the most pixels: a wide first stage is expensive, so that the widths
# cannot just be turned around.
#
# </details>

# %% tags=["solution"]
nets = {"d": None, "w": None, "g": None, "b": None}
### BEGIN SOLUTION


def changed(**columns):
    """The base with other numbers: each a list over the stages."""
    stages = BASE.stages
    for name, values in columns.items():
        pairs = zip(stages, values)
        stages = [dataclasses.replace(stage, **{name: x}) for stage, x in pairs]
    return gn.Arch(BASE.stem_width, tuple(stages))


archs = {
    "d": changed(depth=[3, 2, 1]),
    "w": changed(width=[72, 56, 32]),
    "g": changed(group_width=[16, 8, 2]),
    "b": changed(bottleneck=[0.5, 1, 2]),
}
for name, arch in archs.items():
    print(name, arch, f"{flops(arch) / flops(BASE):.1%}")
nets = {name: network(arch) for name, arch in archs.items()}
### END SOLUTION

# %% tags=["check:nets"]
check("vionet", nets=nets)

# %% [markdown]
# ## 2. Measure
#
# `error_of` trains a network briefly on 3000 images, from new weights, and returns its
# error on 1000 others: a share, from 0 to 1. Another seed means other weights and
# another order of the images. (The grader trains by the same recipe.)

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
# Fill in `errors`: for the base and each of the four a list of its errors. Measure each
# network with **two seeds** at least, and the base with **three**: it will tell how far
# errors differ by chance.

# %% tags=["solution", "nbval-ignore-output"]
errors = {"base": [], "d": [], "w": [], "g": [], "b": []}
### BEGIN SOLUTION
errors["base"] = [error_of(network(BASE), seed) for seed in (0, 1, 2)]
for name, net in nets.items():
    errors[name] = [error_of(net, seed) for seed in (0, 1)]
### END SOLUTION

for name, found in errors.items():
    print(f"{name:<5}" + ", ".join(f"{error:.1%}" for error in found))

# %% tags=["check:errors"]
check("vionet", errors=errors, nets=nets)

# %% [markdown]
# ## 3. What do the numbers say?
#
# Three answers, all of them from your own `errors`:
#
# - `chance`: how far the base's errors lie apart, the largest minus the least;
# - `beyond`: the list of those of "d", "w", "g", "b" whose network's *mean* error is
#   further from the base's mean error, above or below, than `chance`. It may be empty;
# - `matters`: the one of "d", "w", "g", "b" whose breaking cost most: the network with
#   the largest mean error.

# %% tags=["solution", "nbval-ignore-output"]
chance = None
beyond = None
matters = None
### BEGIN SOLUTION
means = {name: sum(found) / len(found) for name, found in errors.items()}
chance = round(max(errors["base"]) - min(errors["base"]), 4)
beyond = [name for name in "dwgb" if abs(means[name] - means["base"]) > chance]
matters = max("dwgb", key=means.get)
### END SOLUTION

print("chance:", chance, "beyond:", beyond, "matters:", matters)

# %% tags=["check:conclusion"]
check(
    "vionet",
    nets=nets,
    errors=errors,
    chance=chance,
    beyond=beyond,
    matters=matters,
)

# %% [markdown] tags=["essay:doubt"]
# **To be read by a human.** Which of your four differences would you defend, and which
# not? What did the equal flops change together with the principle that you wanted to
# break, and could *that* be the reason? Would the answer be the same with other
# networks that break the same principle? Six sentences are enough.
#
# *Your answer:*
