"""What comes of training one network of a study."""

from __future__ import annotations

import dataclasses
from typing import Any

DONE, DIVERGED, FAILED = STATUSES = ("done", "diverged", "failed")
GUESSING = 0.9  # the error of guessing among ten classes
# how the reason begins of a design that the next run tries again
LOST = "its worker died"


@dataclasses.dataclass(frozen=True)
class Outcome:
    """An error, and what it came of.

    Attributes
    ----------
    status : str
        'done'; 'diverged': loss or weights became no numbers; 'failed': it could not be
        trained. What was not done counts as `GUESSING`, and is never left out: networks
        that do not train are part of a space.
    error : float
        Share of the held-out images that the network has wrong after the last epoch.
    curve : tuple of dict
        For each epoch train_loss, train_error, loss and error.
    seconds : float
        All that it took: building, training, evaluating.
    reason : str
        Why it is not done.
    about : dict
        Host and versions.
    """

    status: str
    error: float
    curve: tuple[dict[str, float], ...]
    seconds: float
    reason: str
    about: dict[str, Any]


def failed(reason: str, seconds: float = 0.0, about: dict | None = None) -> Outcome:
    """Of a network that could not be trained."""
    return Outcome(FAILED, GUESSING, (), seconds, reason, about or {})
