"""Figures, each on its own canvas: no window opens, no global state is touched."""

from __future__ import annotations

from pathlib import Path
from typing import Mapping

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from gluon_nets.plot.picture import Picture
from gluon_nets.train.history import History


def plot_history(history: History, path: str | Path | None = None) -> Figure:
    """Loss and accuracy over the epochs, for training and evaluation images.

    Parameters
    ----------
    history : History
    path : path, optional
        Where to save it; the suffix names the format.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    epochs = history.column("epoch")
    panels = (
        ("loss", "cross-entropy", "loss", "eval_loss"),
        ("accuracy", "accuracy", "accuracy", "eval_accuracy"),
    )
    for axes, (title, label, train, evaluated) in zip(figure.subplots(1, 2), panels):
        axes.plot(epochs, history.column(train), "o-", ms=3, label="training")
        name = history.evaluated_on
        axes.plot(epochs, history.column(evaluated), "s--", ms=3, label=name)
        _over_epochs(axes, title, label)
        if title == "accuracy":
            axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    if history.about:
        figure.suptitle(_headline(history))
    if path is not None:
        figure.savefig(path, dpi=120)
    return figure


def _over_epochs(axes, title: str, label: str = "") -> None:
    axes.set(title=title, xlabel="epoch", ylabel=label)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.grid(alpha=0.3)
    axes.legend()


def _headline(history: History) -> str:
    about = history.about
    text = f"{about['net_name']} on {about['data']['name']}"
    if about.get("params"):
        text += f", {about['params']:,} parameters"
    if history.test:
        text += f", test accuracy {history.test['accuracy']:.2%}"
    return text


def curves(histories: History | Mapping[str, History]) -> Picture:
    """A run's curves, or those of several runs in one picture.

    Parameters
    ----------
    histories : History, or mapping of str to History
        Several are told apart by their names.
    """
    if isinstance(histories, History):
        alt = "Loss and accuracy, epoch by epoch"
        if histories.about:
            alt += f": {_headline(histories)}"
        return Picture(lambda theme: plot_history(histories), alt)
    last = "; ".join(
        f"{name} {history.column('eval_accuracy')[-1]:.0%}"
        for name, history in histories.items()
    )
    alt = f"Training loss and accuracy of several runs; accuracy at the end: {last}."
    return Picture(lambda theme: _beside(histories), alt)


def _beside(histories: Mapping[str, History]) -> Figure:
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    panels = figure.subplots(1, 2)
    for name, history in histories.items():
        for axes, column in zip(panels, ("loss", "eval_accuracy")):
            axes.plot(history.column("epoch"), history.column(column), "o-", label=name)
    evaluated = next(iter(histories.values())).evaluated_on
    for axes, title in zip(panels, ("training loss", f"accuracy, {evaluated} images")):
        _over_epochs(axes, title)
    panels[1].yaxis.set_major_formatter(PercentFormatter(1.0))
    return figure


class LiveCurves:
    """Curves in a notebook that are redrawn in place after each epoch."""

    def __init__(self):
        self._handle = None

    def __call__(self, history: History) -> None:
        from IPython.display import display

        picture = curves(history)
        if self._handle is None:
            self._handle = display(picture, display_id=True)
        else:
            self._handle.update(picture)
