# %% [markdown]
# # Exercise: The perfect MLP
#
# Design spaces are not about convolutions. Here the networks are multilayer
# perceptrons: dense layers, and what goes between them.
#
# **You build** a design space of MLPs for images of 28×28, draw two dozen small ones,
# compare constraints by the distributions of their errors, and predict how well a
# larger one will do before you train it.
#
# **Time**: 60 minutes; the cells run in about a minute. **Before**:
# [Lesson 3](../lessons/03_design_spaces.ipynb).

# %%
import random
import warnings

warnings.filterwarnings("ignore")  # MXNet and its friends warn about their own age

import matplotlib.pyplot as plt
import numpy
from mxnet import npx
from mxnet.gluon import nn

import gluon_nets as gn
from course import check
from gluon_nets.initialize import initialize

npx.set_np()

# %% [markdown]
# ## 1. A space
#
# A design is a dict:
#
# | field | meaning | in this space |
# | --- | --- | --- |
# | `depth` | hidden layers | 1 to 5 |
# | `widths` | units of each, a list | multiples of 8, from 8 to 128 |
# | `norm` | whether BatchNorm follows each hidden layer | True or False |
# | `dropout` | the rate behind each hidden layer, 0: none | 0 to 0.5 |
#
# For example `{"depth": 2, "widths": [64, 32], "norm": True, "dropout": 0.0}`.
#
# Write `space(n, seed)`: a list of exactly n designs, drawn at random. All four fields
# must vary. The same seed always gives the same list, another seed another one.
#
# <details><summary>Hint: random numbers with a seed</summary>
#
# `rng = random.Random(seed)` is a source of its own; `rng.randint(1, 5)`,
# `rng.choice([…])` and `rng.random() < 0.5` draw from it.
#
# </details>


# %% tags=["solution"]
def space(n, seed):
    """n designs, drawn at random."""
    designs = []
    ### BEGIN SOLUTION
    rng = random.Random(seed)
    for _ in range(n):
        depth = rng.randint(1, 5)
        design = {
            "depth": depth,
            "widths": [rng.choice([8, 16, 32, 48, 64, 96, 128]) for _ in range(depth)],
            "norm": rng.random() < 0.5,
            "dropout": rng.choice([0.0, 0.0, 0.2, 0.4]),
        }
        designs.append(design)
    ### END SOLUTION
    return designs


space(3, seed=0)

# %% [markdown]
# Four constraints, each of which keeps a part of the space:
#
# - `"falling"`: no hidden layer is wider than the one before it;
# - `"shallow"`: at most two hidden layers;
# - `"normed"`: with BatchNorm;
# - `"clean"`: without dropout.
#
# Write them as one predicate, `obeys(design, constraint)`, with True or False. For the
# constraint `"all"` it is always True.


# %% tags=["solution"]
def obeys(design, constraint):
    """Whether a design is in the part of the space that a constraint keeps."""
    result = None
    ### BEGIN SOLUTION
    widths = design["widths"]
    result = {
        "all": True,
        "falling": all(a >= b for a, b in zip(widths, widths[1:])),
        "shallow": design["depth"] <= 2,
        "normed": bool(design["norm"]),
        "clean": design["dropout"] == 0,
    }[constraint]
    ### END SOLUTION
    return result


# %% tags=["check:space"]
check("perfect_mlp", space=space, obeys=obeys)

# %% [markdown]
# ## 2. Networks and their errors
#
# Draw 20 to 128 designs, `designs`, and build the network of each, `nets`, in the same
# order. A network flattens the image; then each hidden layer is dense, perhaps
# BatchNorm, ReLU, perhaps dropout; the last layer is dense with 10 outputs. Nothing
# else.
#
# Train each of them with `train`, which gives its error on 2,000 images that were held
# out, and write these errors down in `errors`, in the same order. (Two dozen take about
# twenty seconds.)

# %%
data = gn.FashionMNIST(128, 28, subset="sample", validation=2000)


def train(net, seed=0):
    """A network's error after three epochs, by the same recipe for all."""
    recipe = {"lr": 0.1, "momentum": 0.9, "schedule": "cosine", "warmup_epochs": 0.2}
    trainer = gn.Trainer(3, weight_decay=5e-4, progress=False, **recipe)
    history = trainer.fit(initialize(net, seed), data)
    return 1 - history.column("eval_accuracy")[-1]


# %% tags=["solution", "nbval-ignore-output"]
designs, nets, errors = [], [], []
### BEGIN SOLUTION


def build(design):
    """The network of a design."""
    net = nn.HybridSequential()
    net.add(nn.Flatten())
    for width in design["widths"]:
        net.add(nn.Dense(width, use_bias=not design["norm"]))
        if design["norm"]:
            net.add(nn.BatchNorm())
        net.add(nn.Activation("relu"))
        if design["dropout"]:
            net.add(nn.Dropout(design["dropout"]))
    net.add(nn.Dense(10))
    return net


designs = space(24, seed=0)
nets = [build(design) for design in designs]
errors = [round(train(net), 4) for net in nets]
### END SOLUTION
for error, design in sorted(zip(errors, designs), key=lambda pair: pair[0]):
    print(f"{error:.1%}", design)

# %% tags=["check:errors"]
check("perfect_mlp", designs=designs, nets=nets, errors=errors)

# %% [markdown]
# ## 3. Distributions
#
# Write `edf(errors, e)`, the share of networks with an error of *at most* e, and use it
# for `edfs`: for `"all"` and for each constraint a list of three numbers, the shares at
# the three thresholds, among those of your designs that obey it. A constraint that none
# of them obeys keeps its empty list.
#
# Then read off `shift`: which constraint has the largest share at the middle threshold?

# %%
thresholds = [0.18, 0.2, 0.25]

# %% tags=["solution", "nbval-ignore-output"]
constraints = ["all", "falling", "shallow", "normed", "clean"]
edfs = {constraint: [] for constraint in constraints}
shift = None


def edf(errors, e):
    """The share of the errors that are e or less."""
    share = None
    ### BEGIN SOLUTION
    share = sum(error <= e for error in errors) / len(errors)
    ### END SOLUTION
    return share


### BEGIN SOLUTION
parts = {
    constraint: [e for d, e in zip(designs, errors) if obeys(d, constraint)]
    for constraint in constraints
}
edfs = {
    constraint: [edf(part, threshold) for threshold in thresholds]
    for constraint, part in parts.items()
}
shift = max(constraints[1:], key=lambda constraint: edfs[constraint][1])
### END SOLUTION
edfs, shift

# %% [markdown]
# The whole curves (nothing is drawn until `errors` and `obeys` are there):

# %%
for constraint in constraints:
    part = sorted(e for d, e in zip(designs, errors) if obeys(d, constraint))
    shares = numpy.arange(1, len(part) + 1) / max(len(part), 1)
    plt.step(part, shares, where="post", label=f"{constraint}: {len(part)} networks")
plt.xlabel("error")
plt.ylabel("share of the networks")
plt.legend()
plt.show()

# %% tags=["check:edf"]
check(
    "perfect_mlp",
    edf=edf,
    edfs=edfs,
    shift=shift,
    designs=designs,
    errors=errors,
)

# %% [markdown]
# ## 4. From small to large
#
# Now make the best MLP that you can, with 300,000 to 1,000,000 parameters: more than
# any of your space. But say *in advance* how well it will do.
#
# - Choose a family of designs, as you learned from the distributions: all that is left
#   is a width. Train one for each of the widths 16, 32, 64 and 128 and write down its
#   error: `ladder = {"16": …, …}`. One run is noisy: better take the mean of two seeds.
# - Plot the errors, or just look at them: how do they change when the width doubles?
#   Predict the error of the larger network of your family: `prediction`.
# - Only then build it, `best`, and train it: `best_error`.
#
# We train it, too, with other seeds and other images held out. Both of your numbers may
# differ from ours by 4.5 percentage points, and ours must not be above 20.5 %.
#
# <details><summary>Hint: a line</summary>
#
# `numpy.polyfit(x, y, 1)` gives slope and intercept of the line through points. Against
# the logarithm of the width the errors are nearer to a line than against the width.
#
# </details>
#
# <details><summary>Hint: how many parameters?</summary>
#
# The first dense layer has 784 weights for each of its units.
#
# </details>

# %% tags=["solution", "nbval-ignore-output"]
ladder = {"16": None, "32": None, "64": None, "128": None}
prediction = None
best = None
best_error = None
### BEGIN SOLUTION


def family(width):
    """One hidden layer with BatchNorm, no dropout."""
    return build({"depth": 1, "widths": [width], "norm": True, "dropout": 0.0})


for name in ladder:
    found = [train(family(int(name)), seed) for seed in (0, 1)]
    ladder[name] = round(sum(found) / 2, 4)

widths = numpy.array([int(name) for name in ladder])
slope, intercept = numpy.polyfit(numpy.log2(widths), list(ladder.values()), 1)
prediction = round(float(intercept + slope * numpy.log2(512)), 4)

best = family(512)
best_error = round(train(best), 4)
### END SOLUTION
ladder, prediction, best_error

# %% tags=["check:best"]
check(
    "perfect_mlp",
    ladder=ladder,
    prediction=prediction,
    best=best,
    best_error=best_error,
)

# %% [markdown] tags=["essay:why"]
# ## 5. In your own words
#
# How far can your numbers be trusted? Say something about the number of networks, about
# constraints that were drawn together by chance (are your networks with BatchNorm also
# the shallow ones?), about three epochs instead of fifty (whom do they favour?), and
# about your extrapolation: when would it have failed? And is the best MLP found so far
# near to what a small convolutional network reaches? About 150 words.
#
# *Your answer:*
