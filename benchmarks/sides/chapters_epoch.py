"""An epoch as the book's MXNet code makes it: loader, transforms, a loop by hand."""

from __future__ import annotations

import numpy as onp

from benchmarks.sides.chapters import Chapters
from benchmarks.sides.common import CHAPTER_LR, PART
from gluon_nets.data import sources

# `chapters` has undone our settings before these are imported
from mxnet import autograd, gluon, np  # isort: skip

WORKERS = 4  # the book's default


class ChaptersEpoch(Chapters):
    """Gluon's loader with a transform for each image, and the book's training loop."""

    def __init__(self, work, folder):
        self.work = work

    def build(self) -> None:
        """Data and network; the loaders of MXNet's own class would ask a lost host."""
        rng = onp.random.default_rng(0)
        shape = (self.work.batch, self.work.channels, self.work.size, self.work.size)
        self.arrays = rng.random(shape, onp.float32), onp.zeros(len(shape), "int32")
        super().build()
        self.trainer = gluon.Trainer(
            self.net.collect_params(), "sgd", {"learning_rate": CHAPTER_LR}
        )
        self.train = _loader("train", self.work)
        self.test = _loader("test", self.work)

    def exchange(self) -> None:
        """Nothing is compared: each side draws its own weights and order."""

    def epoch(self, gate) -> None:
        """Train for an epoch, and evaluate; the loss is read after each batch."""
        for index, (x, y) in enumerate(self.train):
            if index % PART == 0:
                gate()
            with autograd.record():
                loss = self.objective(self.net(x), y).mean()
            loss.backward()
            self.trainer.step(1)
            float(loss)  # the book's board draws it
        for x, y in self.test:
            float((self.net(x).argmax(axis=1).astype(y.dtype) == y).mean())
        gate()


def _loader(part: str, work):
    """Gluon's loader of a part of Fashion-MNIST, resized image by image."""
    images, labels = sources.load(sources.find(), part)
    transforms = gluon.data.vision.transforms
    change = transforms.Compose([transforms.Resize(work.size), transforms.ToTensor()])
    data = gluon.data.ArrayDataset(np.array(images[..., None]), labels.astype("int32"))
    return gluon.data.DataLoader(
        data.transform_first(change),
        work.batch,
        shuffle=part == "train",
        num_workers=WORKERS,
    )
