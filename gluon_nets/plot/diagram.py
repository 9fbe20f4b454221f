"""The operators of a block or a small network, and how one feeds the next."""

from __future__ import annotations

from typing import Sequence

from matplotlib.figure import Figure

from gluon_nets.graph import (
    Shape,
    check_input,
    name_of,
    operators,
    output_shape,
    symbol_of,
)
from gluon_nets.plot import strokes
from gluon_nets.plot.boxes import Box, boxes_of
from gluon_nets.plot.layout import arrange
from gluon_nets.plot.picture import Picture
from gluon_nets.plot.theme import Theme

WIDE, HIGH, GAP = 2.1, 0.46, 0.34  # of a box, and between rows, in inches
LANE = 2.5  # from column to column


def flow(net, shape: Shape, title: str = "") -> Picture:
    """A picture of a network's operators, from its own graph.

    Parameters
    ----------
    net : HybridBlock
        Small: all of its operators are drawn.
    shape : (N, C, H, W)
        Of the input.
    title : str
        Above the picture; the network's name unless given.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        Where an input of that shape does not fit.
    """
    if len(shape) == 4:
        check_input(net, shape)
    boxes = boxes_of(operators(symbol_of(net), shape), shape)
    title = title or name_of(net)
    alt = f"{title}. {words_of_boxes(boxes)}."
    return Picture(lambda theme: _draw(boxes, title, theme), alt)


def block(arch, stage: int = 1, number: int = 2, image_size: int = 96) -> Picture:
    """A picture of a block of an `Arch`.

    Parameters
    ----------
    arch : Arch
    stage, number : int
        Which stage, and which of its blocks, from 1 on: the first has the stride.
    image_size : int
        Height and width of the network's images.

    Raises
    ------
    ValueError
        Where the arch has no such stage, or the stage no such block.
    """
    part, shape = _part(arch, stage, number, image_size)
    return flow(part, shape, f"stage {stage}, block {number}")


def boxes_inside(arch, stage: int, number: int, image_size: int) -> list[Box]:
    """The boxes of that picture, for `draw_boxes`; see `block`."""
    part, shape = _part(arch, stage, number, image_size)
    return boxes_of(operators(symbol_of(part), shape), shape)


def _part(arch, stage: int, number: int, image_size: int):
    """A block, and the shape of its input."""
    from gluon_nets.nets.anynet import AnyNet

    if not 1 <= stage <= len(arch.stages):
        raise ValueError(f"stage is {stage}: the arch has 1 to {len(arch.stages)}")
    depth = arch.stages[stage - 1].depth
    if not 1 <= number <= depth:
        raise ValueError(f"number is {number}: stage {stage} has blocks 1 to {depth}")
    parts = AnyNet(arch, in_channels=1)._children
    shape = _behind(parts["stem"], (1, 1, image_size, image_size))
    for before in range(1, stage):
        shape = _behind(parts[f"stage{before}"], shape)
    blocks = list(parts[f"stage{stage}"])
    for part in blocks[: number - 1]:
        shape = _behind(part, shape)
    return blocks[number - 1], shape


def _behind(part, shape: Shape) -> Shape:
    """The shape behind a part of a network."""
    return output_shape(symbol_of(part), shape)


def words_of_boxes(boxes: Sequence[Box]) -> str:
    """The graph in words: each box, what it reads where that is not the one before."""
    parts = []
    for index, box in enumerate(boxes):
        text = ", ".join(box.lines).replace("+", "sum").replace(" × ", "×")
        text = "product" if text == "×" else text
        if box.sources and box.sources != (index - 1,):
            read = " and ".join(str(source) for source in box.sources)
            text += f" of {read}"
        parts.append(f"{index}: {text}")
    return "; ".join(parts)


def _draw(boxes: Sequence[Box], title: str, theme: Theme) -> Figure:
    places, lanes = arrange(boxes)
    columns = 1 + max([column for _, column in places] + list(lanes.values()))
    rows = 1 + max(row for row, _ in places)
    step = HIGH + GAP
    figure = Figure(figsize=(0.4 + LANE * columns, 0.5 + step * rows))
    axes = figure.add_axes([0, 0, 1, 1])
    axes.set(xlim=(-0.2 - WIDE / 2, figure.get_figwidth() - 0.2 - WIDE / 2))
    axes.set(ylim=(rows * step - HIGH / 2 + 0.05, -HIGH / 2 - 0.45))
    axes.set_axis_off()
    axes.set_title(title, fontsize=10, y=1.0, pad=-14)
    draw_boxes(axes, boxes, theme)
    return figure


def draw_boxes(
    axes, boxes: Sequence[Box], theme: Theme, first=(0.0, 0.0), lane: float = LANE
) -> None:
    """Draw boxes and arrows into axes whose units are inches, and whose y grows down.

    Parameters
    ----------
    axes : Axes
    boxes : sequence of Box
    theme : Theme
    first : (float, float)
        The middle of the first box.
    lane : float
        From column to column.
    """
    places, lanes = arrange(boxes)
    x, y = first
    spots = [(x + column * lane, y + row * (HIGH + GAP)) for row, column in places]
    for (start, end), column in lanes.items():
        _arrow(axes, boxes, spots, start, end, x + column * lane, theme)
    for box, spot in zip(boxes, spots):
        _box(axes, box, spot, theme)


def _is_dot(box: Box) -> bool:
    return box.kind == "sum"


def _box(axes, box: Box, spot, theme: Theme) -> None:
    dot = _is_dot(box)
    text, fill = "\n".join(box.lines), theme.fills[box.kind]
    size, radius = (HIGH if dot else WIDE, HIGH), HIGH / 2 if dot else 0.08
    strokes.box(axes, spot, size, text, fill, theme, radius, 12 if dot else 8.5)


def _arrow(axes, boxes, spots, start: int, end: int, lane: float, theme) -> None:
    (x0, y0), (x1, y1) = spots[start], spots[end]
    low, high = y0 + HIGH / 2, y1 - HIGH / 2
    points = [(x0, low)]
    if lane == x0 == x1:
        points.append((x1, high))
    else:
        bend = low + GAP * 0.35
        points += [(x0, bend), (lane, bend)]
        if _is_dot(boxes[end]) and lane != x1:  # into its side
            points += [(lane, y1), (x1 + HIGH / 2, y1)]
        elif lane == x1:
            points.append((x1, high))
        else:
            points += [(lane, high - GAP * 0.4), (x1, high - GAP * 0.4), (x1, high)]
    strokes.arrow(axes, points, theme)
