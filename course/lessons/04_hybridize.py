# %% [markdown]
# # Lesson 4: Hybridize
#
# Gluon runs a network line by line, as Python does, until one call makes a graph of it.
# The graph can be optimized, saved and run without Python.
#
# **Afterwards you can** tell what a hybridized network is, measure what it gains, see
# what breaks it, and take a network out of Python.
#
# **Time**: 30 minutes; the cells run in one. **Before**: [Lesson 2](02_residual.ipynb).
# **Prepares**: exercises `resnet_family` and `de_resnext`, in which you write blocks.

# %%
import tempfile
import time
import warnings
from pathlib import Path

warnings.filterwarnings("ignore")  # MXNet and its friends warn about their own age

from mxnet import np, npx
from mxnet.gluon import HybridBlock, SymbolBlock, nn

import gluon_nets as gn
from gluon_nets import plot

npx.set_np()

# %% [markdown]
# ## Two ways to run the same code
#
# A `HybridBlock` describes its computation in `hybrid_forward(self, F, x)`. `F` is
# either the module for arrays, then each line computes at once; or the one for symbols,
# then each line only adds a node to a graph. The block below tells which one it was
# given.


# %%
class Noisy(HybridBlock):
    def __init__(self):
        super().__init__()
        self.dense = nn.Dense(4, in_units=3)

    def hybrid_forward(self, F, x):
        print("  hybrid_forward sees a", type(x).__name__)
        return F.npx.relu(self.dense(x))


net = Noisy()
net.initialize()
x = np.ones((2, 3))
print("as it is:")
net(x), net(x)
net.hybridize()
print("hybridized:")
net(x), net(x), net(x)
print("that was all")

# %% [markdown]
# **Predict** before you run it again with `net.hybridize(False)`: how many lines?
#
# <details><summary>Think first, then open</summary>
#
# One for each call: without a graph Python runs every time.
#
# </details>
#
# Hybridized, Python runs `hybrid_forward` once, with a symbol, which is traced. All
# later calls go through the graph alone. Here is that of a residual block, drawn from
# the graph.

# %%
arch = gn.Arch(16, (gn.Stage(2, 32, group_width=8, se_ratio=0.25),))
plot.block(arch, stage=1, number=1)

# %% [markdown]
# ## What it gains
#
# Less Python for each call, and memory that is laid out in advance. Which matters most
# where layers are small and many. **Predict**: will one image or a batch of 64 gain
# more?
#
# <details><summary>Think first, then open</summary>
#
# One image: the time for Python is the same for any batch, and a larger share of a
# short call. See whether your machine agrees.
#
# </details>
#
# The first GPU that can be used computes, or else the CPU.


# %% tags=["nbval-ignore-output"]
def milliseconds(net, x, calls: int = 30) -> float:
    """Median time of a call."""
    times = []
    for _ in range(calls):
        begin = time.perf_counter()
        net(x).wait_to_read()
        times.append(1000 * (time.perf_counter() - begin))
    return sorted(times)[calls // 2]


device = gn.resolve_devices("auto")[0]
gains = {}
for batch in (1, 64):
    images = np.random.normal(size=(batch, 1, 32, 32), ctx=device)
    net = gn.get_net("regnetx32", seed=0)
    net.collect_params().reset_ctx(device)
    net.hybridize(False)
    plain = milliseconds(net, images)
    net.hybridize(static_alloc=True, static_shape=True)
    net(images)  # the graph is made in the first call
    graph = milliseconds(net, images)
    gains[batch] = plain / graph
    print(f"{batch:>3} images: {plain:6.1f} ms → {graph:6.1f} ms, {gains[batch]:.1f}×")

# %%
assert gains[1] > 1.1, gains
print("a single image is faster through the graph")

# %% [markdown]
# ## What breaks it
#
# **1. Python that asks for values.** A symbol has none: `if x.sum() > 0` cannot be
# answered while the graph is made.


# %%
class Asks(HybridBlock):
    def hybrid_forward(self, F, x):
        return x if x.sum() > 0 else -x


net = Asks()
print("as it is:", net(x).shape)
net.hybridize()
try:
    net(x)
except Exception as error:
    print("hybridized:", type(error).__name__)

# %% [markdown]
# **2. Overriding `forward`.** Nothing is wrong at first sight: `hybridize()` says
# nothing, results are right. But `forward` *is* what calls the graph: with another one
# there is no graph, and Python runs every time.


# %%
class Overrides(HybridBlock):
    calls = 0

    def forward(self, x):
        Overrides.calls += 1
        return npx.relu(x)


net = Overrides()
net.hybridize()
for _ in range(5):
    net(x)
print("Python ran", Overrides.calls, "times")

# %% [markdown]
# **3. Plain blocks inside.** `nn.Sequential` and `nn.Block` have no graph, so that what
# contains them cannot have one. `nn.HybridSequential` fits.

# %%
outer = nn.HybridSequential()
try:
    outer.add(nn.Sequential())
except Exception as error:
    print(f"{type(error).__name__}: {str(error).split(',')[0]}")

# %% [markdown]
# **4. Results that are kept.** What `hybrid_forward` puts into `self` is a symbol after
# tracing, and is not computed anew. **Predict**: what does its counter, in Python, say
# after five calls?
#
# <details><summary>Think first, then open</summary>
#
# One: Python ran once, to make the graph.
#
# </details>


# %%
class Keeps(HybridBlock):
    calls, kept = 0, None

    def hybrid_forward(self, F, x):
        self.calls += 1
        self.kept = x * 2
        return self.kept + 1


net = Keeps()
net.hybridize()
for _ in range(5):
    net(x)
print("calls counted:", net.calls, "kept: a", type(net.kept).__name__)

# %% [markdown]
# ## Out of Python
#
# A graph and its parameters are two files. They need none of the classes that made
# them: here `SymbolBlock`, MXNet's own, runs them.

# %%
net = gn.get_net("regnetx32", in_channels=1, seed=0)
net.collect_params().reset_ctx(device)
images = np.random.normal(size=(2, 1, 32, 32), ctx=device)
expected = net(images)
folder = Path(tempfile.mkdtemp()) / "export"
names = gn.FashionMNIST.class_names
gn.export_net(net, folder, "symbol", input_shape=(1, 32, 32), class_names=names)
files = sorted(path.name for path in folder.iterdir())
print(files)

# %%
symbol = next(folder.glob("*symbol.json"))
parameters = next(folder.glob("*.params"))
loaded = SymbolBlock.imports(str(symbol), ["data"], str(parameters), ctx=device)
same = abs(loaded(images) - expected).max() < 1e-4
print("the same outputs:", bool(same))

# %% [markdown]
# `gluon-nets export` does it from a checkpoint, also to ONNX, and in 8-bit numbers.
#
# ## On a GPU
#
# Networks and batches are put where `resolve_devices` says, as above: nothing else
# changes in the code. `Trainer` does so by itself. Without a GPU it is the CPU.

# %% tags=["nbval-ignore-output"]
print("usable GPUs:", gn.usable_gpus())
print("device='auto' is", gn.resolve_devices("auto"))

# %% [markdown]
# ## Try
#
# - Give `Asks` a form that can be hybridized: `F.np.where` chooses without asking.
# - Time `milliseconds` after `net.hybridize()` alone: which part of the gain was
#   memory?
# - Let `Noisy` print `x.shape`: what does a symbol say to that, and why?
#
# **Exercises**: [resnet_family](../exercises/resnet_family.ipynb) and
# [de_resnext](../exercises/de_resnext.ipynb), with blocks of your own: write them as
# `HybridBlock`s.
#
# **Next**: [Lesson 5](05_erratum.ipynb), a mistake that no shape shows.
#
# **Sources**: A. Zhang et al., *Dive into Deep Learning*, chapter "Compilers and
# interpreters". Apache MXNet 1.9.1, documentation of `HybridBlock`.
