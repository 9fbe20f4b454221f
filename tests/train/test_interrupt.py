"""Signals are noticed once, act the second time, and leave no trace."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from gluon_nets.train.interrupt import SIGNALS, interrupts


def handlers() -> list:
    return [signal.getsignal(number) for number in SIGNALS]


def send(number: int) -> None:
    os.kill(os.getpid(), number)


@pytest.fixture
def received():
    """Handlers that note the signals; what they noted."""
    noted = []
    before = handlers()
    for number in SIGNALS:
        signal.signal(number, lambda number, frame: noted.append(number))
    yield noted
    for number, handler in zip(SIGNALS, before):
        signal.signal(number, handler)


@pytest.mark.parametrize("number", SIGNALS)
def test_the_first_signal_raises_a_flag(received, number):
    with interrupts() as interrupted:
        assert not interrupted()
        send(number)
        assert interrupted()
    assert received == [], "the first signal also did what it does elsewhere"


@pytest.mark.parametrize("second", SIGNALS)
@pytest.mark.parametrize("first", SIGNALS)
def test_the_second_signal_acts_as_usual(received, first, second):
    with interrupts() as interrupted:
        send(first)
        send(second)
        assert received == [second]
        assert interrupted()


def test_a_second_ctrl_c_is_a_keyboard_interrupt():
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt), interrupts():
            send(signal.SIGINT)
            send(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("signals", [(), SIGNALS[:1], SIGNALS])
def test_handlers_are_restored(received, signals):
    before = handlers()
    with interrupts():
        assert handlers() != before
        for number in signals:
            send(number)
    assert handlers() == before


def test_handlers_are_restored_after_an_error(received):
    before = handlers()
    with pytest.raises(ZeroDivisionError), interrupts():
        raise ZeroDivisionError
    assert handlers() == before


def test_in_another_thread_nothing_changes(received):
    before, seen = handlers(), []

    def work():
        with interrupts() as interrupted:
            seen.extend([handlers(), interrupted()])

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before, False]
    assert handlers() == before
