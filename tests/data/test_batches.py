from __future__ import annotations

import numpy as np
import pytest

from gluon_nets.data import FashionMNIST
from gluon_nets.data.resize import resize_matrix

mx = pytest.importorskip("mxnet", reason="batches are made by MXNet")
ONE = [mx.cpu(0)]
TWO = [mx.cpu(0), mx.cpu(1)]


def _host(batches):
    """Batches as numpy arrays, the devices' parts joined."""
    return [
        (
            np.concatenate([x.asnumpy() for x in xs]),
            np.concatenate([y.asnumpy() for y in ys]),
        )
        for xs, ys in batches
    ]


def _same(one, two, atol=0):
    assert len(one) == len(two)
    for (x1, y1), (x2, y2) in zip(one, two):
        np.testing.assert_allclose(x1, x2, rtol=0, atol=atol)
        np.testing.assert_array_equal(y1, y2)
    return True


def _sample(batch_size=1500, resize=28, **options):
    return FashionMNIST(batch_size, resize, subset="sample", **options)


@pytest.fixture(params=[(), ("flip", "shift")], ids=["plain", "augmented"])
def data(request):
    return _sample(batch_size=1000, resize=32, augment=request.param)


@pytest.mark.parametrize("devices", [ONE, TWO], ids=["one", "two"])
@pytest.mark.parametrize("resize", [8, 28, 40])
def test_form(devices, resize):
    data = _sample(resize=resize)
    (xs, ys) = next(data.train_batches(devices, epoch=0))
    n = 1500 // len(devices)
    assert [x.ctx for x in xs] == [y.ctx for y in ys] == devices
    for x, y in zip(xs, ys):
        assert isinstance(x, mx.np.ndarray) and isinstance(y, mx.np.ndarray)
        assert x.shape == (n, *data.image_shape) and x.dtype == np.float32
        assert y.shape == (n,) and y.dtype == np.int32
        assert 0 <= x.asnumpy().min() and x.asnumpy().max() <= 1 + 1e-6


def test_pixels_are_those_of_the_files():
    data = _sample(batch_size=1000)
    ((x, y),) = _host(data.eval_batches("test", ONE))
    np.testing.assert_array_equal(y, data.test.labels)
    np.testing.assert_allclose(x[:, 0] * 255, data.test.images, atol=1e-4)


def test_same_seed_same_batches(data):
    again = FashionMNIST(**data.options())
    one = _host(data.train_batches(ONE, epoch=3))
    assert _same(one, _host(again.train_batches(ONE, epoch=3)))


def test_other_seed_or_epoch_other_batches(data):
    other = FashionMNIST(**{**data.options(), "seed": 1})
    labels = [
        np.concatenate([y for _, y in _host(batches)]).tolist()
        for batches in (
            data.train_batches(ONE, epoch=0),
            data.train_batches(ONE, epoch=1),
            other.train_batches(ONE, epoch=0),
        )
    ]
    assert labels[0] != labels[1] and labels[0] != labels[2]


@pytest.mark.parametrize("start", [0, 1, 5, 6])
def test_start_continues_an_epoch(data, start):
    whole = _host(data.train_batches(ONE, epoch=2))
    assert len(whole) == data.steps_per_epoch == 6
    assert _same(whole[start:], _host(data.train_batches(ONE, epoch=2, start=start)))


def test_two_devices_have_the_images_of_one(data):
    # the matrix products round the rows of a batch of another size otherwise
    one = _host(data.train_batches(ONE, epoch=1))
    assert _same(one, _host(data.train_batches(TWO, epoch=1)), atol=1e-6)
    one = _host(data.eval_batches("test", ONE))
    assert _same(one, _host(data.eval_batches("test", TWO)), atol=1e-6)


@pytest.mark.parametrize("last, steps, images", [("drop", 1, 4000), ("pad", 2, 6000)])
def test_last_batch(last, steps, images):
    data = _sample(batch_size=4000, last=last)
    batches = _host(data.train_batches(ONE, epoch=0))
    assert len(batches) == data.steps_per_epoch == steps
    assert all(len(y) == 4000 for _, y in batches)
    x = np.concatenate([x for x, _ in batches]).reshape(-1, 28 * 28)
    distinct = len(np.unique(x, axis=0))
    twins = 6000 - len(np.unique(data.train.images.reshape(6000, -1), axis=0))
    assert images - twins <= distinct <= images


@pytest.mark.parametrize("batch_size", [64, 999, 1000, 3000])
@pytest.mark.parametrize("augment", [(), ("flip", "shift")])
def test_evaluation_counts_each_image_once(batch_size, augment):
    data = _sample(batch_size=batch_size, augment=augment)
    batches = _host(data.eval_batches(data.test, ONE))
    assert len(batches) == data.eval_steps("test")
    assert {x.shape for x, _ in batches} == {(batch_size, 1, 28, 28)}
    x, y = map(np.concatenate, zip(*batches))
    np.testing.assert_array_equal(y[:1000], data.test.labels)
    np.testing.assert_allclose(x[:1000, 0] * 255, data.test.images, atol=1e-4)
    assert (y[1000:] == -1).all()


def test_images_are_copied_to_a_device_once():
    data = _sample()
    next(data.train_batches(TWO, epoch=0))
    homes = dict(data.train.residents)
    next(data.train_batches(TWO, epoch=1))
    assert list(homes) == TWO
    assert all(data.train.residents[device] is homes[device] for device in TWO)


@pytest.mark.parametrize("size", [8, 14, 29, 32, 96])
def test_resize_is_bilinear(size):
    torch = pytest.importorskip("torch", reason="PyTorch is the oracle of this test")
    data = _sample(batch_size=1000, resize=size)
    ((x, _),) = _host(data.eval_batches("test", ONE))
    images = torch.from_numpy(data.test.images.copy())[:, None] / 255
    expected = torch.nn.functional.interpolate(
        images, size=(size, size), mode="bilinear", align_corners=False, antialias=False
    )
    assert np.abs(x - expected.numpy()).max() <= 1e-5


@pytest.mark.parametrize("size", [8, 14, 29, 96])
def test_resize_is_mxnets_own(size):
    data = _sample(batch_size=1000, resize=size)
    ((x, _),) = _host(data.eval_batches("test", ONE))
    images = mx.nd.array(data.test.images[:, None] / np.float32(255))
    expected = mx.nd.contrib.BilinearResize2D(
        images, height=size, width=size, align_corners=False
    )
    assert np.abs(x - expected.asnumpy()).max() <= 1e-5


@pytest.mark.parametrize("size", [8, 28, 29, 96, 512])
def test_resize_matrix_mixes_two_neighbours(size):
    matrix = resize_matrix(28, size)
    np.testing.assert_allclose(matrix.sum(1), 1, atol=1e-6)
    assert (matrix >= 0).all() and ((matrix > 0).sum(1) <= 2).all()
    np.testing.assert_allclose(matrix, matrix[::-1, ::-1], atol=1e-6)  # no drift


@pytest.mark.parametrize(
    "devices, message",
    [([mx.cpu()] * 7, "batch of 1500 images .* 7 devices"), ([], "1500 .* 0 devices")],
)
def test_devices_must_divide_the_batch(devices, message):
    data = _sample()
    with pytest.raises(ValueError, match=message):
        data.train_batches(devices, epoch=0)
    with pytest.raises(ValueError, match=message):
        data.eval_batches("test", devices)


@pytest.mark.parametrize("start", [-1, 5, 1.5])
def test_start_must_lie_in_the_epoch(start):
    with pytest.raises(ValueError, match=f"start .* from 0 to 4, not {start}"):
        _sample().train_batches(ONE, epoch=0, start=start)
