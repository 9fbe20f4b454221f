"""A step of Gluon, as ours and the book's networks make it."""

from __future__ import annotations

import mxnet as mx
import numpy as onp
from mxnet import autograd


class GluonStep:
    """A side with `work`, `net`, `objective`, `trainer`, and the batch `x`, `y`."""

    def step(self) -> onp.ndarray:
        """One update, and the mean loss before it; or the logits."""
        if self.work.kind == "infer":
            return self.logits()
        with autograd.record():
            losses = self.objective(self.net(self.x), self.y)
        losses.backward()
        self.trainer.step(self.work.batch)
        mx.nd.waitall()
        return losses.asnumpy().mean()

    def logits(self) -> onp.ndarray:
        """The logits of the batch."""
        with autograd.predict_mode():
            return self.net(self.x).asnumpy()
