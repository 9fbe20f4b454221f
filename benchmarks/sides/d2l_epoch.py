"""The book's PyTorch code: the d2l package's data, trainer and classifier."""

from __future__ import annotations

import contextlib
import gzip
import importlib.metadata
import os
from pathlib import Path

from benchmarks.sides.common import CHAPTER_LR, PART, forget_settings, threads
from benchmarks.works import spec_of
from gluon_nets.data import sources

forget_settings()

import torch  # noqa: E402

# The package index has torchvision built for PyTorch with CUDA: beside a PyTorch
# without it, its own operators do not load, and its import wants to know these two.
# Reading and resizing images need none of them.
if "+cpu" in torch.__version__:
    _operators = torch.library.Library("torchvision", "DEF")
    for _name in ("nms", "qnms"):
        _operators.define(f"{_name}(Tensor dets, Tensor scores, float iou) -> Tensor")

from d2l import torch as d2l  # noqa: E402

from benchmarks.torch_twins import twin_of  # noqa: E402

d2l.plt.switch_backend("agg")  # the board draws, and nobody sees it


class Classifier(d2l.Classifier):
    """A network in the book's classifier: plain SGD."""

    def __init__(self, net, lr: float):
        super().__init__()
        self.net, self.lr = net, lr


class Gated:
    """A loader of batches that waits for its turn before each part."""

    def __init__(self, loader, gate):
        self.loader, self.gate = loader, gate

    def __len__(self):
        return len(self.loader)

    def __iter__(self):
        for index, batch in enumerate(self.loader):
            if index % PART == 0:
                self.gate()
            yield batch


class D2L:
    """`d2l.Trainer` on `d2l.FashionMNIST`."""

    def __init__(self, work, folder):
        self.work, self.folder = work, folder
        torch.set_num_threads(threads())

    def build(self) -> None:
        """Data and network."""
        work = self.work
        self.data = data_in(self.folder, work.batch, work.size)
        net = twin_of(spec_of(work.net), work.classes, work.channels, work.size)
        self.model = Classifier(net, CHAPTER_LR)

    def exchange(self) -> None:
        """Nothing is compared: each side draws its own weights and order."""

    def epoch(self, gate) -> None:
        """Train for an epoch, and evaluate."""
        load = self.data.get_dataloader
        self.data.train_dataloader = lambda: Gated(load(True), gate)
        d2l.Trainer(max_epochs=1).fit(self.model, self.data)
        gate()

    def about(self) -> dict[str, str]:
        """Versions."""
        return {
            "torch": torch.__version__,
            "d2l": importlib.metadata.version("d2l"),
        }


def data_in(folder: Path, batch: int, size: int):
    """`d2l.FashionMNIST`, from the files that this machine has."""
    raw = folder / "data" / "FashionMNIST" / "raw"
    raw.mkdir(parents=True)
    for name, path in sources.find().items():
        content = path.read_bytes()
        (raw / name).write_bytes(
            gzip.decompress(content) if path.suffix == ".gz" else content
        )
    (folder / "here").mkdir()
    with _inside(folder / "here"):  # it reads from ../data
        return d2l.FashionMNIST(batch_size=batch, resize=(size, size))


@contextlib.contextmanager
def _inside(folder: Path):
    before = os.getcwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
