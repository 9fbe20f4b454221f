"""ResNet: basic residual blocks on the 7×7 stem."""

from __future__ import annotations

from gluon_nets.arch import Arch, Stage

# Source: He et al. 2016, table 1. The first stage keeps the resolution: the stem's
# pooling has halved it already.
RESNET = {
    "resnet18": Arch(
        stem_width=64,
        stages=(
            Stage(2, 64, stride=1),
            Stage(2, 128),
            Stage(2, 256),
            Stage(2, 512),
        ),
        block="residual",
        stem="conv7_pool",
    ),
}
