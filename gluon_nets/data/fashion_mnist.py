"""Fashion-MNIST (Xiao, Rasul, Vollgraf 2017) as a source of batches."""

from __future__ import annotations

import os
from typing import Iterator, Sequence

from gluon_nets.data import order, sources
from gluon_nets.data.arguments import amount, augmentations, integer, one_of
from gluon_nets.data.augment import pixel_index
from gluon_nets.data.download import fetch
from gluon_nets.data.idx import DataError
from gluon_nets.data.show import show_grid
from gluon_nets.data.split import Split, hold_out

CLASS_NAMES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)


class FashionMNIST:
    """70,000 grey images of 10 kinds of clothing, 28×28, or a sample of 7,000.

    Parameters
    ----------
    batch_size : int
        Images of a batch, over all devices.
    resize : int
        Height and width that the images are resized to, 8 to 512.
    subset : {None, 'sample'}
        'sample': 600 training and 100 test images of each class, which are part of the
        package. None: all 60,000 and 10,000.
    root : path-like, optional
        Folder with the four files. Default: ``$GLUON_NETS_DATA``, else the user's cache
        directory, else the folder of Debian's package ``dataset-fashion-mnist``.
    validation : int or float
        How many of the training images to hold out, or which fraction of them; they
        are chosen by `seed`. 0: none.
    seed : int
        Determines the order, the augmentation and the validation images.
    last : {'drop', 'pad'}
        What to do with training images that fill no batch: leave them out, or fill up
        with images from the start of the epoch.
    augment : sequence of {'flip', 'shift'}
        Applied to training images only: mirror them with probability ½; move them by up
        to ±2 pixels of the 28.
    download : bool
        Fetch the full set into the cache directory where it is nowhere else.

    Attributes
    ----------
    train, validation, test : Split
        `validation` is None where none was asked for.
    name : str
        'fashion-mnist' or 'fashion-mnist-sample'.

    Raises
    ------
    ValueError
        Names the value that does not fit, and what does.
    DataError
        The files are missing or damaged; names them.
    """

    class_names = CLASS_NAMES
    num_classes = len(CLASS_NAMES)

    def __init__(
        self,
        batch_size: int = 128,
        resize: int = 28,
        *,
        subset: str | None = None,
        root: str | os.PathLike | None = None,
        validation: int | float = 0,
        seed: int = 0,
        last: str = "drop",
        augment: Sequence[str] = (),
        download: bool = True,
    ) -> None:
        self.batch_size = integer("batch_size", batch_size, 1)
        self.resize = integer("resize", resize, 8, 512)
        self.seed = integer("seed", seed, 0)
        self.subset = one_of("subset", subset, (None, "sample"))
        self.last = one_of("last", last, order.LAST)
        self.augment = augmentations(augment)
        self.download = bool(download)
        self.name = "fashion-mnist" + ("-sample" if subset else "")
        self.image_shape = (1, self.resize, self.resize)
        self._validation = amount(validation)
        if subset and root is not None:
            raise ValueError("subset='sample' is in the package: it takes no root")
        self._load(root)

    def _load(self, root: str | os.PathLike | None) -> None:
        files, pins = sources.sample() if self.subset else (self._find(root), None)
        self.train = Split("train", *sources.load(files, "train", pins))
        self.test = Split("test", *sources.load(files, "test", pins))
        self.validation = None
        if self._validation:
            self.train, self.validation = hold_out(
                self.train, self._validation, self.seed
            )
        if self.last == "drop" and self.batch_size > len(self.train):
            raise ValueError(
                f"batch_size {self.batch_size} is more than the {len(self.train)} "
                "training images: choose a smaller one, or last='pad'"
            )

    def _find(self, root: str | os.PathLike | None) -> dict:
        files = sources.find(root)
        if files is None and not self.download:
            raise DataError(f"Fashion-MNIST is not on this machine; {sources.REMEDIES}")
        return files or sources.present(fetch())

    def __repr__(self) -> str:
        sizes = [f"{len(split)} {split.name}" for split in self._splits().values()]
        return f"FashionMNIST({self.name}: {', '.join(sizes)}, resize={self.resize})"

    def options(self) -> dict:
        """Return the constructor's arguments that decide the batches, for JSON."""
        return {
            "batch_size": self.batch_size,
            "resize": self.resize,
            "subset": self.subset,
            "validation": self._validation,
            "seed": self.seed,
            "last": self.last,
            "augment": list(self.augment),
        }

    @property
    def steps_per_epoch(self) -> int:
        """Number of training batches in an epoch."""
        return order.train_steps(len(self.train), self.batch_size, self.last)

    def eval_steps(self, split: Split | str) -> int:
        """Return the number of batches of `eval_batches`."""
        return order.eval_steps(len(self._split(split)), self.batch_size)

    def train_batches(self, devices: Sequence, epoch: int, start: int = 0) -> Iterator:
        """Iterate over the training batches of an epoch, from the `start`-th on.

        Parameters
        ----------
        devices : sequence of mxnet.Context
            Each gets an equal part of every batch.
        epoch : int
            With `seed`, determines the order and the augmentation.
        start : int
            Batches to skip; the others are those of an epoch that skips none.

        Yields
        ------
        xs : list of mxnet.np.ndarray
            For each device float32 (n, 1, resize, resize), 0 to 1 up to rounding;
            ``n = batch_size // len(devices)``.
        ys : list of mxnet.np.ndarray
            For each device int32 (n,).
        """
        epoch = integer("epoch", epoch, 0)
        start = integer("start", start, 0, self.steps_per_epoch)
        return self._batches(self.train, devices, self._train_order(epoch, start))

    def eval_batches(self, split: Split | str, devices: Sequence) -> Iterator:
        """Iterate over a split, ``'test'`` for example, in the order of the files.

        Yields what `train_batches` yields, without augmentation. Rows that fill up the
        last batch have the label −1; the others are each image once.
        """
        split = self._split(split)
        index = order.eval_order(len(split), self.batch_size)
        return self._batches(split, devices, ((row, None) for row in index))

    def _batches(self, split: Split, devices: Sequence, rows: Iterator) -> Iterator:
        if not devices or self.batch_size % len(devices):
            raise ValueError(
                f"a batch of {self.batch_size} images cannot be divided evenly "
                f"among {len(devices)} devices"
            )
        from gluon_nets.data.batches import batches  # the first to import MXNet

        return batches(split, devices, self.resize, rows)

    def _train_order(self, epoch: int, start: int) -> Iterator:
        """Yield (images, pixels) of each batch; pixels is None without augmentation."""
        n, side, seed = len(self.train), self.train.images.shape[1], self.seed
        index = order.train_order(
            n, self.batch_size, seed=seed, epoch=epoch, last=self.last
        )
        for step in range(start, len(index)):
            pixels = None
            if self.augment:
                rng = order.batch_rng(seed, epoch, step)
                pixels = pixel_index(index[step], side, n, self.augment, rng)
            yield index[step], pixels

    def _splits(self) -> dict[str, Split]:
        splits = (self.train, self.validation, self.test)
        return {split.name: split for split in splits if split is not None}

    def _split(self, split: Split | str) -> Split:
        if isinstance(split, Split):
            return split
        return self._splits()[one_of("split", split, tuple(self._splits()))]

    def show(
        self,
        split: Split | str = "train",
        rows: int = 3,
        columns: int = 8,
        path: str | os.PathLike | None = None,
    ):
        """Draw the first images of a split as a labelled grid; returns the Figure."""
        return show_grid(self._split(split), self.class_names, rows, columns, path)
