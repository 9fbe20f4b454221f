"""Figures, each on its own canvas: no window opens, no global state is touched."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

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
        axes.set(title=title, xlabel="epoch", ylabel=label)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        axes.grid(alpha=0.3)
        axes.legend()
        if title == "accuracy":
            axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    if history.about:
        figure.suptitle(_headline(history))
    if path is not None:
        figure.savefig(path, dpi=120)
    return figure


def _headline(history: History) -> str:
    about = history.about
    text = f"{about['net_name']} on {about['data']['name']}"
    if about.get("params"):
        text += f", {about['params']:,} parameters"
    if history.test:
        text += f", test accuracy {history.test['accuracy']:.2%}"
    return text


class LiveCurves:
    """Curves in a notebook that are redrawn in place after each epoch."""

    def __init__(self):
        self._handle = None

    def __call__(self, history: History) -> None:
        from IPython.display import display

        figure = plot_history(history)
        if self._handle is None:
            self._handle = display(figure, display_id=True)
        else:
            self._handle.update(figure)
