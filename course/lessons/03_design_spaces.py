# %% [markdown]
# # Lesson 3: Designing design spaces
#
# Which network is best? Wrong question: there are 10¹⁸ of them in one modest space.
# Which *space* has better networks? That can be answered, with samples.
#
# **Afterwards you can** describe a network by four numbers a stage, draw networks from
# a space, read an error distribution with its uncertainty, and write down a RegNet of
# any depth from six numbers.
#
# **Time**: 60 minutes; the cells run in about two. **Before**: [Lesson
# 2](02_residual.ipynb). **Prepares**: exercises `deeper_regnet`, `de_resnext`,
# `vionet`, `perfect_mlp`.

# %%
import dataclasses
import warnings

warnings.filterwarnings("ignore")  # MXNet and its friends warn about their own age

import numpy

import gluon_nets as gn
from gluon_nets import plot
from gluon_nets.specs import find
from gluon_nets.study.assumptions import measure_assumptions
from gluon_nets.study.compare import compare
from gluon_nets.study.figures import (
    plot_edfs,
    plot_numbers,
    words_of_edfs,
    words_of_numbers,
)
from gluon_nets.study.named import get_space, published_size
from gluon_nets.study.population import read_population
from gluon_nets.study.sampling import sample
from gluon_nets.study.statistics import band_width, bootstrap, rank_correlation

# %% [markdown]
# ## A template: AnyNet
#
# A *stem* halves the image, *stages* of equal blocks halve it further, a *head*
# averages and classifies. Stem and head stay as they are: what is designed are the
# stages. From left to right, the network, its stages, and the inside of a block:

# %%
arch = find("regnetx32").spec
plot.template(arch, image_size=96, in_channels=1, num_classes=10)

# %% [markdown]
# A stage of X blocks is four numbers: its depth d (blocks), its width w (channels), its
# group width g, and its bottleneck b (the inner width is w/b).
#
# **Predict**: how many numbers has a network of four stages? And if all stages share b
# and g?
#
# <details><summary>Think first, then open</summary>
#
# Four for each of the four stages; with b and g shared, two for each and two for all.
#
# </details>

# %%
numbers = 4 * len(["d", "w", "g", "b"])
shared = 4 * len(["d", "w"]) + len(["g", "b"])
numbers, shared, f"{numbers - shared} fewer"

# %% [markdown]
# (With the stem's width as one more, a text may count 17 where this one counts 16.)
#
# ## Spaces
#
# *AnyNetX A* lets all of them free. These are the values that a number may have, in
# each of the four stages:

# %%
for name, law in get_space("AnyNetX_A", "paper").laws.items():
    values = [*map(int, law.values)]
    shown = [*values[:3], "...", values[-1]] if len(values) > 6 else values
    print(f"{name}: {len(values)} values,", *shown)

# %% [markdown]
# Each further space keeps a part of the last:
#
# | | what it adds |
# | --- | --- |
# | B | all stages have the same bottleneck |
# | C | and the same group width |
# | D | and widths never fall from stage to stage |
# | E | and depths never fall either |
#
# **Predict**: by which factor does each step make the space smaller?
#
# <details><summary>Think first, then open</summary>
#
# B: three of four stages lose their choice of three bottlenecks, 3³. C: likewise of six
# group widths, 6³. D and E: of four numbers in any order one order is kept, of 4! = 24.
# So the paper counts, as if no two were equal. But neighbours may be equal, and equal
# numbers have fewer orders of which one is kept: exactly it is a little less.
#
# </details>

# %%
names = [f"AnyNetX_{letter}" for letter in "ABCDE"]
print("          as published    exactly")
before = None
for name in names:
    sizes = published_size(name), get_space(name, "paper").size()
    line = f"{name:<10}"
    for size, last in zip(sizes, before or sizes):
        part = f"1/{last / size:.0f}" if before else ""
        line += f"{size:9.1e} {part:<6}"
    print(line.rstrip())
    before = sizes
print(f"{'RegNetX':<10}{published_size('RegNetX'):9.1e}")

# %% [markdown]
# (RegNetX, with which the lesson ends, is no part of E: its depths may fall.) A small
# space is worth nothing in itself. The question is whether what was thrown away was
# worse than what was kept.
#
# ## Drawing networks
#
# For a laptop: images of 28 pixels, smaller numbers, and only networks of about the
# same work, so that none is better just because it is larger. A network is printed as
# its stem with its width, then each stage as d×w, g, b and the stride. The first stage
# here has stride 1: so small an image cannot be halved five times.

# %%
small = get_space("AnyNetX_A")
print("multiply-adds:", *[f"{flops / 1e6:.1f} million" for flops in small.bands.flops])
drawn = sample(small, 5, seed=0)
for row in range(len(drawn)):
    print(drawn.arch(row))

# %% [markdown]
# The widths of four of them, block by block. The axis is logarithmic. The dashed line
# is the one of RegNet's rule, to which we come, that is nearest to the network; on such
# an axis a line is bent. *Distance* is how far the widths are from that rule's, on the
# mean over the blocks: 0.1 is about a tenth of the width.

# %%
plot.widths(*[drawn.arch(row) for row in range(4)])

# %% [markdown]
# These zigzag. Here are draws of E: **which of the two families looks as if somebody
# had designed it?**

# %%
rising = sample(get_space("AnyNetX_E"), 4, seed=0)
plot.widths(*[rising.arch(row) for row in range(4)])

# %% [markdown]
# ## Trained, all of them
#
# The networks of six such samples were trained, each by the same short recipe, for
# hours in all; the results are part of this package. A network's error is that on
# images held out of the training set. It goes by chance, too: the first network of A
# was trained again and again, with other weights to begin with and another order.

# %%
studies = {name: read_population(name) for name in [*names, "RegNetX"]}
space_a = studies["AnyNetX_A"]
training = space_a.training
print(f"{len(space_a)} networks of AnyNetX_A", end="; each with ")
print(f"{training['images']:,} images, {training['epochs']} epochs")
print(f"errors from {space_a.errors.min():.1%} to {space_a.errors.max():.1%}")
runs = sum(map(len, space_a.repeats))
print(f"the first one, {runs} times: ± {space_a.floor:.1%}")

# %% [markdown]
# The *empirical distribution function* F̂(e) is the share of networks with an error of
# at most e. A curve further left is a better space.
#
# The coloured band, up and down, holds the true curve of the space in 95 of 100
# samples. The grey one, to the sides, is twice the ± above: what a single network's
# error may be off. **Predict**: how many networks would halve the width of the coloured
# band?
#
# <details><summary>Think first, then open</summary>
#
# Four times as many.
#
# </details>


# %%
def edfs(*names: str) -> plot.Picture:
    chosen = [studies[name] for name in names]
    return plot.Picture(lambda theme: plot_edfs(chosen), words_of_edfs(chosen))


edfs("AnyNetX_A")

# %%
for n in (25, 50, 100, 200, 500):
    print(f"{n:>4} networks: ± {band_width(n):.2f}")

# %% [markdown]
# Four times as many: the width falls with the root of their number. With the dozens
# that a laptop trains, only large differences can be seen, and that should be said.
#
# ## A to E, one by one
#
# **Step B**: the same bottleneck in all stages. The paper, with 500 networks a space,
# found nothing lost. **Predict** what a few dozen can say.
#
# <details><summary>Think first, then open</summary>
#
# That a large loss is excluded; small ones would not be seen.
#
# </details>


# %%
def verdict(first: str, second: str) -> None:
    print(compare([studies[first], studies[second]]).pairs[0].sentence)


verdict("AnyNetX_A", "AnyNetX_B")
edfs("AnyNetX_A", "AnyNetX_B")

# %% [markdown]
# "Cannot be told apart" is not "the same". It says that a difference, if there is one,
# is too small for this sample. How large must it be? Here is A beside itself, with all
# errors made worse:

# %%
for points in (0.5, 1, 1.5, 2):
    worse = dataclasses.replace(
        space_a, name=f"A + {points} points", errors=space_a.errors + points / 100
    )
    (found,) = compare([space_a, worse]).pairs
    print(f"{points} points worse: p = {found.p:.4f}")

# %% [markdown]
# Half a point, for which one would gladly choose a space, is not seen with 32 networks
# each.
#
# **Step C**: the same group width, too.

# %%
verdict("AnyNetX_B", "AnyNetX_C")
edfs("AnyNetX_B", "AnyNetX_C")

# %% [markdown]
# **Step D**: widths never fall. What did the best of A look like, and the worst?

# %%
order = numpy.argsort(space_a.errors)
best, worst = order[:2], order[-2:]
plot.widths(
    *[space_a.archs[row] for row in [*best, *worst]],
    titles=[f"best: {space_a.errors[row]:.1%}" for row in best]
    + [f"worst: {space_a.errors[row]:.1%}" for row in worst],
)

# %%
verdict("AnyNetX_C", "AnyNetX_D")
edfs("AnyNetX_C", "AnyNetX_D")

# %% [markdown]
# **Step E**: depths never fall.

# %%
verdict("AnyNetX_D", "AnyNetX_E")
edfs("AnyNetX_D", "AnyNetX_E")

# %% [markdown]
# And the whole way, from A to E:

# %%
verdict("AnyNetX_A", "AnyNetX_E")
edfs("AnyNetX_A", "AnyNetX_E")

# %% [markdown]
# One step of four is seen, C to D: widths that never fall. The three others are neither
# shown to help nor to cost nothing. And the whole way, which has that step in it,
# cannot be told apart: A and E have 32 and 33 networks, C and D 50 each.

# %%
print({name: len(study) for name, study in studies.items()})

# %% [markdown]
# ## Lines
#
# What do the widths of the best networks of E look like?

# %%
space_e = studies["AnyNetX_E"]
order = numpy.argsort(space_e.errors)[:4]
plot.widths(
    *[space_e.archs[row] for row in order],
    titles=[f"error {space_e.errors[row]:.1%}" for row in order],
)

# %% [markdown]
# They come near to the dashed lines, w0 + wa·j for block j: compare their distances
# with those of A's worst. But a stage has one width, so the line is quantized: each
# block takes the nearest of w0, w0·wm, w0·wm², … on a logarithmic scale, rounded to a
# multiple of 8. Blocks with equal widths are a stage.

# %%
from gluon_nets.quantized import quantized_widths

quantized_widths(w0=32, wa=5, wm=2.5, depth=10)

# %% [markdown]
# Move the four numbers. (The cell after the next draws the same without sliders, for
# the values above.) **Find** values that give four stages, and values that give one.

# %% tags=["nbval-ignore-output"]
from ipywidgets import FloatSlider, IntSlider, interact


@interact(
    w0=IntSlider(32, 8, 96, 8, continuous_update=False),
    wa=FloatSlider(value=5, min=0, max=40, step=0.5, continuous_update=False),
    wm=FloatSlider(value=2.5, min=1.1, max=4, step=0.1, continuous_update=False),
    depth=IntSlider(10, 2, 30, continuous_update=False),
)
def rule(w0, wa, wm, depth):
    arch = gn.regnet_arch(w0, wa, wm, depth, group_width=8)
    return plot.widths(arch, titles=[f"{len(arch.stages)} stages"])


# %%
rule(w0=32, wa=5, wm=2.5, depth=10)

# %% [markdown]
# Four numbers, a group width and a bottleneck: that is *RegNet*. The network of ten
# blocks above is the chapter's, found by its default numbers.

# %%
arch = gn.regnet_arch(w0=32, wa=5, wm=2.5, depth=10, group_width=16)
assert arch == find("regnetx32").spec
print(arch)
print(1 + 3 * arch.depth + 1, "layers with weights on the way from image to class")

# %%
verdict("AnyNetX_E", "RegNetX")
edfs("AnyNetX_A", "AnyNetX_E", "RegNetX")

# %% [markdown]
# **Predict**: these were six p-values. If all the spaces were the same, how likely is
# it that at least one of them is below 0.05?
#
# <details><summary>Think first, then open</summary>
#
# Each is above it with probability 0.95, all six (if they were independent) with 0.95⁶:
# about one study in four would find something where there is nothing.
#
# </details>

# %%
print(f"{1 - 0.95**6:.0%}")

# %% [markdown]
# So ask more of each: p below 0.05/6 stands, what is between is a hint, to be tested
# with fresh networks.

# %%
pairs = [*zip(list(studies), list(studies)[1:]), ("AnyNetX_A", "AnyNetX_E")]
for first, second in pairs:
    (found,) = compare([studies[first], studies[second]]).pairs
    word = "stands" if found.p < 0.05 / 6 else "hint" if found.p < 0.05 else "-"
    print(f"{first:<10}{second:<10} p = {found.p:.4f}  {word}")

# %% [markdown]
# C to D stands. Is it the widths? Which networks have which b is chance, too, and
# RegNetX has b = 1 alone. Mean errors, and how many networks, for each b:

# %%
for name in ("AnyNetX_C", "AnyNetX_D", "AnyNetX_E", "RegNetX"):
    study = studies[name]
    ratios = numpy.array([arch.stages[0].bottleneck for arch in study.archs])
    parts = [study.errors[ratios == ratio] for ratio in (1, 2, 4)]
    means = [f"{part.mean():7.2%} of {len(part):2}" for part in parts if len(part)]
    print(f"{name:<10}", *means)

# %% [markdown]
# With b = 1 the means of C and D are the same, and so are E's and RegNetX's. Most of
# D's gain is in b = 4, where the networks are few. A p-value that stands tells that two
# samples differ; why they do is another question.
#
# So this is what the data support, beside what the paper found with 500 networks a
# space on ImageNet:
#
# | the paper | here |
# | --- | --- |
# | one bottleneck (B) costs nothing | not contradicted; half a point would be missed |
# | one group width (C) costs nothing | likewise |
# | rising widths help (D) | a hint: a difference stands, but not for b = 1 |
# | rising depths help (E) | not seen, which does not say that they do not help |
# | RegNetX is no worse than E | not contradicted; nor better than E with b = 1 |

# %%
for name, study in studies.items():
    print(f"{name:<10} mean error {bootstrap(study.errors, numpy.mean, seed=0)}")
assert min(studies, key=lambda name: studies[name].errors.mean()) == "RegNetX"

# %% [markdown]
# ## Training RegNetX32

# %%
net = gn.get_net("regnetx32", num_classes=10, in_channels=1, seed=0)
gn.summary(net, (1, 1, 32, 32))

# %% tags=["nbval-ignore-output"]
data = gn.FashionMNIST(batch_size=64, resize=32, subset="sample")
trainer = gn.Trainer(
    3, lr=0.1, momentum=0.9, schedule="cosine", warmup_epochs=0.3, progress=False
)
history = trainer.fit(net, data)
plot.curves(history)

# %%
assert history.test["accuracy"] > 0.75, history.test
print("more than 75 % of the test images are right, after three short epochs")

# %% [markdown]
# ## RegNetY
#
# The same with *squeeze-and-excitation*: the average of each map, through two small
# dense layers, tells by how much each map is to be scaled. **Predict**: what does that
# cost in parameters, and what in multiply-adds?
#
# <details><summary>Think first, then open</summary>
#
# Parameters, noticeably; multiply-adds, next to none: the dense layers run once for an
# image, not at each place.
#
# </details>

# %%
plot.block(find("regnety_400mf").spec, stage=2, number=2, image_size=224)

# %%
for name in ("regnetx_400mf", "regnety_400mf"):
    print(name, gn.complexity(name))
plain = find("regnety_400mf").spec
stages = tuple(dataclasses.replace(stage, se_ratio=0.0) for stage in plain.stages)
without = dataclasses.replace(plain, stages=stages)
more, less = gn.complexity(plain), gn.complexity(without)
print(
    f"excitation: {more.params / less.params - 1:.0%} more parameters, "
    f"{more.flops / less.flops - 1:.1%} more flops"
)

# %% [markdown]
# ## What it all rests on
#
# A study of small, briefly trained networks assumes that
#
# 1. a good space has many good networks, so that a sample tells it;
# 2. networks that are better early are better late;
# 3. small networks rank as large ones do;
# 4. what single numbers do can be told apart from each other.
#
# All four are measured here: the second by some of the same networks on five times as
# many images, the third by some of them with twice the widths, which takes up to four
# times the flops.

# %%
found = measure_assumptions(
    space_a,
    longer=read_population("pilot-50000x3"),
    larger=read_population("pilot-wide"),
)
for sentence in found.sentences():
    print("-", sentence)

# %% [markdown]
# Read them one by one.
#
# 1. Holds: one network in four is nearly as good as the best, so a sample finds some.
# 2. and 3. Better than chance, for both intervals lie above 0. How much better is open:
#    the intervals are wide, the networks few, and "large" is four times the flops at
#    most.
# 4. Not shown. One by one, the numbers foretell a part of the errors. That products add
#    nothing says little: there are more of them than networks.
#
# Each panel below shows the errors of all networks of A against one number; the band is
# where the best of a random quarter is likely to be found.

# %%
plot.Picture(lambda theme: plot_numbers(space_a), words_of_numbers(space_a))

# %% [markdown]
# **Predict**: for which of these numbers does the rank correlation with the error have
# an interval of 95 % without 0?
#
# <details><summary>Think first, then open</summary>
#
# Where the points rise or fall, and the band leaves out a good part of the axis: width,
# parameters, activations. Of b the band is nearly the whole axis, and says nothing.
#
# </details>

# %%
for name, values in space_a.numbers().items():
    found = rank_correlation(values, space_a.errors, seed=0)
    known = "" if found.low < 0 < found.high else "  without 0"
    print(
        f"{name:<12}{found.value:5.2f} ({found.low:5.2f} to {found.high:5.2f}){known}"
    )

# %% [markdown]
# The line at b = 3 is thus no advice to take it. Ask the spaces in which all stages of
# a network share their b:

# %%
shared = [studies[name] for name in names[1:]]
errors = numpy.concatenate([study.errors for study in shared])
ratios = numpy.array([a.stages[0].bottleneck for study in shared for a in study.archs])
for ratio in (1, 2, 4):
    chosen = errors[ratios == ratio]
    print(
        f"b = {ratio}: {len(chosen)} networks, {bootstrap(chosen, numpy.mean, seed=0)}"
    )

# %% [markdown]
# 4 is worse than 1, as in the paper; 1 and 2 are alike, and RegNet takes 1.

# %% [markdown]
# ## What came after
#
# RegNets were soon compared with networks that do not convolve at all. Transformers cut
# the image into patches and let each attend to all others; with enough data they won.
# Then a convolutional network, ConvNeXt, was redesigned step by step with their recipe
# and their macro-design (large kernels, depthwise groups, fewer activations), and was
# level again. What stayed is the method: change a space, compare distributions, keep
# what holds.
#
# ## Try
#
# - Draw 50 networks of E and of A, and compare their activations: is there a price?
# - `gluon-nets study new AnyNetX_E > e.toml` writes a study: change its bands to 2
#   million multiply-adds and run it over lunch. Is E still where it was?
# - Which of the sentences above would you still write if there were 20 networks each?
#
# **Exercises**: [deeper_regnet](../exercises/deeper_regnet.ipynb), four stages at the
# same flops; [de_resnext](../exercises/de_resnext.ipynb), the same network of ResNet's
# blocks; [vionet](../exercises/vionet.ipynb), networks that break one principle each;
# [perfect_mlp](../exercises/perfect_mlp.ipynb), a design space of dense layers.
#
# **Next**: [Lesson 4](04_hybridize.ipynb): what makes these networks fast.
#
# **Sources**: I. Radosavovic et al., *On network design spaces for visual recognition*,
# 2019, and *Designing network design spaces*, 2020. A. Zhang et al., *Dive into Deep
# Learning*, chapter "Designing convolution network architectures". J. Hu et al.,
# *Squeeze-and-excitation networks*, 2018. A. Dosovitskiy et al., *An image is worth
# 16×16 words*, 2021. Z. Liu et al., *A ConvNet for the 2020s*, 2022.
