"""Blocks: what networks are repeated from."""

from gluon_nets.blocks.plain import InceptionBlock, VanillaBlock, VGGBlock
from gluon_nets.blocks.residual import (
    PreActivation,
    PreActResidualBlock,
    PreActResNeXtBlock,
    Residual,
    ResidualBlock,
    ResNeXtBlock,
)

__all__ = [
    "InceptionBlock",
    "PreActResNeXtBlock",
    "PreActResidualBlock",
    "PreActivation",
    "ResNeXtBlock",
    "Residual",
    "ResidualBlock",
    "VGGBlock",
    "VanillaBlock",
]
