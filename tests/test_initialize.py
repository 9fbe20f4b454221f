"""Xavier's law, as a function of the seed and of the place in the network alone."""

from __future__ import annotations

import functools
import random

import mxnet as mx
import numpy as onp
import pytest
from mxnet import np, npx
from mxnet.gluon import nn

import gluon_nets as gn
from gluon_nets.initialize import SeededXavier, initialize

npx.set_np()

# layer, its inputs, and (fan in) + (fan out)
LAYERS = {
    "dense": (lambda: nn.Dense(300), (1, 200), 200 + 300),
    "conv": (lambda: nn.Conv2D(64, 5), (1, 32, 8, 8), (32 + 64) * 25),
    "grouped conv": (lambda: nn.Conv2D(96, 5, groups=3), (1, 96, 8, 8), (32 + 96) * 25),
}
each_layer = pytest.mark.parametrize(
    "make, shape, fans", list(LAYERS.values()), ids=list(LAYERS)
)


def values(net):
    """All parameters by their place in the network."""
    parameters = net._collect_params_with_prefix().items()
    return {key: p.data(p.list_ctx()[0]).asnumpy() for key, p in parameters}


def built(shape=(1, 1, 32, 32), seed=0, before_the_batch=lambda net: None, **options):
    """A small network after its first batch."""
    net = gn.get_net("regnetx32", seed=seed, **options)
    before_the_batch(net)
    net(np.zeros(shape)).wait_to_read()
    return net


@functools.lru_cache(maxsize=None)
def expected_values():
    """The parameters of the network that nothing unusual happened to."""
    return values(built())


def assert_equal(found, expected):
    assert list(found) == list(expected)
    for key, value in expected.items():
        onp.testing.assert_array_equal(found[key], value, err_msg=key)


def weight_of(layer, shape, rule=None, seed=0):
    """A layer's weight, drawn by `initialize` or by a rule of MXNet."""
    if rule is None:
        initialize(layer, seed)
    else:
        layer.initialize(rule)
    layer(np.zeros(shape))
    mx.nd.waitall()  # inference brings a weight into oneDNN's layout behind a reader
    return layer.weight.data().asnumpy().ravel().astype("float64")


def distance(a, b):
    """The largest difference of two empirical distribution functions."""
    points = onp.sort(onp.concatenate([a, b]))
    counts = (onp.searchsorted(onp.sort(x), points, "right") / len(x) for x in (a, b))
    return onp.abs(onp.subtract(*counts)).max()


# --- the law ------------------------------------------------------------------------


@each_layer
@pytest.mark.parametrize("seed", [0, 1, 2**40])
def test_weights_are_uniform_within_xaviers_bound(make, shape, fans, seed):
    weight, bound = weight_of(make(), shape, seed=seed), onp.sqrt(6 / fans)
    count = len(weight)
    assert count > 50_000, "too few for the tolerances below"
    assert onp.abs(weight).max() <= bound * (1 + 1e-6), "out of bounds"
    assert onp.abs(weight).max() > bound * 0.999, "the bound is not reached"
    assert abs(weight.mean()) < 5 * bound / onp.sqrt(3 * count)
    assert weight.var() == pytest.approx(bound**2 / 3, rel=0.03)
    even = onp.linspace(-bound, bound, count)
    assert distance(weight, even) < 2 / onp.sqrt(count), "not uniform"


@each_layer
def test_the_law_is_that_of_mxnets_xavier(make, shape, fans):
    ours, theirs = (weight_of(make(), shape, rule) for rule in (None, mx.init.Xavier()))
    assert onp.abs(ours).max() == pytest.approx(onp.abs(theirs).max(), rel=1e-3)
    assert ours.std() == pytest.approx(theirs.std(), rel=0.02)
    assert distance(ours, theirs) < 2 * onp.sqrt(2 / len(ours))


def test_neighbours_are_not_correlated():
    weight = weight_of(nn.Dense(300), (1, 200))
    correlation = onp.corrcoef(weight[:-1], weight[1:])[0, 1]
    assert abs(correlation) < 5 / onp.sqrt(len(weight))


def test_all_other_parameters_are_constants():
    constants = {"gamma": 1, "beta": 0, "bias": 0, "running_mean": 0, "running_var": 1}
    seen = set()
    for key, value in expected_values().items():
        last = key.split(".")[-1]
        seen.add(last)
        if last != "weight":
            assert (value == constants[last]).all(), key
    assert seen == {"weight", *constants}


def test_biases_of_convolutions_are_zero():
    layer = initialize(nn.Conv2D(8, 3, in_channels=2))
    assert (layer.bias.data().asnumpy() == 0).all()


# --- a function of seed and key -----------------------------------------------------


def test_the_same_seed_gives_the_same_network():
    assert_equal(values(built(seed=3)), values(built(seed=3)))


def test_another_seed_gives_other_weights():
    first, second = expected_values(), values(built(seed=1))
    weights = [key for key in first if key.endswith("weight")]
    assert weights
    for key in weights:
        assert (first[key] != second[key]).mean() > 0.99, key


def test_another_place_gives_other_weights():
    weights = [v.ravel() for k, v in expected_values().items() if k.endswith("weight")]
    heads = {tuple(weight[:4] / onp.abs(weight).max()) for weight in weights}
    assert len(heads) == len(weights), "two layers got the same stream"


def test_the_weight_is_a_function_of_seed_and_key():
    def draw(seed, key):
        weight = np.zeros((30, 20))
        SeededXavier(seed, key)._init_weight("any name", weight)
        return weight.asnumpy().tolist()

    assert draw(0, "a.weight") == draw(0, "a.weight")
    cases = [(0, "a.weight"), (0, "b.weight"), (1, "a.weight"), (2**32, "a.weight")]
    assert len({str(draw(*case)) for case in cases}) == len(cases)


def test_networks_built_before_do_not_matter():
    expected = expected_values()
    gn.get_net("resnet18")
    nn.Dense(3).initialize()
    assert_equal(values(built()), expected)


@pytest.mark.parametrize("seed", [1, 2])
def test_global_random_states_do_not_matter(seed):
    expected = expected_values()
    mx.random.seed(seed)
    onp.random.seed(seed)
    random.seed(seed)
    assert_equal(values(built()), expected)


def test_global_random_states_do_not_change():
    def draws(between):
        for module in (mx.random, onp.random, random):
            module.seed(5)
        between()
        found = [np.random.uniform(size=3), mx.nd.random.normal(shape=3)]
        return [
            *(array.asnumpy().tolist() for array in found),
            onp.random.random(3).tolist(),
            random.random(),
        ]

    assert draws(built) == draws(lambda: None)


def test_deferred_channels_give_the_same_network():
    assert_equal(values(built(in_channels=1)), expected_values())


@pytest.mark.parametrize("options", [{}, {"static_alloc": True, "static_shape": True}])
def test_hybridization_before_the_first_batch_does_not_matter(options):
    found = built(before_the_batch=lambda net: net.hybridize(**options))
    assert_equal(values(found), expected_values())


def test_the_order_of_the_layers_first_batches_does_not_matter():
    def layers(order):
        net = nn.HybridSequential()
        net.add(nn.Dense(5), nn.Dense(6), nn.Dense(7))
        initialize(net)
        for index in order:
            net[index](np.zeros((1, 4 + index)))
        return values(net)

    assert_equal(layers([2, 0, 1]), layers([0, 1, 2]))


def test_the_device_does_not_matter():
    with mx.cpu(1):
        elsewhere = gn.get_net("regnetx32", in_channels=1)
    assert_equal(values(elsewhere), values(gn.get_net("regnetx32", in_channels=1)))


def test_the_precision_does_not_matter():
    found = built()
    found.cast("float64")
    initialize(found)
    expected = expected_values()
    assert {value.dtype.name for value in values(found).values()} == {"float64"}
    assert_equal(values(found), expected)


def test_initialize_draws_anew():
    net = built()
    expected = values(net)
    for parameter in net.collect_params().values():
        parameter.set_data(np.full(parameter.shape, 7.0))
    assert initialize(net) is net
    assert_equal(values(net), expected)


@pytest.mark.parametrize("kind", [onp.int64, onp.int32, onp.uint8])
def test_a_seed_of_numpy_is_a_seed(kind):
    assert_equal(values(built(seed=kind(3))), values(built(seed=3)))


@pytest.mark.parametrize("seed", [-1, 1.5, "0", None, True, onp.bool_(True)], ids=repr)
def test_a_bad_seed_is_named(seed):
    net = nn.Dense(2, in_units=3)
    with pytest.raises(ValueError, match=f"seed is {seed!r}: .* 0 or more"):
        initialize(net, seed)
    with pytest.raises(RuntimeError, match="has not been initialized"):
        net.weight.data()
