"""A study: a space, how many of its networks, and how each is trained."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from typing import Any

from gluon_nets.checks import check_choice, check_count
from gluon_nets.study.laws import Law
from gluon_nets.subsets import DATA
from gluon_nets.train.recipe import Recipe

LARGEST_SEED = 2**63 - 1  # SQLite's largest number


@dataclasses.dataclass(frozen=True)
class Training:
    """How each network of a study is trained: all by the same numbers.

    Attributes
    ----------
    data : str
        'fashion-mnist' or 'sample'.
    images : int
        Training images, a part of the set that `seed` chooses.
    held_out : int
        Further training images, by which the error is measured. Never the test images.
    epochs : int
        Passes over the images.
    batch_size : int
    lr, momentum, weight_decay, schedule, warmup_epochs
        See `gluon_nets.train.recipe.Recipe`.
    seed : int
        Of images, order and weights.

    Raises
    ------
    ValueError
        Naming the number that does not fit, and what does.
    """

    data: str = "fashion-mnist"
    images: int = 15_000
    held_out: int = 10_000
    epochs: int = 3
    batch_size: int = 128
    lr: float = 0.1
    momentum: float = 0.9
    weight_decay: float = 5e-4
    schedule: str = "cosine"
    warmup_epochs: float = 0.2
    seed: int = 0

    def __post_init__(self):
        check_choice("data", self.data, tuple(DATA))
        for name in ("images", "held_out", "epochs", "batch_size"):
            check_count(name, getattr(self, name))
        check_count("seed", self.seed, least=0)
        if self.batch_size > self.images:
            raise ValueError(
                f"batch_size is {self.batch_size}: it must be images, {self.images}, "
                "or fewer"
            )
        if self.schedule not in ("constant", "cosine"):
            raise ValueError(
                f"schedule is {self.schedule!r}: what fits is constant, cosine"
            )
        self.recipe()

    def recipe(self) -> Recipe:
        """What a `Trainer` takes."""
        names = ("lr", "momentum", "weight_decay", "schedule", "warmup_epochs", "seed")
        options = {name: getattr(self, name) for name in names}
        return Recipe(max_epochs=self.epochs, **options)


@dataclasses.dataclass(frozen=True)
class Study:
    """Networks drawn from a space, each trained briefly.

    Attributes
    ----------
    name : str
        What plots call it.
    space : AnyNetSpace or RegNetSpace
    designs : int
        How many networks.
    seed : int
        Of the draws.
    repeats : int
        How often the first network is trained again, with other weights to begin with
        and another order of the images: how far errors differ by chance alone.
    training : Training
    """

    name: str
    space: Any
    designs: int = 100
    seed: int = 0
    repeats: int = 0
    training: Training = Training()

    def __post_init__(self):
        if not isinstance(self.name, str) or not self.name.strip():
            raise ValueError(f"name is {self.name!r}: it must be a text")
        check_count("designs", self.designs)
        check_count("repeats", self.repeats, least=0)
        check_count("seed", self.seed, least=0, most=LARGEST_SEED)

    def check_images(self) -> None:
        """Raise unless its networks are for the images that they are trained on.

        Those of other spaces can be drawn, but not trained here.
        """
        for name, fits in (("in_channels", 1), ("num_classes", 10)):
            value = getattr(self.space.frame, name)
            if value != fits:
                raise ValueError(
                    f"{self.name} can be drawn, but not trained: {name} is {value}, of "
                    f"{self.training.data} it is {fits}"
                )

    def identity(self) -> dict[str, Any]:
        """What two studies must share for their results to be one study's.

        To be compared they need the same 'training' only.
        """
        space = _plain(self.space)
        del space["name"]
        return {"space": space, "training": _plain(self.training)}


def _plain(value) -> Any:
    """Dataclasses as JSON's data; laws, which may be long, by a hash of theirs."""
    if isinstance(value, Law):
        text = json.dumps([value.values, value.weights])
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        return f"{len(value)} values, {digest}"
    if dataclasses.is_dataclass(value):
        fields = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
        return {"kind": type(value).__name__, **_plain(fields)}
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value
