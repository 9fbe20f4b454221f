"""A labelled grid of images."""

from __future__ import annotations

import io
import os
from typing import Sequence

from gluon_nets.data.split import Split


def show_grid(
    split: Split,
    class_names: Sequence[str],
    rows: int,
    columns: int,
    path: str | os.PathLike | None = None,
):
    """Draw the first ``rows × columns`` images of a split under their class names.

    Returns
    -------
    matplotlib.figure.Figure
        Not known to pyplot, so that there is nothing to close; a notebook shows it as
        the value of a cell.

    Raises
    ------
    ValueError
        `rows` or `columns` is below 1.
    """
    if rows < 1 or columns < 1:
        raise ValueError(f"a grid needs 1 row and 1 column, not {rows} and {columns}")
    figure = _figure(figsize=(1.25 * columns, 1.45 * rows), layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    for axes, image, label in zip(grid.flat, split.images, split.labels):
        axes.imshow(image, cmap="gray_r", vmin=0, vmax=255)
        axes.set_title(class_names[label], fontsize=9)
    if path is not None:
        figure.savefig(path, dpi=150)
    return figure


def _figure(**options):
    """Return a Figure that notebooks can show without pyplot."""
    from matplotlib.figure import Figure

    class NotebookFigure(Figure):
        def _repr_png_(self) -> bytes:
            buffer = io.BytesIO()
            self.savefig(buffer, format="png", dpi=100)
            return buffer.getvalue()

    return NotebookFigure(**options)
