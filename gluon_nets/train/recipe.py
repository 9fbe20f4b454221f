"""The recipe of a training run: all numbers that decide its result."""

from __future__ import annotations

import dataclasses
import math
import numbers
from typing import Any, Callable

OPTIMIZERS = ("sgd", "adam")
SCHEDULES = ("constant", "step", "cosine")


@dataclasses.dataclass(frozen=True)
class Recipe:
    """How a network is trained. The defaults are the book's: plain SGD, constant rate.

    Attributes
    ----------
    max_epochs : int
        Passes over the training images.
    lr : float
        Learning rate for the mean gradient of a batch; the schedule's highest.
    optimizer : str
        'sgd' or 'adam'.
    momentum, nesterov : float, bool
        Momentum of SGD in [0, 1), and whether it is Nesterov's.
    weight_decay : float
        L2 penalty on weights; never on biases or BatchNorm's gamma and beta.
    schedule : str or callable
        'constant', 'step', 'cosine' (to 0 at the end), or a function from the number
        of the update, counted from 1, to a learning rate (an
        ``mx.lr_scheduler.LRScheduler``, GluonCV's ``LRSequential``).
    warmup_epochs : float
        Linear warm-up from 0, before the schedule.
    milestones : tuple of float
        For 'step': the epochs after which the rate is multiplied by `decay`.
    decay : float
        For 'step': that factor.
    clip_norm : float, optional
        Largest L2 norm of the whole mean gradient.
    label_smoothing : float
        Weight in [0, 1) of the uniform distribution in the target.
    patience : int, optional
        Stop after so many epochs without a lower validation loss.
    seed : int
        Seed of the dropout masks (data and network have seeds of their own).

    Raises
    ------
    ValueError
        Naming the number that does not fit, and what does.
    """

    max_epochs: int = 10
    lr: float = 0.1
    optimizer: str = "sgd"
    momentum: float = 0.0
    nesterov: bool = False
    weight_decay: float = 0.0
    schedule: str | Callable[[int], float] = "constant"
    warmup_epochs: float = 0.0
    milestones: tuple[float, ...] = ()
    decay: float = 0.1
    clip_norm: float | None = None
    label_smoothing: float = 0.0
    patience: int | None = None
    seed: int = 0

    def __post_init__(self):
        for name, fits, cast, words in _RULES:
            value = getattr(self, name)
            if not fits(value):
                raise ValueError(f"{name} is {value!r}: it must be {words}")
            if cast is not None and value is not None:
                object.__setattr__(self, name, cast(value))
        self._check_combinations()

    def _check_combinations(self) -> None:
        if self.optimizer == "adam" and (self.momentum or self.nesterov):
            raise ValueError(
                f"momentum is {self.momentum:g} and the optimizer 'adam': momentum and "
                "nesterov belong to 'sgd'"
            )
        if self.nesterov and not self.momentum:
            raise ValueError("nesterov needs a momentum above 0")
        if self.schedule == "step" and not self.milestones:
            raise ValueError("schedule 'step' needs milestones: epochs such as (5, 8)")
        if self.milestones and self.schedule != "step":
            raise ValueError(
                f"milestones are {self.milestones}: they belong to the schedule 'step'"
            )
        if self.warmup_epochs >= self.max_epochs:
            raise ValueError(
                f"warmup_epochs is {self.warmup_epochs:g} of {self.max_epochs} epochs: "
                "it must be fewer"
            )

    def as_dict(self) -> dict[str, Any]:
        """The recipe as JSON-able data; a schedule of one's own by its type."""
        fields = dataclasses.asdict(self)
        if callable(self.schedule):
            fields["schedule"] = type(self.schedule).__name__
        return {**fields, "milestones": list(self.milestones)}


def _number(low: float, high: float = math.inf, closed: bool = True):
    """What holds of numbers from `low` (itself only where closed) to below `high`."""

    def fits(value) -> bool:
        if not isinstance(value, numbers.Real) or isinstance(value, bool):
            return False
        return (low <= value if closed else low < value) and value < high

    return fits


def _whole(low: int):
    def fits(value) -> bool:
        return isinstance(value, numbers.Integral) and _number(low)(value)

    return fits


def _or_none(fits):
    return lambda value: value is None or fits(value)


def _share(value) -> bool:
    return _number(0, closed=False)(value) and value <= 1


def _rising(value) -> bool:
    if not isinstance(value, (list, tuple)) or not all(map(_number(0), value)):
        return False
    return list(value) == sorted(set(value))


def _schedule(value) -> bool:
    return callable(value) or value in SCHEDULES


_ABOVE = _number(0, closed=False)
_BELOW_1 = "0 or more and below 1"
# (field, what holds of it, the type it is kept as, what to say)
_RULES = (
    ("max_epochs", _whole(1), int, "a whole number, 1 or more"),
    ("lr", _ABOVE, float, "a number above 0"),
    ("optimizer", OPTIMIZERS.__contains__, None, "one of " + ", ".join(OPTIMIZERS)),
    ("momentum", _number(0, 1), float, _BELOW_1),
    ("nesterov", lambda value: value in (True, False), bool, "True or False"),
    ("weight_decay", _number(0), float, "0 or more"),
    ("schedule", _schedule, None, f"one of {', '.join(SCHEDULES)}, or a function"),
    ("warmup_epochs", _number(0), float, "0 or more"),
    ("milestones", _rising, tuple, "rising numbers of epochs"),
    ("decay", _share, float, "above 0, at most 1"),
    ("clip_norm", _or_none(_ABOVE), float, "above 0"),
    ("label_smoothing", _number(0, 1), float, _BELOW_1),
    ("patience", _or_none(_whole(1)), int, "a whole number, 1 or more"),
    ("seed", _whole(0), int, "a whole number, 0 or more"),
)
