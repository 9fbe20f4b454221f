"""One network of a study in a process of its own, as `gluon-nets train` trains it.

python -m benchmarks.sides.plain_train DESIGN.json STUDY.toml FOLDER
"""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import gluon_nets as gn
from gluon_nets.study.images import load_data
from gluon_nets.study.reader import read_study


def main(design: str, study: str, folder: str) -> None:
    """Train it; validation after each epoch, the test images at the end."""
    what = read_study(study)
    training = what.training
    arch = gn.Arch.from_json(Path(design).read_text("utf-8"))
    net = gn.build(arch, num_classes=10, in_channels=1, seed=training.seed)
    recipe = dataclasses.asdict(training.recipe())
    trainer = gn.Trainer(**recipe, out=folder, progress=False)
    trainer.fit(net, load_data(training, what.space.frame.image_size))


if __name__ == "__main__":
    main(*sys.argv[1:])
