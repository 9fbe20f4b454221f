"""What a submission can reach: each probe is a cell of one real notebook."""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
from contextlib import nullcontext

import pytest

from course.grading.sandbox import view
from tests.course.grading.sandbox.notebooks import cold, error, outputs, run

SECRET = "a-secret-of-the-instructor"
CALLS = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
def call(name, *arguments):
    if getattr(libc, name)(*arguments) < 0:
        raise OSError(ctypes.get_errno(), name)
def listed(path):
    if not os.listdir(path):
        raise FileNotFoundError(path)
"""
# name: (source, errors any of which is right); {…} are the values of the fixture
PROBES = {
    "environment of the grader": (
        "import os\n"
        "own = str(dict(os.environ)) + open('/proc/1/environ').read()\n"
        "if '{secret}' not in own: raise LookupError",
        {"LookupError"},
    ),
    "a file of the host": ("open('{file}').read()", {"FileNotFoundError"}),
    "home": (
        "if not set(os.listdir('{home}')) - set({shown}): raise FileNotFoundError",
        {"FileNotFoundError"},
    ),
    "the clone": ("open('{clone}/pyproject.toml')", {"FileNotFoundError"}),
    "its history": ("listed('{clone}/.git')", {"FileNotFoundError"}),
    "the solutions": ("listed('{clone}/course/exercises')", {"FileNotFoundError"}),
    "passwords": ("open('/etc/shadow')", {"FileNotFoundError"}),
    "users": ("open('/etc/passwd')", {"FileNotFoundError"}),
    "logs": ("listed('/var')", {"FileNotFoundError"}),
    "the system's tree": ("listed('/sys')", {"FileNotFoundError"}),
    "other processes": (
        "if sum(map(str.isdigit, os.listdir('/proc'))) <= 3: raise LookupError",
        {"LookupError"},
    ),
    "the runner's memory": ("open(f'/proc/{{os.getppid()}}/mem')", {"PermissionError"}),
    "the runner's files": ("listed(f'/proc/{{os.getppid()}}/fd')", {"PermissionError"}),
    "the result of the first process": (
        "for fd in set(os.listdir('/proc/1/fd')) - {{'0', '2'}}:\n"
        "    if os.readlink(f'/proc/1/fd/{{fd}}').startswith('pipe'): raise OSError\n"
        "raise LookupError",
        {"LookupError"},
    ),
    "the runner by ptrace": (
        "call('ptrace', 16, os.getppid(), 0, 0)",
        {"PermissionError"},
    ),
    "the first process by ptrace": ("call('ptrace', 16, 1, 0, 0)", {"PermissionError"}),
    "a new user namespace": ("call('unshare', 0x10000000)", {"PermissionError"}),
    "a new mount namespace": ("call('unshare', 0x00020000)", {"PermissionError"}),
    "a mount": ("call('mount', b'x', b'/tmp', b'tmpfs', 0, None)", {"PermissionError"}),
    "a bind made writable": (
        "call('mount', None, b'/usr', None, 0x1020, None)",
        {"PermissionError"},
    ),
    "another root": ("os.chroot('/tmp')", {"PermissionError"}),
    "root": ("os.setuid(0)", {"PermissionError", "OSError"}),
    "su": (
        "import subprocess\n"
        "subprocess.run(['su', '-c', 'true'], stdin=subprocess.DEVNULL, check=True)",
        {"CalledProcessError", "FileNotFoundError"},
    ),
    "capabilities": (
        "caps = [line.split()[1] for line in open('/proc/self/status')\n"
        "        if line.startswith('Cap')]\n"
        "if set(caps) == {{'0' * 16}}: raise LookupError",
        {"LookupError"},
    ),
    "the kernel's keys": ("call('syscall', 250, 0, -3, 1)", {"PermissionError"}),
    "memory without a process": ("os.memfd_create('x')", {"PermissionError"}),
    "memory of System V": ("call('shmget', 0, 4096, 0o1600)", {"PermissionError"}),
    "a server of the host": (
        "import socket\nsocket.create_connection(('127.0.0.1', {port}), 2)",
        {"ConnectionRefusedError"},
    ),
    "the network": (
        "import socket\nsocket.create_connection(('192.0.2.1', 80), 2)",
        {"OSError"},
    ),
    "names of hosts": (
        "import socket\nsocket.getaddrinfo('example.org', 80)",
        {"gaierror"},
    ),
    "raw packets": ("import socket\nsocket.socket(17, 3)", {"OSError"}),
    "the virtual machine's host": ("import socket\nsocket.socket(40, 1)", {"OSError"}),
    "writing to /": ("open('/x', 'w')", {"OSError"}),
    "writing to the system": ("open('/usr/x', 'w')", {"OSError"}),
    "writing to devices": ("open('/dev/x', 'w')", {"OSError"}),
    "writing to Python": ("open('{python}/x', 'w')", {"OSError"}),
    "writing to the project": ("open('{clone}/course/x', 'w')", {"OSError"}),
    "changing a file of the project": (
        "os.chmod('{clone}/course/__init__.py', 0o777)",
        {"OSError", "PermissionError"},
    ),
    "deleting": (
        "import shutil\nshutil.rmtree('{clone}/gluon_nets')",
        {"OSError", "PermissionError"},
    ),
    "a system's setting": ("open('/proc/sys/kernel/hostname', 'w')", {"OSError"}),
    "asking somebody": ("input()", {"StdinNotImplementedError"}),
    "a large file": (
        "with open('/tmp/large', 'wb') as file:\n"
        "    for _ in range(20): file.write(bytes(2**20))",
        {"OSError"},
    ),
    "large files": (
        "for i in range(20):\n    open(f'/tmp/{{i}}', 'wb').write(bytes(8 * 2**20))",
        {"OSError"},
    ),
    "large files that are shared": (
        "for i in range(20):\n"
        "    open(f'/dev/shm/{{i}}', 'wb').write(bytes(8 * 2**20))",
        {"OSError"},
    ),
}
# some errors are told by a name of their class, which depends on the number
ALSO = {"OSError": {"OSError", "PermissionError", "FileNotFoundError"}}


@pytest.fixture(scope="module", params=["cold", "warm"])
def probed(request, sandbox, tmp_path_factory):
    """The execution, of a grader that has things to hide."""
    secret = tmp_path_factory.mktemp("host") / "gradebook.db"
    secret.write_text(SECRET)
    secret.chmod(0o644)
    server = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=_accept, args=(server,), daemon=True).start()
    home = os.path.expanduser("~")
    values = {
        "secret": SECRET,
        "file": str(secret),
        "home": home,
        # Python itself may be there
        "shown": [
            os.path.relpath(path, home).split("/")[0] for path in view.python_folders()
        ],
        "clone": str(view.PROJECT),
        "python": sys.prefix,
        "port": server.getsockname()[1],
    }
    os.environ["GRADER_PASSWORD"] = SECRET
    try:
        sources = [source.format(**values) for source, _ in PROBES.values()]
        with cold() if request.param == "cold" else nullcontext():
            limits = {"cell_seconds": 20, "disk": 40 * 2**20, "file": 10 * 2**20}
            yield run(CALLS, *sources, **limits)
    finally:
        del os.environ["GRADER_PASSWORD"]
        server.close()


def _accept(server):
    try:
        while True:
            server.accept()[0].close()
    except OSError:
        pass


@pytest.mark.parametrize("probe", PROBES)
def test_it_cannot_be_reached(probed, probe):
    cell = list(PROBES).index(probe) + 1
    right = {name for right in PROBES[probe][1] for name in ALSO.get(right, {right})}
    assert error(probed, cell) in right, outputs(probed, cell)


def test_the_submission_is_graded_all_the_same(probed):
    assert probed.status == "done", probed.reason
    assert outputs(probed, 0) == []
    assert SECRET not in json.dumps(probed.notebook["cells"][0]["outputs"])
