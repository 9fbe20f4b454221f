"""The filter, run step by step as the system would."""

from __future__ import annotations

import os
import struct

import pytest

from course.grading.sandbox import seccomp

ALLOWED, KILLED = 0x7FFF0000, 0x80000000
EPERM, ENOSYS, EAFNOSUPPORT = 0x50001, 0x50000 | 38, 0x50000 | 97
ARCHES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}


def verdict(machine, number, argument=0, arch=None):
    """What the filter says to a call."""
    code = seccomp.program(machine)
    steps = [struct.unpack_from("=HBBI", code, at) for at in range(0, len(code), 8)]
    seen = struct.pack("=iIQQ", number, arch or ARCHES[machine], 0, argument)
    at = loaded = 0
    while True:
        kind, yes, no, value = steps[at]
        at += 1
        if kind == 0x06:
            return value
        if kind == 0x20:
            loaded = struct.unpack_from("=I", seen, value)[0]
        elif kind == 0x15:
            at += yes if loaded == value else no
        elif kind == 0x35:
            at += yes if loaded >= value else no


@pytest.mark.parametrize("machine", ARCHES)
def test_calls_to_look_into_others_are_denied(machine):
    column = list(ARCHES).index(machine)
    for numbers in seccomp._DENIED.values():
        assert verdict(machine, numbers[column]) == EPERM
    for number in seccomp._COMMON.values():
        assert verdict(machine, number) == EPERM


@pytest.mark.parametrize("machine", ARCHES)
def test_other_calls_are_allowed(machine):
    column = list(ARCHES).index(machine)
    denied = {pair[column] for pair in seccomp._DENIED.values()}
    denied |= {*seccomp._COMMON.values(), seccomp._SOCKET[column]}
    for number in set(range(450)) - denied:
        assert verdict(machine, number) == ALLOWED


@pytest.mark.parametrize("machine, number", [("x86_64", 41), ("aarch64", 198)])
@pytest.mark.parametrize("family", range(50))
def test_sockets_are_of_the_usual_families(machine, number, family):
    usual = family in (1, 2, 10, 16)
    # of the 64 bits of an argument the system takes 32
    for argument in (family, family + 2**32):
        assert verdict(machine, number, argument) == (
            ALLOWED if usual else EAFNOSUPPORT
        )


def test_another_interface_is_no_way_around():
    assert verdict("x86_64", 0x40000000 | 101) == ENOSYS
    assert verdict("x86_64", 101, arch=0x40000003) == KILLED


def test_a_machine_without_a_table_has_no_filter():
    assert seccomp.program("riscv64") == b""


def test_bubblewrap_gets_all_of_it():
    with os.fdopen(seccomp.descriptor(), "rb") as file:
        assert file.read() == seccomp.program()
