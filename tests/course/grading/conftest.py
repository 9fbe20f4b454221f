"""A small exercise, whole: numbers, a text and a network."""

from __future__ import annotations

import pytest

pytest.importorskip("jupytext")

from course.grading.rubric import load_exercise  # noqa: E402

RUBRIC = """\
title = "Costs"
minutes = 5

[answers.net]
kind = "network"
image = [1, 28, 28]

[answers.params]
kind = "number"

[answers.table]
kind = "data"

[answers.best]
kind = "text"

[answers.double]
kind = "data"
calls = [[2], [3]]

[[rows]]
name = "ungrouped"
part = "net"
points = 2
about = "No convolution is grouped"
check = "ungrouped"
answer = "net"

[[rows]]
name = "params"
part = "net"
points = 1
about = "The parameters are counted"
check = "own_cost"
answer = "params"
network = "net"
what = "params"

[[rows]]
name = "good"
part = "net"
points = 3
about = "It learns"
check = "trained"
answer = "net"
most = 0.5
epochs = 1

[[rows]]
name = "best"
part = "best"
points = 1
about = "The best is named"
check = "concludes"
answer = "best"
other = "table"

[[rows]]
name = "double"
part = "double"
points = 1
about = "Three doubled is six"
check = "number"
answer = "double.1"
value = 6

[[essays]]
name = "why"
points = 4
about = "Why"
"""
SOURCE = """\
# %% [markdown]
# # Costs

# %%
from mxnet import npx
from mxnet.gluon import nn

from course import check

npx.set_np()

# %% tags=["solution"]
net = None
params = None
### BEGIN SOLUTION
net = nn.HybridSequential()
net.add(nn.Conv2D(8, 3, padding=1, activation="relu"), nn.MaxPool2D(4))
net.add(nn.Conv2D(16, 3, padding=1, activation="relu"), nn.GlobalAvgPool2D())
net.add(nn.Dense(10))
params = 8 * 10 + 16 * 73 + 10 * 17
### END SOLUTION

# %% tags=["check:net"]
check("costs", net=net, params=params)

# %% tags=["solution"]
table = {"a": 0.1, "b": 0.3}
best = None
### BEGIN SOLUTION
best = "b"
### END SOLUTION


def double(x):
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION


# %% tags=["check:best"]
check("costs", best=best, table=table)

# %% tags=["check:double"]
check("costs", double=double)

# %% [markdown] tags=["essay:why"]
# Why?
"""
VARIANTS = """\
# %% [right] the table the other way round
table = {"b": 3, "a": 1}

# %% [loses ungrouped, params] two groups
net = nn.HybridSequential()
net.add(nn.Conv2D(8, 3), nn.Conv2D(8, 3, groups=2), nn.Flatten(), nn.Dense(10))

# %% [loses double] tripled
def double(x):
    return 3 * x

# %% [loses best] the other one
best = "a"
"""


@pytest.fixture
def folder(tmp_path):
    """The exercise's folder."""
    path = tmp_path / "costs"
    path.mkdir()
    (path / "rubric.toml").write_text(RUBRIC)
    (path / "exercise.py").write_text(SOURCE)
    (path / "variants.py").write_text(VARIANTS)
    return path


@pytest.fixture
def exercise(folder):
    return load_exercise(folder)
