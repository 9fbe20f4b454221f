"""Calls to the system that no exercise needs, as a filter that the system applies.

They are ways to look into other processes, to new mounts and namespaces, to memory that
belongs to no process and so is not counted, and parts of the system in which faults are
found most often. The filter is a program for the kernel's packet filter (seccomp(2)).
"""

from __future__ import annotations

import os
import struct

_EPERM, _EAFNOSUPPORT, _ENOSYS = 1, 97, 38
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_NUMBER, _ARCH, _ARGUMENT = 0, 4, 16  # where these are in what the filter sees
_X32 = 0x40000000  # numbers from here on are those of another interface
_FAMILIES = (1, 2, 10, 16)  # of sockets: unix, inet, inet6, netlink

# of both architectures
_COMMON = {
    "io_uring_setup": 425,
    "io_uring_enter": 426,
    "io_uring_register": 427,
    "open_tree": 428,
    "move_mount": 429,
    "fsopen": 430,
    "fsconfig": 431,
    "fsmount": 432,
    "fspick": 433,
    "pidfd_getfd": 438,
    "mount_setattr": 442,
    "memfd_secret": 447,
}
# name: (x86_64, aarch64)
_DENIED = {
    "acct": (163, 89),
    "add_key": (248, 217),
    "bpf": (321, 280),
    "chroot": (161, 51),
    "delete_module": (176, 106),
    "finit_module": (313, 273),
    "init_module": (175, 105),
    "kcmp": (312, 272),
    "kexec_file_load": (320, 294),
    "kexec_load": (246, 104),
    "keyctl": (250, 219),
    "memfd_create": (319, 279),
    "mount": (165, 40),
    "msgget": (68, 186),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "perf_event_open": (298, 241),
    "pivot_root": (155, 41),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "ptrace": (101, 117),
    "quotactl": (179, 60),
    "reboot": (169, 142),
    "request_key": (249, 218),
    "semget": (64, 190),
    "setns": (308, 268),
    "shmget": (29, 194),
    "swapoff": (168, 225),
    "swapon": (167, 224),
    "syslog": (103, 116),
    "umount2": (166, 39),
    "unshare": (272, 97),
    "userfaultfd": (323, 282),
}
_SOCKET = (41, 198)
_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}


def program(machine: str | None = None) -> bytes:
    """The filter for a machine, by default this one; empty where none is written."""
    column, arch = _MACHINES.get(machine or os.uname().machine, (None, 0))
    if column is None:
        return b""
    numbers = sorted([*_COMMON.values(), *(pair[column] for pair in _DENIED.values())])
    count, families = len(numbers), len(_FAMILIES)
    steps = [
        (_LOAD, 0, 0, _ARCH),
        (_EQUAL, 1, 0, arch),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, _X32),
        (_RETURN, 0, 0, _ERRNO | _ENOSYS),
        (_EQUAL, count + 2, 0, _SOCKET[column]),
        # over the ones that follow, and the permission
        *((_EQUAL, count - at, 0, number) for at, number in enumerate(numbers)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _ERRNO | _EPERM),
        (_LOAD, 0, 0, _ARGUMENT),
        *((_EQUAL, families - at, 0, name) for at, name in enumerate(_FAMILIES)),
        (_RETURN, 0, 0, _ERRNO | _EAFNOSUPPORT),
        (_RETURN, 0, 0, _ALLOW),
    ]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def descriptor() -> int:
    """A file descriptor from which bubblewrap can read the filter; to be closed."""
    read, write = os.pipe()
    with os.fdopen(write, "wb") as file:  # far less than a pipe holds
        file.write(program())
    return read
