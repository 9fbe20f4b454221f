"""Loss and metrics, accumulated on the device."""

from __future__ import annotations

from typing import NamedTuple, Sequence

import numpy as onp
from mxnet import np, npx
from mxnet.gluon import HybridBlock

npx.set_np()


class CrossEntropy(HybridBlock):
    """Cross-entropy with smoothed labels: logits (N, K), labels (N,) → losses (N,).

    The target is (1 - ε) · one-hot(label) + ε / K.
    Source: Szegedy et al. 2016, section 7.
    """

    def __init__(self, label_smoothing: float = 0.0):
        super().__init__()
        self._smoothing = label_smoothing

    def hybrid_forward(self, F, logits, labels):
        log_p = F.npx.log_softmax(logits, axis=-1)
        loss = -F.npx.pick(log_p, labels, axis=-1)
        if not self._smoothing:
            return loss
        uniform = -F.np.mean(log_p, axis=-1)
        return (1 - self._smoothing) * loss + self._smoothing * uniform


class _Accumulate(HybridBlock):
    """sums (3,) + (Σ loss, Σ right, Σ 1) over a batch; labels below 0 do not count."""

    def hybrid_forward(self, F, sums, logits, losses, labels):
        counts = (labels >= 0).astype("float32")
        right = (F.np.argmax(logits, axis=-1).astype("int32") == labels).astype(
            "float32"
        )
        batch = (losses * counts, right * counts, counts)
        return sums + F.np.stack([F.np.sum(part) for part in batch])


class Score(NamedTuple):
    """Mean loss, share of right answers, and the number of images behind them."""

    loss: float
    accuracy: float
    images: int


class Meter:
    """Sums of loss and right answers, one small array on each device.

    Nothing here waits for the device but `state` and `score`.

    Parameters
    ----------
    devices : list of mx.Context
    start : array of shape (devices, 3), optional
        Where to go on from: what `state` gave.
    """

    def __init__(self, devices: Sequence, start: onp.ndarray | None = None):
        self._accumulate = _Accumulate()
        self._accumulate.hybridize()
        if start is None:
            start = onp.zeros((len(devices), 3), dtype=onp.float32)
        self._sums = [np.array(s, ctx=ctx) for s, ctx in zip(start, devices)]

    def update(self, logits: list, losses: list, labels: list) -> None:
        """Add a batch, given as lists with one array for each device."""
        batch = zip(self._sums, logits, losses, labels)
        self._sums = [self._accumulate(*arrays) for arrays in batch]

    def snapshot(self) -> list:
        """The arrays as they are now; reading them later waits for this batch only."""
        return list(self._sums)

    def state(self) -> onp.ndarray:
        """The sums of each device, (devices, 3), bit by bit; waits for them."""
        return onp.stack([sums.asnumpy() for sums in self._sums])

    def score(self) -> Score:
        """Mean loss and accuracy over what was added; waits for the devices."""
        return score(self._sums)


def score(snapshot: list) -> Score:
    """A snapshot as means over all devices; waits for the snapshot's batch."""
    sums = sum(array.asnumpy().astype(onp.float64) for array in snapshot)
    loss, right, images = (float(value) for value in sums)
    return Score(loss / max(images, 1), right / max(images, 1), int(images))
