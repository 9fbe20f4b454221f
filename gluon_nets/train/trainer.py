"""The trainer: epochs, evaluation, checkpoints, and every way a run can end."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

import numpy as onp
from mxnet import npx

from gluon_nets.environment import resolve_devices
from gluon_nets.graph import name_of
from gluon_nets.train.checkpoint import CheckpointError, Store
from gluon_nets.train.evaluate import run_evaluation
from gluon_nets.train.folder import check_unused, held
from gluon_nets.train.history import Epoch, History
from gluon_nets.train.identity import about, check_same, identity, versions
from gluon_nets.train.interrupt import interrupts
from gluon_nets.train.progress import Progress, Throttle, in_notebook
from gluon_nets.train.recipe import Recipe
from gluon_nets.train.run import Run, wait
from gluon_nets.train.setup import check_fits, place


class Diverged(ArithmeticError):
    """The loss or a parameter is no longer a finite number."""

    exit_code = 1


class Interrupted(KeyboardInterrupt):
    """Stopped by a signal; the message says what was saved and how to go on."""


class Trainer:
    """Trains a network.

    Parameters
    ----------
    max_epochs : int
        Passes over the training images.
    device : str or list, optional
        'auto' (a GPU that works, else the CPU), 'cpu', 'gpu', 'gpu:0,1', or a list of
        ``mx.Context``. A batch is shared out among several devices.
    out : path, optional
        Folder for checkpoints (last.ckpt, previous.ckpt), history.json and curves.png.
    resume : bool
        Go on from the newest checkpoint in `out`, where there is one.
    progress : bool, optional
        None: a bar where someone sees it; True: lines for each epoch in any case;
        False: quiet.
    checkpoint_minutes : float
        A checkpoint is written after each epoch, and within it after so much time.
    **recipe
        The fields of `Recipe`: lr, optimizer, momentum, schedule, ...

    Examples
    --------
    >>> net = gn.get_net('regnetx32')
    >>> data = gn.FashionMNIST(batch_size=128, resize=32, subset='sample')
    >>> history = gn.Trainer(max_epochs=8, lr=0.1, momentum=0.9).fit(net, data)
    """

    def __init__(
        self,
        max_epochs: int = 10,
        *,
        device="auto",
        out: str | Path | None = None,
        resume: bool = False,
        progress: bool | None = None,
        checkpoint_minutes: float = 5.0,
        **recipe,
    ):
        self.recipe = Recipe(max_epochs=max_epochs, **recipe)
        self.device, self.progress, self.resume = device, progress, resume
        self.checkpoint_minutes = checkpoint_minutes
        self.store = Store(out) if out is not None else None
        if not checkpoint_minutes >= 0:
            raise ValueError(
                f"checkpoint_minutes is {checkpoint_minutes!r}: it must be 0 or more"
            )
        if resume and self.store is None:
            raise ValueError("resume needs out: the folder to resume from")

    def fit(self, net, data) -> History:
        """Train a network on the training part of the data.

        After each epoch it is evaluated on the validation part, or on the test part
        where the data has no other; no choice is made by the latter.

        Returns
        -------
        History

        Raises
        ------
        ValueError
            Where network, data, devices and recipe do not fit together.
        CheckpointError
            Where `out` holds another run, its checkpoint cannot be used, nothing can
            be written there, or another process trains in it just now.
        Diverged
            Where the loss is no finite number any more; the last good checkpoint stays.
        Interrupted
            After Ctrl-C or SIGTERM; the run is saved where there is a folder for it.
        """
        npx.set_np()  # MXNet's switch is each thread's own
        devices = resolve_devices(self.device)
        if self.recipe.patience and data.validation is None:
            raise ValueError(
                "patience needs a validation part (FashionMNIST(validation=0.1)): the "
                "test images are not used for choices"
            )
        check_fits(net, data)
        data.train_batches(devices, epoch=0)  # refuses what cannot be shared out
        place(net, devices)
        run = Run(net, data, self.recipe, devices)
        alone = (
            contextlib.nullcontext() if self.store is None else held(self.store.folder)
        )
        with alone:
            return self._fit(run)

    def _fit(self, run: Run) -> History:
        data = run.data
        note = self._open(run) if self.store is not None else ""
        run.history.evaluated_on = "test" if data.validation is None else "validation"
        steps = data.steps_per_epoch * self.recipe.max_epochs
        title = name_of(run.net)
        with Progress(steps, title, self.progress, done=run.updates) as bar:
            if note:
                bar.line(note)
            with interrupts() as interrupted:
                self._epochs(run, bar, interrupted)
                self._finish(run, bar)
        return run.history

    def _epochs(self, run: Run, bar: Progress, interrupted) -> None:
        curves = _live_curves(self.progress)
        while run.epoch < self.recipe.max_epochs and not run.history.stopped:
            self._train_epoch(run, bar, interrupted)
            self._record(run, bar)
            curves(run.history)
            if interrupted() and run.epoch < self.recipe.max_epochs:
                self._interrupt(run)

    def _train_epoch(self, run: Run, bar: Progress, interrupted) -> None:
        throttle, before, begin = Throttle(), run.seconds, time.perf_counter()
        saved = begin
        title = f"epoch {run.epoch + 1}/{self.recipe.max_epochs}"
        batches = run.data.train_batches(run.devices, run.epoch, start=run.step)
        for images, labels in batches:
            run.train_step(images, labels)
            seen = throttle.add(run.meter.snapshot())
            if seen is not None and not onp.isfinite(seen.loss):
                self._diverge(run)
            bar.step(title, seen)
            now = time.perf_counter()
            run.seconds = before + now - begin
            if interrupted():
                self._interrupt(run)
            if self.store is not None and now - saved > 60 * self.checkpoint_minutes:
                self._save(run)
                saved = time.perf_counter()
        wait()  # the time of an epoch is the time of its work
        run.seconds = before + time.perf_counter() - begin

    def _record(self, run: Run, bar: Progress) -> None:
        """Evaluate, add the epoch to the history, save."""
        train = run.meter.score()
        run.average_statistics()
        split = run.history.evaluated_on
        found = run_evaluation(run.net, run.data, split, run.devices)
        # the parameters too: oneDNN's ReLU makes 0 of a NaN, and the loss looks sound
        if not (onp.isfinite([train.loss, found.loss]).all() and run.is_finite()):
            self._diverge(run)
        epoch = Epoch(
            epoch=run.epoch + 1,
            loss=train.loss,
            accuracy=train.accuracy,
            eval_loss=found.loss,
            eval_accuracy=found.accuracy,
            lr=float(run.schedule(run.updates)),
            seconds=run.seconds,
            images_per_second=train.images / run.seconds,
        )
        run.history.epochs.append(epoch)
        run.history.stopped = self._verdict(run)
        run.history.about = about(run)
        run.next_epoch()
        self._save(run)
        self._publish(run)
        bar.line(
            f"epoch {epoch.epoch:>{len(str(self.recipe.max_epochs))}}"
            f"/{self.recipe.max_epochs}  loss {epoch.loss:.3f}  "
            f"accuracy {epoch.accuracy:.1%}  {split} loss {epoch.eval_loss:.3f}  "
            f"{split} accuracy {epoch.eval_accuracy:.2%}  "
            f"lr {epoch.lr:.4g}  {epoch.images_per_second:,.0f} images/s"
        )

    def _verdict(self, run: Run) -> str:
        """Why to stop after the epoch that was just recorded, or ''."""
        losses, patience = run.history.column("eval_loss"), self.recipe.patience
        if len(losses) >= self.recipe.max_epochs:
            return "finished"
        if patience and len(losses) - 1 - int(onp.argmin(losses)) >= patience:
            return "no improvement"
        return ""

    def _finish(self, run: Run, bar: Progress) -> None:
        """The test images, once; then the run's files."""
        history = run.history
        if history.test is None:
            last = history.epochs[-1]
            if history.evaluated_on == "test":
                found = (last.eval_loss, last.eval_accuracy, len(run.data.test))
            else:
                test = run_evaluation(run.net, run.data, "test", run.devices)
                found = (test.loss, test.accuracy, test.images)
            history.test = dict(zip(("loss", "accuracy", "images"), found))
            self._save(run)
        self._publish(run)
        bar.line(
            f"{name_of(run.net)}: test accuracy {history.test['accuracy']:.2%} after "
            f"{len(history)} epochs, {history.seconds:.0f} s of training"
        )

    def _open(self, run: Run) -> str:
        """Resume the run in the folder, or make sure that none is there.

        Returns what is to be said of it, or ''.
        """
        path = self.store.newest()
        if path is None:
            check_unused(self.store.folder)
            new = f"{self.store.folder} holds nothing to resume: starting anew"
            return new if self.resume else ""
        if not self.resume:
            raise CheckpointError(
                f"{self.store.folder} holds a run already: resume it (--resume, "
                "resume=True), or choose another folder"
            )
        meta, arrays = self.store.load()
        check_same(meta, identity(run), path)
        run.restore(meta, arrays, path)
        note = f"resumed from {path}, epoch {run.epoch + 1}, step {run.step}"
        if meta["versions"] != versions():
            note += (
                "; other versions or threads than before: the numbers will differ in "
                "their last digits from those of an uninterrupted run"
            )
        return note

    def _save(self, run: Run) -> None:
        if self.store is None:
            return
        if not run.is_finite():
            self._diverge(run)
        numbers, arrays = run.state()
        self.store.save({**identity(run), **numbers}, arrays)

    def _publish(self, run: Run) -> None:
        """The files that people read, unless they are up to date."""
        if self.store is None:
            return
        path = self.store.folder / "history.json"
        if not path.exists() or path.read_text() != run.history.to_text():
            run.history.to_json(path)
            run.history.plot(self.store.folder / "curves.png")

    def _interrupt(self, run: Run) -> None:
        done = f"{run.epoch} of {self.recipe.max_epochs} epochs and {run.step} steps"
        if self.store is None:
            raise Interrupted(f"stopped after {done}; nothing saved: no folder (out)")
        self._save(run)
        raise Interrupted(
            f"stopped after {done}; saved in {self.store.last}: the same command with "
            "--resume (resume=True) goes on from there"
        )

    def _diverge(self, run: Run) -> None:
        kept = self.store.newest() if self.store is not None else None
        where = f"; {kept} is the last good checkpoint" if kept else ""
        raise Diverged(
            f"the loss is not finite in epoch {run.epoch + 1} (update {run.updates}, "
            f"lr {run.lr:.4g}): try a lower lr, warmup_epochs, or clip_norm{where}"
        )


def _live_curves(progress: bool | None):
    """A function that redraws the curves in a notebook; elsewhere one that does not."""
    if progress is False or not in_notebook():
        return lambda history: None
    from gluon_nets.plot import LiveCurves

    return LiveCurves()
