"""Accuracy of an exported network, and images to calibrate one."""

from __future__ import annotations

import itertools

import mxnet as mx
import numpy as np

from gluon_nets.train.progress import Progress


def accuracy(exported, data, split: str = "test", progress: bool | None = None):
    """The share of a split's images that an exported network gets right.

    Parameters
    ----------
    exported : Exported
    data : FashionMNIST
        Each image counts once; batches are as large as the data's.
    split : str
        'train', 'validation' or 'test'.
    progress : bool, optional
        Whether to show a bar; by default where someone sees it.
    """
    right = images = 0
    with Progress(data.eval_steps(split), f"check on {split}", progress) as bar:
        for (x,), (y,) in data.eval_batches(split, [mx.cpu()]):
            labels = y.asnumpy()
            best = exported(x.asnumpy()).argmax(axis=1)
            counted = labels >= 0  # the others fill up the last batch
            right += int((best == labels)[counted].sum())
            images += int(counted.sum())
            bar.step()
    return right / images


def training_images(data, count: int) -> np.ndarray:
    """The first `count` training images of an epoch, float32 (N, C, H, W).

    Raises
    ------
    ValueError
        Where there are not so many.
    """
    there = data.steps_per_epoch * data.batch_size
    if not 1 <= count <= there:
        raise ValueError(f"calibration is {count}: 1 to {there} images are there")
    batches = data.train_batches([mx.cpu()], epoch=0)
    enough = itertools.islice(batches, -(-count // data.batch_size))
    return np.concatenate([x.asnumpy() for (x,), _ in enough])[:count]
