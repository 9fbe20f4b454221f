"""The AnyNet template with the numbers of an `Arch`: network, stage, block."""

from __future__ import annotations

from matplotlib.figure import Figure

from gluon_nets.arch import Arch
from gluon_nets.cost import count_stage, count_stem, image_map
from gluon_nets.plot import strokes
from gluon_nets.plot.boxes import Box
from gluon_nets.plot.layout import arrange
from gluon_nets.plot.picture import Picture
from gluon_nets.plot.theme import Theme
from gluon_nets.tally import Map, Tally

WIDE, HIGH, STEP = 2.5, 0.5, 0.82
STAGE = 0.2 + WIDE + 1.45, 1.7  # what a stage consists of: left, width
BLOCK = sum(STAGE) + 0.4  # what a block consists of: left


def template(
    arch: Arch, image_size: int = 224, in_channels: int = 3, num_classes: int = 1000
) -> Picture:
    """A picture of an arch: stem, stages and head; a stage's blocks; a block's inside.

    The maps' sizes are those by which its complexity is counted. The block is the first
    one that fits its neighbours, or else the first one.

    Parameters
    ----------
    arch : Arch
    image_size, in_channels, num_classes : int
        See `gluon_nets.complexity`.

    Raises
    ------
    ValueError
        Where the arch cannot be built, or the image is too small for it.

    Source: Radosavovic et al. 2020, figure 3.
    """
    from gluon_nets.plot.diagram import boxes_inside, words_of_boxes

    arch.check_compatible()
    x = image_map(image_size, in_channels)
    rows = [("image", _size(x), "input")]
    x = count_stem(arch.stem, arch.stem_width, Tally(), x)
    rows.append((f"stem: {arch.stem}", _size(x), "conv"))
    for index, stage in enumerate(arch.stages, 1):
        x = count_stage(arch, Tally(), x, stage, *stage.inner())
        text = f"stage {index}: {stage}"
        rows.append((text, _size(x), "conv"))
    rows.append(("head: average, dense", f"{num_classes}", "dense"))
    inside = [_stage_rows(arch, stage) for stage in arch.stages]
    title = f"{arch.depth} blocks in {len(arch.stages)} stages"
    words = "; ".join(f"{name}, giving {size}" for name, size, _ in rows)
    block = _typical(arch)
    boxes = boxes_inside(arch, *block, image_size)
    name = f"stage {block[0]}, block {block[1]}"
    alt = (
        f"AnyNet template with {title}. {words}. "
        f"Inside {name}: {words_of_boxes(boxes)}."
    )

    def draw(theme: Theme) -> Figure:
        axes = _paper(len(rows), boxes, theme)
        _network(axes, rows, inside, title, theme)
        _block(axes, block, boxes, name, theme)
        return axes.figure

    return Picture(draw, alt)


def _typical(arch: Arch) -> tuple[int, int]:
    """Stage and number of the first block that needs no stride."""
    deep = (index for index, stage in enumerate(arch.stages, 1) if stage.depth > 1)
    stage = next(deep, None)
    return (1, 1) if stage is None else (stage, 2)


def _size(x: Map) -> str:
    return f"{x.channels}×{x.height}×{x.width}"


def _stage_rows(arch: Arch, stage) -> list[str]:
    """The blocks of a stage, the equal ones as one line."""
    first = f"block 1: stride {stage.stride}"
    if stage.depth == 1:
        return [first]
    others = "block 2" if stage.depth == 2 else f"blocks 2 to {stage.depth}"
    return [first, f"{others}: stride 1"]


def _paper(rows: int, boxes: list[Box], theme: Theme):
    """Axes in inches, as large as the three levels need."""
    from gluon_nets.plot import diagram

    places, lanes = arrange(boxes)
    columns = max([*(column for _, column in places), *lanes.values()])
    right = diagram.WIDE / 2 if any(column for _, column in places) else 0.0
    deep = max(row for row, _ in places) + 1
    high = max(STEP * rows, (diagram.HIGH + diagram.GAP) * deep) + 0.5
    right = max(diagram.WIDE / 2, columns * _lane(boxes) + right)
    wide = BLOCK + diagram.WIDE / 2 + right + 0.2
    figure = Figure(figsize=(wide, high))
    axes = figure.add_axes([0, 0, 1, 1])
    axes.set(xlim=(0, wide), ylim=(high, 0))
    axes.set_axis_off()
    return axes


def _network(axes, rows, inside, title: str, theme: Theme) -> None:
    axes.text(0.2, 0.22, title, fontsize=10, color=theme.ink, va="center")
    for index, (name, size, kind) in enumerate(rows):
        y = 0.5 + STEP * index
        middle = 0.2 + WIDE / 2, y + HIGH / 2
        strokes.box(axes, middle, (WIDE, HIGH), name, theme.fills[kind], theme)
        axes.text(
            *(WIDE + 0.35, y + HIGH / 2),
            size,
            color=theme.quiet,
            va="center",
            fontsize=9,
        )
        if index:
            strokes.arrow(axes, [(middle[0], y - STEP + HIGH), (middle[0], y)], theme)
        if 2 <= index < len(rows) - 1:
            _stage(axes, y, inside[index - 2], theme)


def _stage(axes, y: float, lines: list[str], theme: Theme) -> None:
    """What is in a stage, to its right."""
    left, wide = STAGE
    each = HIGH / len(lines)
    _leader(axes, (WIDE + 1.2, y + HIGH / 2), (left, y + HIGH / 2), theme)
    for index, line in enumerate(lines):
        fill = theme.fills["sum" if index == 0 else "norm"]
        top = y + index * (each + 0.03)
        middle = left + wide / 2, top + each / 2
        strokes.box(axes, middle, (wide, each - 0.015), line, fill, theme)


def _block(axes, block, boxes: list[Box], name: str, theme: Theme) -> None:
    """What is in a block, at the right of all."""
    from gluon_nets.plot import diagram

    stage, number = block
    first = BLOCK + diagram.WIDE / 2, 0.5 + diagram.HIGH / 2
    axes.text(BLOCK, 0.22, f"inside {name}", fontsize=10, color=theme.ink, va="center")
    diagram.draw_boxes(axes, boxes, theme, first, _lane(boxes))
    y = 0.5 + STEP * (stage + 1) + HIGH * (0.27 if number == 1 else 0.8)
    _leader(axes, (sum(STAGE), y), (BLOCK, first[1]), theme)


def _lane(boxes: list[Box]) -> float:
    """How far a shortcut runs from the boxes: further where one stands on it."""
    from gluon_nets.plot import diagram

    alone = all(column == 0 for _, column in arrange(boxes)[0])
    return diagram.WIDE / 2 + 0.3 if alone else diagram.LANE


def _leader(axes, start, end, theme: Theme) -> None:
    """A dotted line from a part to what is in it."""
    gap = 0.06
    xs, ys = (start[0] + gap, end[0] - gap), (start[1], end[1])
    axes.plot(xs, ys, color=theme.quiet, lw=0.8, ls=":")
