"""RegNetX and RegNetY: what the quantized linear rule makes of a few numbers."""

from __future__ import annotations

from gluon_nets.quantized import regnet_arch
from gluon_nets.specs.entry import Entry

_PAPER = "Radosavovic et al. 2020 (Designing network design spaces)"
_X, _Y = f"{_PAPER}, figure 15", f"{_PAPER}, figure 16"
_CHAPTER = "Dive into Deep Learning, 'Designing convolution network architectures'"

# name -> w0, wa, wm, depth, group width, as in the configurations of the paper's code;
# the printed table shows widths after rounding
RULES = {
    "regnetx_200mf": (24, 36.44, 2.49, 13, 8),
    "regnetx_400mf": (24, 24.48, 2.54, 22, 16),
    "regnetx_600mf": (48, 36.97, 2.24, 16, 24),
    "regnetx_800mf": (56, 35.73, 2.28, 16, 16),
    "regnetx_1.6gf": (80, 34.01, 2.25, 18, 24),
    "regnetx_3.2gf": (88, 26.31, 2.25, 25, 48),
    "regnetx_4.0gf": (96, 38.65, 2.43, 23, 40),
    "regnetx_6.4gf": (184, 60.83, 2.07, 17, 56),
    "regnetx_8.0gf": (80, 49.56, 2.88, 23, 120),
    "regnetx_12gf": (168, 73.36, 2.37, 19, 112),
    "regnetx_16gf": (216, 55.59, 2.1, 22, 128),
    "regnetx_32gf": (320, 69.86, 2.0, 23, 168),
    "regnety_200mf": (24, 36.44, 2.49, 13, 8),
    "regnety_400mf": (48, 27.89, 2.09, 16, 8),
    "regnety_600mf": (48, 32.54, 2.32, 15, 16),
    "regnety_800mf": (56, 38.84, 2.4, 14, 16),
    "regnety_1.6gf": (48, 20.71, 2.65, 27, 24),
    "regnety_3.2gf": (80, 42.63, 2.66, 21, 24),
    "regnety_4.0gf": (96, 31.41, 2.24, 22, 64),
    "regnety_6.4gf": (112, 33.22, 2.27, 25, 72),
    "regnety_8.0gf": (192, 76.82, 2.19, 17, 56),
    "regnety_12gf": (168, 73.36, 2.37, 19, 112),
    "regnety_16gf": (200, 106.23, 2.48, 18, 112),
    "regnety_32gf": (232, 115.89, 2.53, 20, 232),
}


def _entry(name: str) -> Entry:
    wide = name.startswith("regnety")
    arch = regnet_arch(*RULES[name], se_ratio=0.25 if wide else 0.0)
    return Entry(arch, _Y if wide else _X)


REGNET = {
    **{name: _entry(name) for name in RULES},
    # the network that the chapter ends with: 1 stem + 3 · 10 + 1 dense = 32 layers; it
    # is not RegNetX-32GF
    "regnetx32": Entry(regnet_arch(32, 5, 2.5, 10, 16), _CHAPTER, 96, 1, 10),
    # the exercise: four stages, deeper, at the same flops
    "regnetx_deep": Entry(
        regnet_arch(32, 8, 1.8, 23, 16), f"{_CHAPTER}, exercise 1", 96, 1, 10
    ),
}
