"""The chapter's RegNetX with its recipe, by the d2l package; tells each accuracy.

python -m benchmarks.sides.d2l_run --out FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.sides.common import CHAPTER_LR
from benchmarks.sides.d2l_epoch import Classifier, d2l, data_in, torch
from benchmarks.torch_twins import twin

EPOCHS, BATCH, SIZE = 10, 128, 96


class Told(d2l.Trainer):
    """The book's trainer, which prints what its board draws."""

    def fit_epoch(self):
        super().fit_epoch()
        accuracy = self.model.board.data["val_acc"][-1].y
        print(f"epoch {self.epoch + 1} test accuracy {accuracy:.2%}", flush=True)


def main(folder: Path) -> None:
    """Train, to be stopped when enough is known."""
    data = data_in(folder, BATCH, SIZE)
    net = twin("regnetx32", 10, 1, SIZE)
    torch.manual_seed(0)
    model = Classifier(net, CHAPTER_LR)
    model.apply_init([next(iter(data.get_dataloader(True)))[0]], d2l.init_cnn)
    Told(max_epochs=EPOCHS).fit(model, data)


if __name__ == "__main__":
    main(Path(sys.argv[2]))
