"""A study's run: each design once, whatever happens on the way."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import os
import signal
import threading

import pytest

from gluon_nets.study.outcome import FAILED, GUESSING
from gluon_nets.study.reader import parse_study
from gluon_nets.study.running import ATTEMPTS, IN_A_ROW, Stopped, fill, run_study
from gluon_nets.study.store import Store, StoreError
from gluon_nets.study.task import Unfit
from tests.study.conftest import SOURCE, outcome_of


def errors(store):
    return [(row["number"], row["repeat"], row["error"]) for row in store.rows()]


def test_every_design_is_trained_once(store, study, make_pool):
    pool, told = make_pool(), []
    assert run_study(store, study, pool, told=told.append) == "finished"
    assert store.counts() == {"pending": 0, "done": 6}
    assert len(told) == len(pool.tasks) == 6
    expected = [(i, 0, outcome_of(t.arch).error) for i, t in enumerate(pool.tasks)]
    assert errors(store) == expected
    assert run_study(store, study, pool) == "finished"
    assert len(pool.tasks) == 6, "designs were trained anew"


def test_repeats_are_of_the_first_design(store, study, make_pool):
    study, pool = dataclasses.replace(study, repeats=3), make_pool()
    run_study(store, study, pool)
    first = store.rows()[0]["arch"]
    assert [t.repeat for t in pool.tasks] == [0] * 6 + [1, 2, 3]
    assert all(task.arch == first for task in pool.tasks[6:])
    assert store.counts() == {"pending": 0, "done": 6}


def test_a_run_goes_on_where_it_was(store, study, make_pool):
    class Killed(Exception):
        pass

    done = []

    def answer(arch):
        if len(done) == 3:
            raise Killed
        done.append(arch)
        return outcome_of(arch)

    with pytest.raises(Killed):
        run_study(store, study, make_pool(slots=1, answer=answer))
    assert store.counts()["done"] == 3
    pool = make_pool()
    run_study(store, study, pool)
    assert len(pool.tasks) == 3, "more than what was in flight was trained anew"
    assert [task.arch for task in pool.tasks] == [r["arch"] for r in store.rows()[3:]]


def test_a_design_whose_worker_dies_is_tried_again(store, study, make_pool):
    pool = make_pool(lose=lambda task, time: time < ATTEMPTS - 1)
    run_study(store, study, pool)
    assert store.counts() == {"pending": 0, "done": 6}
    assert len(pool.tasks) == 6 * ATTEMPTS


def test_a_design_that_kills_its_workers_is_recorded_as_failed(store, study, make_pool):
    doomed = store.pending()[2][2]
    pool = make_pool(lose=lambda task, time: task.arch == doomed)
    run_study(store, study, pool)
    assert store.counts() == {"pending": 0, "done": 5, "failed": 1}
    (row,) = (row for row in store.rows() if row["status"] == FAILED)
    assert row["arch"] == doomed and row["error"] == GUESSING
    assert row["reason"] == f"its worker died {ATTEMPTS} times: Abnormal termination"
    assert {"host", "gluon_nets", "python"} <= set(row["about"])


def test_the_next_run_tries_again_what_lost_its_worker(store, study, make_pool):
    doomed = store.pending()[2][2]
    run_study(store, study, make_pool(lose=lambda task, time: task.arch == doomed))
    healthy = make_pool()
    assert run_study(store, study, healthy) == "finished"
    assert [task.arch for task in healthy.tasks] == [doomed], "only that one again"
    assert store.counts() == {"pending": 0, "done": 6}
    assert store.rows()[2]["error"] == outcome_of(doomed).error
    assert store.pending() == []


@pytest.mark.parametrize("after", [0, 2])
def test_where_all_workers_die_no_design_is_blamed(store, study, make_pool, after):
    """From the beginning, and after some that were trained."""
    known = [arch for _, _, arch in store.pending()[:after]]
    pool = make_pool(lose=lambda task, time: task.arch not in known)
    with pytest.raises(Unfit, match=f"^{IN_A_ROW} designs in a row lost their workers"):
        run_study(store, study, pool)
    expected = {"pending": 6 - after, "done": after}
    assert {k: n for k, n in store.counts().items() if n} == {
        k: n for k, n in expected.items() if n
    }
    healthy = make_pool()
    run_study(store, study, healthy)
    assert store.counts() == {"pending": 0, "done": 6}
    assert len(healthy.tasks) == 6 - after


def test_an_error_that_is_no_death_is_no_designs_outcome(store, study, make_pool):
    class Elsewhere(make_pool):
        def outcome(self, future):
            raise ModuleNotFoundError("No module named 'gluon_nets'\nand more")

    pool = Elsewhere()
    with pytest.raises(Unfit, match="ModuleNotFoundError: No module .*nets'$"):
        run_study(store, study, pool)
    assert store.counts() == {"pending": 6}
    assert len(pool.tasks) <= 2, "it was tried again"


def test_what_is_done_is_written_before_a_worker_is_found_unfit(
    store, study, make_pool
):
    bad = store.pending()[0][2]

    def lose(future):
        outcome = future.result()
        if outcome.error == outcome_of(bad).error:
            raise Unfit("node7: no images")
        return outcome

    pool = make_pool(slots=6)
    pool.outcome = lose
    with pytest.raises(Unfit, match="node7"):
        run_study(store, study, pool)
    assert store.counts() == {"pending": 1, "done": 5}


def test_fewer_designs_than_were_drawn_before(store, study, make_pool):
    """What was trained stays; what was not is drawn again, if it is asked for."""
    first = store.pending()[0]
    store.record(*first[:2], outcome_of(first[2]))
    for designs, trained in ((2, 1), (6, 4)):
        less, pool = dataclasses.replace(study, designs=designs), make_pool()
        fill(store, less)
        assert store.counts()["pending"] == trained
        run_study(store, less, pool)
        assert len(pool.tasks) == trained
        assert store.counts() == {"pending": 0, "done": designs}
    numbers = [row["number"] for row in store.rows()]
    assert numbers == list(range(6))


def test_a_space_of_other_images_is_not_trained(tmp_path, make_pool):
    paper = parse_study('designs = 2\n[space]\nscale = "paper"')
    with Store(tmp_path / "paper.sqlite", paper) as store:
        for call in (fill, lambda *pair: run_study(*pair, make_pool())):
            with pytest.raises(ValueError, match="can be drawn, but not trained"):
                call(store, paper)


def test_no_design_is_begun_that_would_be_late(store, study, make_pool, monkeypatch):
    from gluon_nets.study import running

    now = [0.0]
    monkeypatch.setattr(running.time, "monotonic", lambda: now[0])

    def answer(arch):  # each takes half a second, see outcome_of
        now[0] += 0.5
        return outcome_of(arch)

    pool = make_pool(slots=1, answer=answer)
    assert run_study(store, study, pool, budget=1.8) == "out of time"
    assert store.counts() == {"pending": 3, "done": 3}, "the fourth ends after 2 s"
    assert run_study(store, study, pool, budget=0) == "out of time"
    assert len(pool.tasks) == 3
    assert run_study(store, study, pool) == "finished"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_when_what_flies_is_done(store, study, make_pool, number):
    assert threading.current_thread() is threading.main_thread()
    sent = []

    def answer(arch):
        if not sent:
            sent.append(os.kill(os.getpid(), number))
        return outcome_of(arch)

    pool = make_pool(slots=2, answer=answer)
    with pytest.raises(
        Stopped, match="[45] designs are left; the same command goes on"
    ):
        run_study(store, study, pool)
    assert store.counts()["done"] == len(pool.tasks) <= 2


def test_a_seed_that_gives_other_designs_is_refused(store, study):
    other = dataclasses.replace(study, designs=8)
    fill(store, other)
    assert sum(store.counts().values()) == 8
    with store._transaction() as base:
        base.execute("UPDATE designs SET arch = 'x' WHERE number = 5")
    with pytest.raises(ValueError, match="another design 5 of seed 3"):
        fill(store, other)


def test_two_seeds_share_a_file(store, study, make_pool, tmp_path):
    other = dataclasses.replace(study, seed=4)
    with Store(store.path, other, SOURCE) as again:
        fill(again, other)
        assert again.counts() == {"pending": 12}
        run_study(again, other, make_pool())
    assert {row["seed"] for row in store.rows()} == {3, 4}


def test_tuning_tries_each_pair_once(study, make_pool):
    from gluon_nets.study.sampling import sample
    from gluon_nets.study.tuning import tune

    arch = sample(study.space, 1, 0).arch(0)

    class Tried(make_pool):
        def submit(self, task):
            lr, decay = task.training.lr, task.training.weight_decay
            self._answer = lambda arch: outcome_of(arch, abs(lr - 0.2) + decay)
            return super().submit(task)

    pool, told = Tried(slots=3), []
    trials = tune(study, arch, [0.1, 0.2, 0.4], [0.01, 0.0], pool, told=told.append)
    assert [(trial.lr, trial.weight_decay) for trial in trials][:2] == [
        (0.2, 0.0),
        (0.2, 0.01),
    ]
    assert len(told) == len(trials) == len(pool.tasks) == 6
    for task in pool.tasks:
        assert task.arch == arch and task.training.images == study.training.images


def test_a_worker_without_images_ends_the_run_and_spoils_no_design(
    store, study, make_pool
):
    from gluon_nets.study.task import Task, work

    absent = dataclasses.replace(study.training, images=7_000)
    task = Task(store.pending()[0][2], absent, 28)
    with pytest.raises(Unfit, match="images is 7000: sample has 5800 training images"):
        work(task)

    class Elsewhere(make_pool):
        def submit(self, task):
            future = concurrent.futures.Future()
            future.set_exception(Unfit("node7: Fashion-MNIST is not on this machine"))
            return future

    with pytest.raises(Unfit, match="node7: Fashion-MNIST is not"):
        run_study(store, study, Elsewhere())
    assert store.counts() == {"pending": 6}


def test_a_study_is_run_by_one_process_at_a_time(store):
    with Store(store.path) as other:
        with store.held():
            with pytest.raises(StoreError, match="belongs to a run that goes on"):
                with other.held():
                    pass
        with other.held():
            pass
    assert [path.name for path in store.path.parent.iterdir()] == [store.path.name]
