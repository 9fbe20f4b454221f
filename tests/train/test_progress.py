"""Progress: seen where someone looks, and the host never far ahead of the device."""

from __future__ import annotations

import io
import sys

import mxnet as mx
import pytest

from gluon_nets.train.progress import Progress, Throttle, in_notebook
from gluon_nets.train.trainer import _live_curves


class Terminal(io.StringIO):
    def isatty(self):
        return True


def shown(monkeypatch, stream, show) -> str:
    """What a bar of two steps with a line between them writes."""
    monkeypatch.setattr(sys, "stderr", stream)
    with Progress(2, "some title", show) as bar:
        bar.step("epoch 1/1")
        bar.line("a line")
        bar.step()
    return stream.getvalue()


@pytest.mark.parametrize(
    "stream, show, line, bar",
    [
        (Terminal, None, True, True),
        (Terminal, True, True, True),
        (Terminal, False, False, False),
        (io.StringIO, None, False, False),
        (io.StringIO, True, True, False),
        (io.StringIO, False, False, False),
    ],
)
def test_what_is_shown_where(monkeypatch, capsys, stream, show, line, bar):
    text = shown(monkeypatch, stream(), show)
    assert ("a line\n" in text) == line
    assert ("epoch 1/1" in text) == bar
    assert text == "" or line, "something else was written"
    assert capsys.readouterr().out == "", "stdout is for results"


def test_a_resumed_bar_begins_where_it_was(monkeypatch):
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    with Progress(10, "title", True, done=7):
        assert "7/10" in stream.getvalue()


def test_throttle_gives_back_what_was_queued_in_order():
    throttle = Throttle(ahead=3)
    sums = [mx.np.array([2.0 * n, n, n]) for n in range(1, 9)]
    found = [throttle.add([array]) for array in sums]
    assert found[:3] == [None] * 3
    assert [score.images for score in found[3:]] == [1, 2, 3, 4, 5]
    assert {(score.loss, score.accuracy) for score in found[3:]} == {(2.0, 1.0)}


def test_a_kernel_that_is_only_imported_is_no_notebook():
    pytest.importorskip("ipykernel.kernelapp")
    assert not in_notebook()


@pytest.mark.parametrize("progress", [None, True, False])
def test_no_curves_are_drawn_outside_notebooks(progress, monkeypatch):
    monkeypatch.setattr("gluon_nets.plot.LiveCurves", None)  # not even made
    assert _live_curves(progress)(None) is None


@pytest.mark.parametrize("progress, live", [(None, True), (True, True), (False, False)])
def test_curves_in_a_notebook_unless_quiet(progress, live, monkeypatch):
    monkeypatch.setattr("gluon_nets.train.trainer.in_notebook", lambda: True)
    monkeypatch.setattr("gluon_nets.plot.LiveCurves", lambda: "curves")
    assert (_live_curves(progress) == "curves") == live
