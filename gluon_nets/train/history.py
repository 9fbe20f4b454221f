"""What a training run recorded, epoch by epoch."""

from __future__ import annotations

import csv
import dataclasses
import json
from pathlib import Path
from typing import Any, Union

from gluon_nets.files import write_atomically

PathLike = Union[str, Path]


@dataclasses.dataclass(frozen=True)
class Epoch:
    """One epoch.

    Attributes
    ----------
    epoch : int
        Counted from 1.
    loss, accuracy : float
        Mean over the training images, each as the network was when it saw them.
    eval_loss, eval_accuracy : float
        After the epoch, on the images named by `History.evaluated_on`.
    lr : float
        Learning rate of the last update.
    seconds : float
        Time for the training images alone, without the evaluation.
    images_per_second : float
        Training images over these seconds.
    """

    epoch: int
    loss: float
    accuracy: float
    eval_loss: float
    eval_accuracy: float
    lr: float
    seconds: float
    images_per_second: float


@dataclasses.dataclass
class History:
    """The epochs of a run, and what it was.

    Attributes
    ----------
    epochs : list of Epoch
    evaluated_on : str
        'validation', or 'test' where the data has no validation part.
    about : dict
        Network, data, recipe, devices, versions.
    test : dict, optional
        ``{"loss": ..., "accuracy": ..., "images": ...}`` after the last epoch.
    stopped : str
        Why training ended: 'finished', 'no improvement', '' while it runs.
    """

    epochs: list[Epoch] = dataclasses.field(default_factory=list)
    evaluated_on: str = "test"
    about: dict[str, Any] = dataclasses.field(default_factory=dict)
    test: dict[str, float] | None = None
    stopped: str = ""

    def __len__(self) -> int:
        return len(self.epochs)

    def column(self, name: str) -> list[float]:
        """One number of each epoch, by the field's name."""
        return [getattr(epoch, name) for epoch in self.epochs]

    @property
    def seconds(self) -> float:
        """Training time of all epochs."""
        return sum(self.column("seconds"))

    def as_dict(self) -> dict[str, Any]:
        """Everything as JSON-able data."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> History:
        """The inverse of `as_dict`."""
        epochs = [Epoch(**epoch) for epoch in fields["epochs"]]
        return cls(**{**fields, "epochs": epochs})

    def to_json(self, path: PathLike) -> None:
        """Write a JSON file."""
        write_atomically(path, self.to_text().encode())

    def to_text(self) -> str:
        """What `to_json` writes."""
        return json.dumps(self.as_dict(), indent=1) + "\n"

    @classmethod
    def from_json(cls, path: PathLike) -> History:
        """Read what `to_json` wrote."""
        return cls.from_dict(json.loads(Path(path).read_text(encoding="utf-8")))

    def to_csv(self, path: PathLike) -> None:
        """Write a table with a line for each epoch."""
        names = [field.name for field in dataclasses.fields(Epoch)]
        with open(path, "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, names)
            writer.writeheader()
            writer.writerows(dataclasses.asdict(epoch) for epoch in self.epochs)

    def plot(self, path: PathLike | None = None):
        """Curves of loss and accuracy as a matplotlib figure; saved where asked."""
        from gluon_nets.plot import plot_history

        return plot_history(self, path)
