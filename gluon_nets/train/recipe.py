"""The recipe of a training run: all numbers that decide its result."""

from __future__ import annotations

import dataclasses
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
        object.__setattr__(self, "milestones", tuple(self.milestones))
        for name, fits, words in _RULES:
            value = getattr(self, name)
            if not fits(value):
                raise ValueError(f"{name} is {value!r}: it must be {words}")
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
        if self.warmup_epochs >= self.max_epochs:
            raise ValueError(
                f"warmup_epochs is {self.warmup_epochs:g} of {self.max_epochs} epochs: "
                "it must be fewer"
            )

    def as_dict(self) -> dict[str, Any]:
        """The recipe as JSON-able data; a schedule of one's own by its repr."""
        fields = dataclasses.asdict(self)
        if callable(self.schedule):
            fields["schedule"] = type(self.schedule).__name__
        return {**fields, "milestones": list(self.milestones)}


def _number(low: float, high: float = float("inf"), closed: bool = True):
    def fits(value) -> bool:
        real = isinstance(value, (int, float)) and not isinstance(value, bool)
        return real and (low <= value if closed else low < value) and value < high

    return fits


def _count(value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _rising(value) -> bool:
    return all(_number(0)(v) for v in value) and list(value) == sorted(set(value))


# (field, what holds of it, the words for that)
_RULES = (
    ("max_epochs", _count, "a whole number, 1 or more"),
    ("lr", _number(0, closed=False), "a number above 0"),
    ("optimizer", OPTIMIZERS.__contains__, "one of " + ", ".join(OPTIMIZERS)),
    ("momentum", _number(0, 1), "0 or more and below 1"),
    ("weight_decay", _number(0), "0 or more"),
    (
        "schedule",
        lambda value: callable(value) or value in SCHEDULES,
        "one of " + ", ".join(SCHEDULES) + ", or a function of the update's number",
    ),
    ("warmup_epochs", _number(0), "0 or more"),
    ("milestones", _rising, "rising numbers of epochs"),
    ("decay", lambda value: 0 < value <= 1, "above 0, at most 1"),
    (
        "clip_norm",
        lambda value: value is None or _number(0, closed=False)(value),
        "above 0",
    ),
    ("label_smoothing", _number(0, 1), "0 or more and below 1"),
    ("patience", lambda value: value is None or _count(value), "1 or more"),
    (
        "seed",
        lambda value: value == 0 or _count(value),
        "a whole number, 0 or more",
    ),
)
