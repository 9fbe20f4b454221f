"""Progress that one can see, and a queue of work that stays short."""

from __future__ import annotations

import collections
import sys

from tqdm.auto import tqdm

from gluon_nets.train.metrics import Score, score


def in_notebook() -> bool:
    """Whether this process is a Jupyter kernel, not just one that has its module."""
    kernelapp = sys.modules.get("ipykernel.kernelapp")
    return kernelapp is not None and kernelapp.IPKernelApp.initialized()


class Progress:
    """A bar over many steps, and lines that stay.

    Parameters
    ----------
    total : int
        Number of steps.
    title : str
        What goes on.
    show : bool, optional
        True: lines always, and a bar where someone can see it move (a terminal, a
        notebook). None: both only there. False: neither.
    done : int
        Steps that were done before.
    """

    def __init__(self, total: int, title: str, show: bool | None, done: int = 0):
        visible = in_notebook() or sys.stderr.isatty()
        self._lines = visible if show is None else show
        self._bar = tqdm(
            total=total,
            desc=title,
            initial=done,
            disable=show is False or not visible,
            leave=False,
            dynamic_ncols=True,
        )

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_):
        self._bar.close()

    def step(self, title: str | None = None, now: Score | None = None) -> None:
        """One step is done; `now` are the figures to show beside the bar."""
        if title is not None:
            self._bar.set_description(title, refresh=False)
        if now is not None:
            figures = f"loss {now.loss:.3f}, accuracy {now.accuracy:.1%}"
            self._bar.set_postfix_str(figures, refresh=False)
        self._bar.update()

    def line(self, text: str) -> None:
        """A line that stays above the bar (on stderr: stdout is for results)."""
        if self._lines:
            self._bar.write(text, file=sys.stderr)


class Throttle:
    """Keeps the host a few steps ahead of the device, and no more.

    MXNet returns before the work is done. Unchecked, a loop would queue a whole epoch;
    waiting for each step would leave the device idle between two. So the host waits for
    what was queued a few steps before.
    """

    def __init__(self, ahead: int = 4):
        self._queue = collections.deque()
        self._ahead = ahead

    def add(self, snapshot: list) -> Score | None:
        """Queue a snapshot; the score of the one that fell out, once it is computed."""
        self._queue.append(snapshot)
        if len(self._queue) <= self._ahead:
            return None
        return score(self._queue.popleft())
