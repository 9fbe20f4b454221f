"""Loss and metrics against NumPy and PyTorch, however the images are divided."""

from __future__ import annotations

import mxnet as mx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from mxnet import autograd

from gluon_nets.train.metrics import CrossEntropy, Meter, score

CLASSES = 5
smoothings = st.sampled_from([0.0, 0.1, 0.5, 0.9])


@st.composite
def batches(draw, lowest=0, sizes=(1, 12)):
    """Logits (N, K) and labels (N,)."""
    n = draw(st.integers(*sizes))
    values = st.floats(-20, 20, width=32)
    logits = draw(hnp.arrays(np.float32, (n, CLASSES), elements=values))
    labels = draw(st.lists(st.integers(lowest, CLASSES - 1), min_size=n, max_size=n))
    return logits, np.array(labels, np.int32)


def numpy_loss(logits, labels, smoothing=0.0):
    """Σ_k target_k · -log p_k in float64."""
    z = logits.astype(np.float64)
    z = z - z.max(-1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(-1, keepdims=True))
    target = (1 - smoothing) * np.eye(CLASSES)[labels] + smoothing / CLASSES
    return -(target * log_p).sum(-1)


def our_loss(logits, labels, smoothing):
    """Losses and the gradient of their sum."""
    objective = CrossEntropy(smoothing)
    objective.hybridize()
    x, y = mx.np.array(logits), mx.np.array(labels, dtype="int32")
    x.attach_grad()
    with autograd.record():
        losses = objective(x, y)
    losses.backward()
    return losses.asnumpy(), x.grad.asnumpy()


@given(batches(), smoothings)
@settings(max_examples=40)
def test_loss_is_the_cross_entropy(batch, smoothing):
    losses, _ = our_loss(*batch, smoothing)
    assert losses.shape == batch[1].shape
    np.testing.assert_allclose(
        losses, numpy_loss(*batch, smoothing), rtol=1e-5, atol=1e-5
    )


@pytest.fixture(scope="module")
def torch():
    return pytest.importorskip("torch", reason="PyTorch is the oracle here")


@given(batches(), smoothings)
@settings(max_examples=40)
def test_loss_and_gradient_are_pytorchs(torch, batch, smoothing):
    losses, gradient = our_loss(*batch, smoothing)
    logits = torch.tensor(batch[0], requires_grad=True)
    objective = torch.nn.CrossEntropyLoss(label_smoothing=smoothing, reduction="none")
    theirs = objective(logits, torch.tensor(batch[1]).long())
    theirs.sum().backward()
    close = {"rtol": 1e-5, "atol": 1e-5}
    np.testing.assert_allclose(losses, theirs.detach().numpy(), **close)
    np.testing.assert_allclose(gradient, logits.grad.numpy(), **close)


def shares(rows, devices):
    """Equal parts of some rows; the last row fills up, marked as no image (-1)."""
    size = -(-len(rows) // len(devices)) * len(devices)
    filled = np.resize(rows, size)
    real = np.arange(size) < len(rows)
    return list(zip(np.split(filled, len(devices)), np.split(real, len(devices))))


def feed(meter, logits, labels, rows, devices):
    """Update a meter with some rows, shared out among the devices."""
    objective, xs, ys = CrossEntropy(), [], []
    for device, (index, real) in zip(devices, shares(rows, devices)):
        wanted = np.where(real, labels[index], -1)
        xs.append(mx.np.array(logits[index], ctx=device))
        ys.append(mx.np.array(wanted, dtype="int32", ctx=device))
    meter.update(xs, [objective(x, y) for x, y in zip(xs, ys)], ys)


def expected(logits, labels):
    """(mean loss, share of right answers, count) over the labels of 0 or more."""
    counts = labels >= 0
    if not counts.any():
        return 0.0, 0.0, 0
    right = logits[counts].argmax(-1) == labels[counts]
    loss = numpy_loss(logits[counts], labels[counts])
    return loss.mean(), right.mean(), int(counts.sum())


def check(found, wanted):
    assert found.images == wanted[2], "every image counts once"
    assert found.accuracy == pytest.approx(wanted[1], abs=1e-12)
    assert found.loss == pytest.approx(wanted[0], rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("count", [1, 2])
@given(data=st.data())
@settings(max_examples=30)
def test_meter_over_any_batches_is_the_meter_over_all(two, count, data):
    logits, labels = data.draw(batches(lowest=-1, sizes=(1, 30)))
    cuts = data.draw(st.lists(st.integers(1, len(labels)), max_size=4))
    meter = Meter(two[:count])
    for rows in np.split(np.arange(len(labels)), sorted(cuts)):
        if len(rows):
            feed(meter, logits, labels, rows, two[:count])
    check(meter.score(), expected(logits, labels))


@given(batches(), st.integers(1, 4))
@settings(max_examples=30)
def test_labels_below_0_do_not_count(batch, blanks):
    logits, labels = batch
    more = np.concatenate([logits, np.repeat(logits[:1] * -3 + 7, blanks, axis=0)])
    meter, device = Meter([mx.cpu()]), [mx.cpu()]
    marked = np.concatenate([labels, np.full(blanks, -1, np.int32)])
    feed(meter, more, marked, np.arange(len(marked)), device)
    check(meter.score(), expected(logits, labels))


@given(batches(), batches())
@settings(max_examples=20)
def test_a_meter_goes_on_from_its_state_bit_by_bit(two, first, second):
    whole, before = Meter(two), Meter(two)
    for meter in (whole, before):
        feed(meter, *first, np.arange(len(first[1])), two)
    after = Meter(two, before.state())
    for meter in (whole, after):
        feed(meter, *second, np.arange(len(second[1])), two)
    assert whole.state().tobytes() == after.state().tobytes()


def test_a_snapshot_stays_as_it_was():
    logits, labels = np.eye(CLASSES, dtype=np.float32), np.arange(CLASSES)
    meter, device = Meter([mx.cpu()]), [mx.cpu()]
    feed(meter, logits, labels, np.array([0, 1]), device)
    snapshot = meter.snapshot()
    feed(meter, logits, labels * 0, np.array([2, 3]), device)
    assert (score(snapshot).images, score(snapshot).accuracy) == (2, 1.0)
    assert (meter.score().images, meter.score().accuracy) == (4, 0.5)


def test_nothing_seen_is_no_error():
    assert Meter([mx.cpu()]).score() == (0.0, 0.0, 0)
