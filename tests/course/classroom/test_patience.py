"""What computes for too long is stopped, in every thread; what waits is not."""

from __future__ import annotations

import threading
import time

import pytest

from course.classroom import patience
from course.classroom.patience import TooLong, within


def endless() -> None:
    with within(0.1):
        while True:
            sum(range(100))


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    monkeypatch.setattr(patience, "TICK", 0.02)


def test_what_does_not_end_is_stopped():
    with pytest.raises(TooLong):
        endless()


def test_in_another_thread_too():
    found = []

    def work():
        try:
            endless()
        except TooLong as error:
            found.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(60)
    assert len(found) == 1


def test_waiting_costs_nothing():
    with within(0.1):
        time.sleep(0.3)


def test_afterwards_nothing_comes_any_more():
    for _ in range(5):
        try:
            with within(0.01):
                begun = time.thread_time()
                while time.thread_time() < begun + 0.03:
                    pass
        except TooLong:
            pass
        else:
            pytest.fail("it computed for three times as long")
    begun = time.thread_time()
    while time.thread_time() < begun + 0.1:
        pass
    assert threading.active_count() < 20
