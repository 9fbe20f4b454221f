"""Architectures as numbers: what a network is before anything is built."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import Callable

from gluon_nets.checks import check_choice, check_count, check_fields, check_flag
from gluon_nets.compatible import ROUNDINGS
from gluon_nets.stage import Stage

# X and basic block with the ReLU after the sum; the same with BatchNorm and ReLU before
# each convolution ('preact'); two convolutions without a shortcut
BLOCKS = ("resnext", "residual", "preact_resnext", "preact_residual", "vanilla")
GROUPED = ("resnext", "preact_resnext")
PREACT = ("preact_resnext", "preact_residual")
STEMS = ("conv3", "conv3_s1", "conv7_pool")
STRIDE_ON = ("conv3", "conv1")


@dataclasses.dataclass(frozen=True)
class Arch:
    """A network of the AnyNet template: a stem, stages of equal blocks, a head.

    Attributes
    ----------
    stem_width : int
        Output channels of the stem.
    stages : tuple of Stage
    block : str
        'resnext': the X block, which with one group is ResNet's bottleneck block;
        'residual': ResNet's basic block; 'preact_resnext', 'preact_residual': the same
        with BatchNorm and ReLU before the convolutions; 'vanilla': two 3×3
        convolutions without a shortcut.
    stem : str
        'conv3': 3×3 convolution with stride 2; 'conv3_s1': with stride 1, for small
        images; 'conv7_pool': 7×7 with stride 2, then 3×3 max pooling with stride 2.
    shortcut_bn : bool
        Whether BatchNorm follows the projections, as in the authors' code and in all
        common libraries; the book's residual block has a bias there instead.
        Pre-activation blocks have neither.
    stride_on : str
        Which convolution of an X block has the stride: 'conv3', as everywhere today,
        or the first 'conv1', as first published.

    Raises
    ------
    ValueError
        Naming the number that does not fit, and what does.

    Source: Radosavovic et al. 2020, figure 3; He et al. 2016a, table 1; He et al.
    2016b, figure 4e.
    """

    stem_width: int
    stages: tuple[Stage, ...]
    block: str = "resnext"
    stem: str = "conv3"
    shortcut_bn: bool = True
    stride_on: str = "conv3"

    def __post_init__(self):
        self._check_stages()
        check_count("stem_width", self.stem_width)
        object.__setattr__(self, "stem_width", int(self.stem_width))
        check_choice("block", self.block, BLOCKS)
        check_choice("stem", self.stem, STEMS)
        check_flag("shortcut_bn", self.shortcut_bn)
        check_choice("stride_on", self.stride_on, STRIDE_ON)
        for index, stage in enumerate(self.stages, 1):
            self._check_groups(index, stage)
        self._check_options()

    def _check_stages(self) -> None:
        try:
            object.__setattr__(self, "stages", tuple(self.stages))
        except TypeError:
            raise ValueError(
                f"stages is {self.stages!r}: it must be a sequence of Stage"
            ) from None
        if not self.stages:
            raise ValueError("stages is empty: a network needs at least one stage")
        for index, stage in enumerate(self.stages, 1):
            if not isinstance(stage, Stage):
                raise ValueError(f"stage {index} is {stage!r}: it must be a Stage")

    def _check_options(self) -> None:
        if not self.shortcut_bn and self.block in (*PREACT, "vanilla"):
            raise ValueError(
                f"shortcut_bn is False: block {self.block!r} has no BatchNorm on its "
                "shortcut to leave out; it fits 'resnext' and 'residual'"
            )
        if self.stride_on == "conv1" and self.block not in GROUPED:
            raise ValueError(
                f"stride_on is 'conv1': block {self.block!r} has no 1×1 convolution; "
                f"it fits {' and '.join(map(repr, GROUPED))}"
            )

    def _check_groups(self, index: int, stage: Stage) -> None:
        if self.block in GROUPED:
            if stage.group_width is None:
                raise ValueError(
                    f"stage {index} has no group_width: the X block needs one"
                )
        elif stage.group_width is not None or stage.bottleneck != 1:
            raise ValueError(
                f"stage {index} has a group_width or a bottleneck: block "
                f"{self.block!r} has neither"
            )
        elif stage.se_ratio:
            raise ValueError(
                f"stage {index} has an se_ratio of {stage.se_ratio:g}: only "
                f"{' and '.join(map(repr, GROUPED))} have squeeze-and-excitation"
            )

    def check_compatible(self) -> Arch:
        """Return the arch itself where it can be built.

        Raises
        ------
        ValueError
            Where in a stage width, bottleneck and group width do not fit together.
        """
        self._each_stage(Stage.check_compatible)
        return self

    def _each_stage(self, change: Callable[[Stage], Stage]) -> tuple[Stage, ...]:
        """What a function makes of the stages; errors begin with the stage's number."""
        stages = []
        for index, stage in enumerate(self.stages, 1):
            try:
                stages.append(change(stage))
            except ValueError as error:
                raise ValueError(f"stage {index}: {error}") from None
        return tuple(stages)

    def adjusted(self, rounding: str = "half_even") -> Arch:
        """The nearest arch that can be built; what differs tells `adjustments`.

        Parameters
        ----------
        rounding : {'half_even', 'half_up_guard'}
            See `gluon_nets.compatible.adjust`.

        Raises
        ------
        ValueError
            Where a stage does not fit and cannot be adjusted: its bottleneck is no
            fraction p/q with q of 1000 at most, or 'half_up_guard' overlooks that it is
            not a whole number.
        """
        check_choice("rounding", rounding, ROUNDINGS)
        stages = self._each_stage(lambda stage: stage.adjusted(rounding))
        return dataclasses.replace(self, stages=stages)

    def adjustments(self, rounding: str = "half_even") -> tuple[str, ...]:
        """What `adjusted` changes, a line for each number: 'stage 2: width 24 → 32'."""
        return tuple(
            f"stage {index}: {name} {getattr(old, name)} → {getattr(new, name)}"
            for index, (old, new) in enumerate(
                zip(self.stages, self.adjusted(rounding).stages), 1
            )
            for name in ("width", "group_width")
            if getattr(old, name) != getattr(new, name)
        )

    @property
    def depth(self) -> int:
        """Blocks of all stages."""
        return sum(stage.depth for stage in self.stages)

    @property
    def stride(self) -> int:
        """How many times smaller than the image the last stage's map is."""
        stem = {"conv3": 2, "conv3_s1": 1, "conv7_pool": 4}[self.stem]
        return stem * math.prod(stage.stride for stage in self.stages)

    def __str__(self) -> str:
        stages = " → ".join(map(str, self.stages))
        text = f"{self.stem} {self.stem_width} → {self.block}: {stages}"
        if not self.shortcut_bn:
            text += ", no BatchNorm on shortcuts"
        if self.stride_on != "conv3":
            text += f", stride on {self.stride_on}"
        return text

    def to_json(self) -> str:
        """The arch as a JSON object; `from_json` reads it."""
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Arch:
        """The arch that `to_json` wrote.

        Raises
        ------
        ValueError
            Where the text is no JSON object of an arch; names what is wrong.
        """
        try:
            data = json.loads(text)
        except json.JSONDecodeError as error:
            raise ValueError(f"the text is no JSON: {error}") from None
        stages = check_fields(data, cls, "an arch")["stages"]
        if not isinstance(stages, list):
            raise ValueError(f"stages is {stages!r}: it must be a list")
        stages = [Stage(**check_fields(stage, Stage, "a stage")) for stage in stages]
        return cls(**{**data, "stages": tuple(stages)})
