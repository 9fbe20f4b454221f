"""An epoch of Gluon Nets' own trainer and data."""

from __future__ import annotations

import mxnet as mx

import gluon_nets as gn
from benchmarks.sides.common import CHAPTER_LR, PART
from benchmarks.works import spec_of


class Gated(gn.FashionMNIST):
    """Fashion-MNIST that waits for its turn."""

    gate = staticmethod(lambda: None)

    def train_batches(self, devices, epoch, start=0):
        """As the data's own, with a stop before each part."""
        for index, batch in enumerate(super().train_batches(devices, epoch, start)):
            if index % PART == 0:
                mx.nd.waitall()
                self.gate()
            yield batch


class OursEpoch:
    """`gn.Trainer` on `gn.FashionMNIST`."""

    def __init__(self, work, folder):
        self.work = work

    def build(self) -> None:
        """Data and network."""
        work = self.work
        self.data = Gated(work.batch, work.size)
        self.net = gn.build(spec_of(work.net), work.classes)
        self.trainer = gn.Trainer(max_epochs=1, lr=CHAPTER_LR, progress=False)

    def exchange(self) -> None:
        """Nothing is compared: each side draws its own weights and order."""

    def epoch(self, gate) -> None:
        """Train for an epoch, and evaluate."""
        self.data.gate = gate
        self.trainer.fit(self.net, self.data)
        gate()

    def about(self) -> dict[str, str]:
        """Versions."""
        return {"gluon_nets": gn.__version__, "mxnet": mx.__version__}
