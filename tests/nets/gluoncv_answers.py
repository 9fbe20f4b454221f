"""A program: what networks of GluonCV compute, with random parameters, as npz.

    python gluoncv_answers.py NAME CLASSES CHANNELS SIZE FILE

GluonCV's networks are of before NumPy arrays, and it refuses to be imported beside
PyTorch 2: both are settled in a process of its own. FILE gets the images `x`, the
parameters `p000`, `p001`, … in the order of computation with their `names`, and the
logits in inference `before` and `after` a step of gradient descent, in double
precision.
"""

from __future__ import annotations

import sys
import warnings

sys.modules["torch"] = None
warnings.simplefilter("ignore")

import mxnet as mx  # noqa: E402
import numpy as np  # noqa: E402
from gluoncv.model_zoo import get_model  # noqa: E402
from mxnet import autograd, gluon, nd  # noqa: E402


def answers(name: str, classes: int, channels: int, size: int) -> dict:
    """Images, parameters and logits of a network."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, channels, size, size))
    net = get_model(name, classes=classes)
    net.initialize()
    net.cast("float64")
    net(nd.array(x, dtype="float64")).wait_to_read()
    arrays = {"x": x, "names": []}
    for index, (key, p) in enumerate(net.collect_params().items()):
        value = rng.standard_normal(p.shape) * (2 / np.prod(p.shape[1:])) ** 0.5
        if key.endswith(("gamma", "running_var")):
            value = rng.uniform(0.5, 1.5, p.shape)
        p.set_data(nd.array(value, dtype="float64"))
        arrays[f"p{index:03d}"] = value
        arrays["names"].append(key)
    x = nd.array(x, dtype="float64")
    arrays["before"] = net(x).asnumpy()
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 1e-3})
    with autograd.record():
        logits = net(x)
        loss = (logits * logits).mean()
    loss.backward()
    trainer.step(1)
    mx.nd.waitall()
    arrays["after"] = net(x).asnumpy()
    return arrays


if __name__ == "__main__":
    _, name, *numbers, path = sys.argv
    np.savez(path, **answers(name, *map(int, numbers)))
