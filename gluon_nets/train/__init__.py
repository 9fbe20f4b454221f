"""Training: recipe, trainer, history, checkpoints, evaluation."""

from gluon_nets.train.checkpoint import CheckpointError, load_checkpoint
from gluon_nets.train.evaluate import Evaluation, evaluate
from gluon_nets.train.history import Epoch, History
from gluon_nets.train.recipe import Recipe
from gluon_nets.train.trainer import Diverged, Interrupted, Trainer

__all__ = [
    "CheckpointError",
    "Diverged",
    "Epoch",
    "Evaluation",
    "History",
    "Interrupted",
    "Recipe",
    "Trainer",
    "evaluate",
    "load_checkpoint",
]
