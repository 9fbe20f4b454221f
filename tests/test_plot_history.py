"""Curves: real image files, from any number of epochs."""

from __future__ import annotations

import struct
import sys
import types
from xml.etree import ElementTree

import pytest

from gluon_nets.plot import LiveCurves, plot_history
from gluon_nets.train import Epoch, History

ABOUT = {"net_name": "some_net", "data": {"name": "some-data"}, "params": 1234567}
TEST = {"loss": 0.3, "accuracy": 0.9123, "images": 100}


def history(count: int, **fields) -> History:
    epochs = [
        Epoch(n, 1 / n, 1 - 0.5 / n, 1.5 / n, 1 - 0.7 / n, 0.1, 2.0, 50.0)
        for n in range(1, count + 1)
    ]
    return History(epochs, **fields)


@pytest.mark.parametrize("count, about", [(0, {}), (1, {}), (1, ABOUT), (30, ABOUT)])
def test_png(tmp_path, count, about):
    path = tmp_path / "curves.png"
    plot_history(history(count, about=about), path)
    raw = path.read_bytes()
    assert raw[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", raw[16:24])
    assert (width, height) == (1080, 432), "9 × 3.6 inches at 120 dots"
    assert len(raw) > 5000, "an empty picture"


def test_svg_and_pdf(tmp_path):
    plot_history(history(3), tmp_path / "curves.svg")
    root = ElementTree.parse(tmp_path / "curves.svg").getroot()
    assert root.tag.endswith("svg")
    plot_history(history(3), str(tmp_path / "curves.pdf"))
    assert (tmp_path / "curves.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("split", ["test", "validation"])
def test_the_curves_are_the_historys_numbers(split):
    wanted = history(5, evaluated_on=split)
    loss, accuracy = plot_history(wanted).axes
    for axes, name in ((loss, "loss"), (accuracy, "accuracy")):
        training, evaluated = axes.lines
        for line, column in ((training, name), (evaluated, f"eval_{name}")):
            assert list(line.get_xdata()) == wanted.column("epoch")
            assert list(line.get_ydata()) == wanted.column(column)
        assert [t.get_text() for t in axes.get_legend().texts] == ["training", split]
        assert axes.get_xlabel() == "epoch"


@pytest.mark.parametrize("count", [1, 2, 7])
def test_epochs_are_whole_numbers(count):
    figure = plot_history(history(count))
    figure.draw_without_rendering()
    for axes in figure.axes:
        ticks = axes.get_xticks().tolist()
        assert ticks == [int(tick) for tick in ticks]


def headline(shown: History) -> str:
    return "".join(text.get_text() for text in plot_history(shown).texts)


def test_the_headline_says_what_it_was():
    words = ["some_net on some-data", "1,234,567 parameters", "test accuracy 91.23%"]
    assert headline(history(1, about=ABOUT, test=TEST)) == ", ".join(words)
    assert headline(history(1, about={**ABOUT, "params": 0})) == words[0]
    assert headline(history(1)) == ""


def test_no_window_and_no_global_state():
    import matplotlib

    def windows():
        pyplot = sys.modules.get("matplotlib.pyplot")
        return pyplot.get_fignums() if pyplot else []

    before, open_before = matplotlib.rcParams.copy(), windows()
    history(2).plot()
    assert matplotlib.rcParams == before
    assert windows() == open_before


def test_a_suffix_that_is_no_format(tmp_path):
    with pytest.raises(ValueError, match="nonsense"):
        history(1).plot(tmp_path / "curves.nonsense")


class Shown:
    """Stands for IPython's display: notes what is shown, and what is redrawn."""

    def __init__(self):
        self.figures, self.updates = [], []

    def __call__(self, figure, display_id=False):
        assert display_id, "without an id it cannot be redrawn"
        self.figures.append(figure)
        return types.SimpleNamespace(update=self.updates.append)


def test_live_curves_are_redrawn_in_place(monkeypatch):
    shown = Shown()
    module = types.SimpleNamespace(display=shown)
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace())
    monkeypatch.setitem(sys.modules, "IPython.display", module)
    curves = LiveCurves()
    for count in (1, 2, 3):
        curves(history(count))
    assert (len(shown.figures), len(shown.updates)) == (1, 2)
    assert len(shown.updates[-1].figure().axes[0].lines[0].get_xdata()) == 3
