"""RegNet: networks whose widths follow a quantized line."""

from __future__ import annotations

from gluon_nets.arch import Arch, Stage

# The 32-layer network that the chapter ends with (1 stem + 3 · 10 blocks + 1 dense);
# it is not RegNetX-32GF. 177,322 parameters for one channel and ten classes.
REGNET = {
    "regnetx32": Arch(
        stem_width=32,
        stages=(Stage(4, 32, group_width=16), Stage(6, 80, group_width=16)),
    ),
}
