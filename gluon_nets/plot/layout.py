"""Where the boxes of a graph stand: rows from the input down, the longest way first."""

from __future__ import annotations

from typing import Sequence

from gluon_nets.plot.boxes import Box


def arrange(boxes: Sequence[Box]) -> tuple[list[tuple[float, int]], dict]:
    """A row and a column for each box, and for each arrow the column it runs in.

    The longest way from the input to the last box is column 0. Each further way that
    leaves a placed box and comes back to one takes the first column to the right where
    there is room; its boxes are spread over the rows between.

    Returns
    -------
    places : list of (row, column)
    lanes : dict
        (from, to) -> column.
    """
    rows = _rows(boxes)
    places: dict[int, tuple[float, int]] = {}
    lanes: dict[tuple[int, int], int] = {}
    taken: list[list[tuple[float, float]]] = []
    for way in _ways(boxes, rows):
        inner = [box for box in way if box not in places]
        if not places:
            places.update((box, (float(rows[box]), 0)) for box in inner)
            column = 0
        else:
            first, last = places[way[0]][0], places[way[-1]][0]
            column = 0 if _follows(way, places) else _room(taken, first, last)
            step = (last - first) / (len(inner) + 1)
            for index, box in enumerate(inner, 1):
                places[box] = (first + index * step, column)
        lanes.update((pair, column) for pair in zip(way, way[1:]))
    return [places[box] for box in range(len(boxes))], lanes


def _rows(boxes: Sequence[Box]) -> list[int]:
    """The length of the longest way from the input to each box."""
    rows: list[int] = []
    for box in boxes:
        rows.append(1 + max((rows[source] for source in box.sources), default=-1))
    return rows


def _ways(boxes: Sequence[Box], rows: list[int]):
    """All arrows as ways: the longest from input to output, then what is left."""
    left = {(s, b) for b, box in enumerate(boxes) for s in box.sources}
    placed: set[int] = set()
    end = len(boxes) - 1
    while True:
        way = [end]
        while True:
            before = [s for s in boxes[way[0]].sources if (s, way[0]) in left]
            if not before or (placed and way[0] in placed and len(way) > 1):
                break
            way.insert(0, max(before, key=lambda s: rows[s]))
        placed.update(way)
        left -= set(zip(way, way[1:]))
        yield way
        if not left:
            return
        # the shortest ways first: they run inside the longer ones
        end = min((b for _, b in left if b in placed), key=lambda b: rows[b])


def _follows(way, places) -> bool:
    """Whether a way is one arrow between neighbours in the same column."""
    (first, a), (last, b) = places[way[0]], places[way[-1]]
    return len(way) == 2 and a == b and last - first <= 1


def _room(taken, first: float, last: float) -> int:
    """The first column to the right that is free between two rows; takes it."""
    for column, spans in enumerate(taken, 1):
        if all(last <= low or high <= first for low, high in spans):
            spans.append((first, last))
            return column
    taken.append([(first, last)])
    return len(taken)
