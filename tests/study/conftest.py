"""Studies that need no training."""

from __future__ import annotations

import concurrent.futures

import pytest

from gluon_nets.study.outcome import DONE, Outcome
from gluon_nets.study.pools import WorkerDied
from gluon_nets.study.reader import parse_study
from gluon_nets.study.running import fill
from gluon_nets.study.store import Store

SOURCE = """
name = "small"
designs = 6
seed = 3
[space]
base = "AnyNetX_E"
[training]
data = "sample"
images = 400
held_out = 200
epochs = 2
batch_size = 50
"""


@pytest.fixture
def study():
    return parse_study(SOURCE)


@pytest.fixture
def store(tmp_path, study):
    """A file with the study's designs."""
    with Store(tmp_path / "small.sqlite", study, SOURCE) as store:
        fill(store, study)
        yield store


def outcome_of(arch, error=None):
    """What a network that was not trained might give: a function of its numbers."""
    error = (
        sum(stage.width for stage in arch.stages) % 100 / 200
        if error is None
        else error
    )
    curve = ({"epoch": 1, "error": error, "loss": 1.0},)
    return Outcome(DONE, error, curve, 0.5, "", {"host": "here"})


class Pool:
    """Answers at once, in this process; `lose` says which designs kill their worker."""

    def __init__(self, slots=2, lose=lambda task, time: False, answer=outcome_of):
        self.tasks, self._slots, self._lose, self._answer = [], slots, lose, answer

    def slots(self):
        return self._slots

    def submit(self, task):
        time = sum(t == task for t in self.tasks)
        self.tasks.append(task)
        future = concurrent.futures.Future()
        if self._lose(task, time):
            future.set_exception(WorkerDied("Abnormal termination"))
        else:
            future.set_result(self._answer(task.arch))
        return future

    def outcome(self, future):
        return future.result()


@pytest.fixture
def make_pool():
    return Pool
