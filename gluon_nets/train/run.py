"""The state of a training run, and one step of it."""

from __future__ import annotations

import math
from typing import Any, Sequence

import mxnet as mx
import numpy as onp
from mxnet import autograd, gluon

from gluon_nets.train.arrays import to_numpy
from gluon_nets.train.checkpoint import Arrays, set_parameters
from gluon_nets.train.history import History
from gluon_nets.train.metrics import CrossEntropy, Meter
from gluon_nets.train.recipe import Recipe
from gluon_nets.train.schedules import make_schedule
from gluon_nets.train.sgd import SGD


class Run:
    """A network in training: parameters, optimizer, place in the data, history.

    Parameters
    ----------
    net : HybridBlock
        On its devices.
    data : FashionMNIST
    recipe : Recipe
    devices : list of mx.Context
        A batch is shared out among them evenly.

    Attributes
    ----------
    epoch, step : int
        Epochs that are over, and steps done in the present one.
    seconds : float
        Training time in the present epoch.
    """

    def __init__(self, net, data, recipe: Recipe, devices: Sequence[mx.Context]):
        self.net, self.data, self.recipe = net, data, recipe
        self.devices = list(devices)
        self.epoch, self.step, self.seconds = 0, 0, 0.0
        self.history = History()
        self.meter = Meter(self.devices)
        self.schedule = make_schedule(recipe, data.steps_per_epoch)
        self.objective = CrossEntropy(recipe.label_smoothing)
        self.objective.hybridize()
        self._parameters = net._collect_params_with_prefix()
        self._trained = {
            key: p for key, p in self._parameters.items() if p.grad_req != "null"
        }
        self._optimizer = self._make_optimizer(updates=0)

    @property
    def updates(self) -> int:
        """Updates since the start of the run."""
        return self.epoch * self.data.steps_per_epoch + self.step

    @property
    def params(self) -> int:
        """Number of trained numbers, known after the first step."""
        return sum(int(onp.prod(p.shape)) for p in self._trained.values())

    @property
    def lr(self) -> float:
        """The learning rate of the next update."""
        return float(self.schedule(self.updates + 1))

    def _make_optimizer(self, updates: int) -> gluon.Trainer:
        recipe = self.recipe
        for key, parameter in self._trained.items():
            # decay pulls weights to 0; on biases and BatchNorm it only distorts
            parameter.wd_mult = 1.0 if key.endswith("weight") else 0.0
        decay = 0.0 if recipe.nesterov else recipe.weight_decay  # see _decay
        options = {"wd": decay, "begin_num_update": updates}
        make = mx.optimizer.Adam
        if recipe.optimizer == "sgd":
            make = mx.optimizer.NAG if recipe.nesterov else SGD
            options["momentum"] = recipe.momentum
        optimizer = make(learning_rate=recipe.lr, **options)
        # the gradients are summed by the store, the update is made on each device
        return gluon.Trainer(
            list(self._trained.values()),
            optimizer,
            kvstore="device" if len(self.devices) > 1 else None,
            update_on_kvstore=False if len(self.devices) > 1 else None,
        )

    def train_step(self, images: list, labels: list) -> None:
        """One update from a batch, given as lists with an array for each device."""
        # dropout masks are a function of (seed, update): a resumed run has them too
        mx.random.seed(_mix(self.recipe.seed, self.updates))
        lr = self.lr
        if not 0 <= lr < math.inf:  # a schedule of one's own may give anything
            raise ValueError(
                f"the schedule gives {lr} at update {self.updates + 1}: it must "
                "be a finite number, 0 or more"
            )
        self._optimizer.set_learning_rate(lr)
        with autograd.record():
            logits = [self.net(x) for x in images]
            losses = [self.objective(*pair) for pair in zip(logits, labels)]
        autograd.backward(losses)
        size = sum(len(y) for y in labels)
        self._optimizer.allreduce_grads()
        if self.recipe.clip_norm is not None:
            self._clip(self.recipe.clip_norm * size)
        if self.recipe.nesterov and self.recipe.weight_decay:
            self._decay(self.recipe.weight_decay * size)
        self._optimizer.update(size)
        self.meter.update(logits, losses, labels)
        self.step += 1

    def _clip(self, largest: float) -> None:
        """Scale the summed gradients down to an L2 norm, without waiting for it."""
        for index in range(len(self.devices)):
            # legacy views of the same memory: Gluon's function knows no np arrays
            grads = [
                p.list_grad()[index].as_nd_ndarray() for p in self._trained.values()
            ]
            gluon.utils.clip_global_norm(grads, largest, check_isfinite=False)

    def _decay(self, factor: float) -> None:
        """Add the gradient of the L2 penalty to the summed gradients.

        MXNet's Nesterov kernel updates a weight in place before it reads it for the
        decay in the momentum; what it computes is neither paper's nor PyTorch's.
        """
        for parameter in self._trained.values():
            if parameter.wd_mult:
                pairs = zip(parameter.list_grad(), parameter.list_data())
                for gradient, value in pairs:
                    gradient += factor * value

    def average_statistics(self) -> None:
        """Give all devices the mean of their BatchNorm statistics."""
        if len(self.devices) == 1:
            return
        wait()
        for key, parameter in self._parameters.items():
            if key not in self._trained:
                values = [to_numpy(v) for v in parameter.list_data()]
                parameter.set_data(mx.np.array(sum(values) / len(values)))

    def next_epoch(self) -> None:
        """The present epoch is over and recorded."""
        self.epoch, self.step, self.seconds = self.epoch + 1, 0, 0.0
        self.meter = Meter(self.devices)

    def state(self) -> tuple:
        """(numbers, arrays): all that `restore` needs; waits for the devices."""
        wait()
        numbers: dict[str, Any] = {
            "epoch": self.epoch,
            "step": self.step,
            "seconds": self.seconds,
            "history": self.history.as_dict(),
        }
        arrays: Arrays = {"meter": self.meter.state()}
        for key, parameter in self._parameters.items():
            values = parameter.list_data()
            arrays[f"params/{key}"] = to_numpy(values[0])
            if key not in self._trained:  # statistics differ from device to device
                for index, value in enumerate(values[1:], 1):
                    arrays[f"device{index}/{key}"] = to_numpy(value)
        states = self._optimizer._updaters[0].states
        for index, key in enumerate(self._trained):
            for part, value in enumerate(_parts(states.get(index))):
                arrays[f"optimizer{part}/{key}"] = to_numpy(value)
        return numbers, arrays

    def restore(self, numbers: dict[str, Any], arrays: Arrays, path) -> None:
        """Go on from what `state` gave."""
        self.epoch, self.step = numbers["epoch"], numbers["step"]
        self.seconds = numbers["seconds"]
        self.history = History.from_dict(numbers["history"])
        self.meter = Meter(self.devices, arrays["meter"])
        set_parameters(self.net, arrays, path)
        for key, parameter in self._parameters.items():
            for index in range(1, len(self.devices)):
                if f"device{index}/{key}" in arrays:
                    value = mx.np.array(arrays[f"device{index}/{key}"])
                    parameter.list_data()[index][:] = value
        self._optimizer = self._make_optimizer(self.updates)
        for device, updater in zip(self.devices, self._optimizer._updaters):
            for index, key in enumerate(self._trained):
                updater.states[index] = _restored(arrays, key, device)
                updater.states_synced[index] = True

    def is_finite(self) -> bool:
        """Whether loss and parameters are finite numbers; waits for the devices."""
        wait()
        values = (to_numpy(p.list_data()[0]) for p in self._parameters.values())
        return all(onp.isfinite(v).all() for v in (self.meter.state(), *values))


def wait() -> None:
    """Wait until the devices have done all that was asked of them.

    To be called before BatchNorm's running statistics are read: MXNet updates them in
    the backward pass without telling its engine, and a reader would not wait for it.
    """
    mx.nd.waitall()


def _mix(seed: int, update: int) -> int:
    """A 31-bit seed for one update."""
    return int(onp.random.SeedSequence([seed, update]).generate_state(1)[0] >> 1)


def _parts(state) -> tuple:
    """An optimizer's state of one parameter as a flat tuple of arrays."""
    if state is None:
        return ()
    return tuple(state) if isinstance(state, (tuple, list)) else (state,)


def _restored(arrays: Arrays, key: str, device):
    """The inverse of `_parts`, on a device: MXNet wants None, an array, or a tuple."""
    names = [f"optimizer{part}/{key}" for part in range(2)]
    parts = [
        mx.np.array(arrays[n], ctx=device, dtype=arrays[n].dtype).as_nd_ndarray()
        for n in names
        if n in arrays
    ]
    return tuple(parts) if len(parts) > 1 else (parts[0] if parts else None)
