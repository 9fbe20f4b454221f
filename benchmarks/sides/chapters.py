"""The book's own form of MXNet code, with the threads that all sides have."""

from __future__ import annotations

from benchmarks.sides.common import (
    LR,
    MOMENTUM,
    batch_of,
    forget_settings,
    load_weights,
)
from benchmarks.works import spec_of

forget_settings()

import mxnet as mx  # noqa: E402
from mxnet import gluon, np  # noqa: E402

from benchmarks.sides.chapter_nets import chapter_net  # noqa: E402
from benchmarks.sides.gluon_step import GluonStep  # noqa: E402


class Chapters(GluonStep):
    """The network as it is written, not hybridized."""

    def __init__(self, work, folder):
        self.work, self.folder = work, folder
        self.arrays = batch_of(work)

    def build(self) -> None:
        """The network, with Xavier's weights, and what a step needs."""
        self.net = chapter_net(spec_of(self.work.net), self.work.classes)
        self.net.initialize(init=mx.init.Xavier())
        self.x, self.y = (np.array(array) for array in self.arrays)
        self.net(self.x[:1])  # shapes
        self.objective = gluon.loss.SoftmaxCrossEntropyLoss()
        optimizer = {"learning_rate": LR, "momentum": MOMENTUM}
        self.trainer = gluon.Trainer(self.net.collect_params(), "sgd", optimizer)

    def exchange(self) -> None:
        """Read the weights: both networks have them in the same order."""
        arrays = load_weights(self.folder)
        parameters = self.net._collect_params_with_prefix()
        spare = dead_biases(parameters)
        ours = iter(arrays.items())
        for key, parameter in parameters.items():
            if key in spare:
                parameter.set_data(np.zeros(parameter.shape))
                continue
            place, values = next(ours)
            if values.shape != parameter.shape:
                raise ValueError(
                    f"{key} has shape {parameter.shape}, and {place} {values.shape}"
                )
            parameter.set_data(np.array(values))

    def about(self) -> dict[str, str]:
        """Versions."""
        return {"mxnet": mx.__version__}


def dead_biases(parameters) -> set[str]:
    """Biases of convolutions that BatchNorm follows: gluon_nets has none there."""
    keys = list(parameters)
    return {
        key
        for key, after in zip(keys, keys[1:])
        if key.endswith(".bias") and after.endswith(".gamma")
    }
