"""Locks of files and folders; that they end with a process is tested by their users."""

from __future__ import annotations

import sys

import pytest

from gluon_nets.locks import alone


@pytest.mark.skipif(sys.platform == "win32", reason="no such locks")
@pytest.mark.parametrize("name", [".", "lock"])
def test_two_do_not_hold_it_at_a_time(tmp_path, name):
    place = tmp_path / name
    for _ in range(2):
        with alone(place, KeyError("taken")):
            with pytest.raises(KeyError, match="taken"):
                with alone(place, KeyError("taken")):
                    pass


@pytest.mark.skipif(sys.platform == "win32", reason="no such locks")
def test_a_file_system_without_locks_is_no_obstacle(tmp_path, monkeypatch):
    import fcntl

    def flock(*_):
        raise OSError("no locks")

    monkeypatch.setattr(fcntl, "flock", flock)
    with alone(tmp_path, KeyError("taken")):
        pass
