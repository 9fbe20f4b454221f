"""Ways through a network, branches that meet, ReLUs on the way."""

from __future__ import annotations

import pytest
from mxnet import np, npx
from mxnet.gluon import nn

from course.grading.answers import Network
from course.grading.checks import CHECKS
from course.grading.extract import graph_text
from course.grading.findings import Miss
from course.grading.graph import read_graph

npx.set_np()
IMAGE = (4, 8, 8)


class Given:
    """One network, or several."""

    def __init__(self, found):
        several = isinstance(found, dict)
        nets = found if several else {"net": found}
        self.found = {
            name: Network(name, read_graph(graph_text(net, IMAGE), IMAGE))
            for name, net in nets.items()
        }
        self.several = several

    def network(self, place):
        return self.found if self.several else self.found[place]

    def networks(self, place):
        return self.found


def said(check, net, **options) -> str:
    """The sentence of a check; '' where it holds."""
    try:
        CHECKS[check](Given(net), "net", **options)
    except Miss as miss:
        return str(miss)
    return ""


def layers(*found):
    net = nn.HybridSequential()
    net.add(*found)
    return net


def conv(channels=4, kernel=3, **options):
    return nn.Conv2D(channels, kernel, padding=kernel // 2, **options)


class Two(nn.Block):
    """Two branches, joined as told; what is before and behind them."""

    def __init__(self, join, first, second, before=None, behind=None):
        super().__init__()
        self.join, self.first, self.second = join, first, second
        self.before, self.behind = before, behind

    def forward(self, x):
        x = x if self.before is None else self.before(x)
        first = x if self.first is None else self.first(x)
        y = self.join(first, self.second(x))
        return y if self.behind is None else self.behind(y)


def add(x, y):
    return x + y


def concat(x, y):
    return np.concatenate([x, y], axis=1)


@pytest.mark.parametrize(
    "net, found",
    [
        (layers(conv(6), nn.BatchNorm(), nn.Activation("relu")), "3x3 6"),
        (layers(conv(8, 5, strides=2, groups=2)), "5x5/2 8 g2"),
        (layers(nn.MaxPool2D(), nn.GlobalAvgPool2D()), "max pool 2x2/2, global mean"),
        (layers(nn.AvgPool2D(3, 1), nn.Dense(3)), "mean pool 3x3, dense 3"),
        (layers(nn.Activation("relu"), nn.Flatten()), "identity"),
        (layers(conv(), nn.Activation("sigmoid")), "3x3 4, sigmoid"),
        (layers(nn.Conv2D(4, 3, dilation=2, padding=2)), "3x3 dilated 2 4"),
        (layers(nn.Conv2D(4, 5, padding=1)), "5x5 padding 1 4"),
        (layers(nn.Conv2D(4, 3, padding=(1, 0))), "3x3 padding 1x0 4"),
    ],
)
def test_a_chain_in_words(net, found):
    assert said("chain", net, fits=[found, "other"]) == ""
    assert f"a chain of {found}: other fits" in said("chain", net, fits=["other"])


def test_branches_are_found_in_any_order():
    net = Two(add, None, layers(conv(), nn.Activation("relu"), conv(4, 1)))
    paths = ["3x3 4, 1x1 4", "identity"]
    assert said("branches", net, merge="add", paths=paths) == ""
    assert said("branches", net, merge="add", paths=paths[::-1]) == ""
    sentence = said("branches", net, merge="add", paths=["1x1 4", "identity"])
    assert sentence.endswith("sum are 3x3 4, 1x1 4; identity: 1x1 4; identity fit")


def test_what_is_before_and_behind_counts_where_it_is_asked_for():
    net = Two(concat, conv(1, 1), conv(2), before=conv(3), behind=layers(conv(5, 1)))
    paths = ["1x1 1", "3x3 2"]
    options = {"paths": paths, "before": "3x3 3", "behind": "1x1 5"}
    assert said("branches", net, **options) == said("branches", net, paths=paths) == ""
    sentence = said("branches", net, **{**options, "behind": "identity"})
    assert "behind the concatenation, is a chain of 1x1 5" in sentence
    sentence = said("branches", net, **{**options, "before": "identity"})
    assert "before the branches, is a chain of 3x3 3: identity" in sentence


def test_sums_of_sums_and_concatenations_of_concatenations_are_one():
    for join, merge in ((add, "add"), (concat, "concat")):
        inner = Two(join, None, conv(4, 1))
        net = Two(join, inner, conv(4))
        paths = ["identity", "1x1 4", "3x3 4"]
        assert said("branches", net, merge=merge, paths=paths) == ""


def test_networks_without_such_branches():
    paths = ["identity", "3x3 4"]
    assert "no concatenation of branches" in said("branches", conv(), paths=paths)
    summed = Two(add, None, conv())
    assert "no concatenation" in said("branches", summed, paths=paths)
    nested = Two(concat, Two(add, None, conv()), conv())
    assert "do not begin at one place" in said("branches", nested, paths=paths)


class Doubled(nn.Block):
    """y + y of y + y, and so on; or sums, each of the last one and something else."""

    def __init__(self, times, add_itself=True):
        super().__init__()
        self.times, self.add_itself = times, add_itself

    def forward(self, x):
        y = np.tanh(x)
        for number in range(self.times):
            y = y + (y if self.add_itself else x * (number + 2))
        return y


def test_a_sum_of_itself_is_no_sum_of_all_its_terms():
    """Two to the power of sixty: they cannot be counted."""
    sentence = said("branches", Doubled(60), merge="add", paths=["identity"])
    assert "the branches before the sum are identity; identity: " in sentence


def test_sums_of_any_number_of_sums_are_read():
    net = Doubled(1500, add_itself=False)
    sentence = said("branches", net, merge="add", paths=["identity"])
    assert "the branches before the sum are 1501: identity fit" in sentence


@pytest.mark.parametrize(
    "net, found",
    [
        (layers(conv(activation="relu"), nn.MaxPool2D()), ""),
        (layers(conv(), nn.BatchNorm(), nn.LeakyReLU(0.1), conv(2)), "the output"),
        (layers(conv(), nn.BatchNorm(), conv(2, 1)), "3x3 4 and 1x1 2"),
        (layers(conv(), nn.GlobalAvgPool2D(), nn.Dense(5)), "3x3 4 and dense 5"),
        (Two(add, None, conv(), behind=nn.Activation("relu")), ""),
        (Two(add, None, conv()), "the output"),
        (Two(concat, conv(2), conv(activation="relu")), "3x3 2 and the output"),
        (nn.Dense(5), "no layer of the kind convolution"),
    ],
)
def test_activated(net, found):
    sentence = said("activated", net)
    assert found in sentence and bool(found) == bool(sentence)


def test_activated_looks_at_each_of_several():
    nets = {"good": conv(activation="relu"), "bad": conv()}
    assert said("activated", nets).startswith("bad: no ReLU")
    assert said("activated", {"good": nets["good"]}) == ""


def test_norms_stand_behind_convolutions_and_may_on_a_shortcut():
    normed = layers(conv(), nn.BatchNorm())
    assert not said("normed", Two(add, normed, conv(4, 1)))
    bare = Two(add, layers(conv(), nn.BatchNorm(), conv()), conv(4, 1))
    assert said("normed", bare) == "net: no BatchNorm behind the convolution 3x3 4"
    assert "1x1 4" in said("normed", Two(concat, normed, conv(4, 1)))
    assert "no layer of the kind convolution" in said("normed", nn.Dense(3))
