"""Gluon Nets, as its trainer and its exports run a network."""

from __future__ import annotations

import mxnet as mx
import numpy as onp
from mxnet import gluon, np

import gluon_nets as gn
from benchmarks.sides.common import LR, MOMENTUM, batch_of, save_weights
from benchmarks.sides.gluon_step import GluonStep
from benchmarks.works import spec_of
from gluon_nets.train.arrays import to_numpy
from gluon_nets.train.metrics import CrossEntropy
from gluon_nets.train.sgd import SGD


class Ours(GluonStep):
    """The network hybridized: a step of training, or of inference."""

    def __init__(self, work, folder):
        self.work, self.folder = work, folder
        self.images, self.labels = batch_of(work)

    def build(self) -> None:
        """The network, with all its parameters, and what a step needs."""
        work = self.work
        self.net = gn.build(spec_of(work.net), work.classes, work.channels)
        self.net.hybridize(static_alloc=True, static_shape=True)
        self.x, self.y = np.array(self.images), np.array(self.labels)
        self.net.infer_shape(self.x)
        for parameter in self.net.collect_params().values():
            parameter._finish_deferred_init()
        self.objective = CrossEntropy()
        self.objective.hybridize()
        self.trainer = gluon.Trainer(
            self.net.collect_params(),
            SGD(learning_rate=LR, momentum=MOMENTUM),
            kvstore=None,
        )

    def exchange(self) -> None:
        """Write the weights."""
        parameters = self.net._collect_params_with_prefix()
        arrays = {key: to_numpy(p.data()) for key, p in parameters.items()}
        save_weights(self.folder, arrays)

    def about(self) -> dict[str, str]:
        """Versions."""
        return {"gluon_nets": gn.__version__, "mxnet": mx.__version__}


class Exported(Ours):
    """An export, loaded as its users load it."""

    def __init__(self, work, folder, form: str):
        super().__init__(work, folder)
        self.form = form

    def build(self) -> None:
        """The network; its export is what runs."""
        super().build()
        images = self.images[:32] if self.form == "int8" else None
        place = self.folder / self.form
        export(self.net, place, self.form, self.work, images)
        self.run = gn.load_export(place)

    def exchange(self) -> None:
        """Write the weights, and what onnxruntime reads; the first side does."""
        if self.form == "fused":
            super().exchange()
            export(self.net, self.folder / "onnx", "onnx", self.work)

    def step(self) -> onp.ndarray:
        """The logits."""
        return self.run(self.images)


def export(net, place, form, work, images=None) -> None:
    """Export a network for the work's images."""
    gn.export_net(
        net,
        place,
        format=form,
        input_shape=(work.channels, work.size, work.size),
        class_names=[str(number) for number in range(work.classes)],
        calibration=images,
    )
