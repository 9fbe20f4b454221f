"""One team of OpenMP threads for MXNet, whose members wait awake for a moment.

GNU's OpenMP library gives each thread that computes in parallel a team of its own. With
two teams there are more threads than cores, and the library then lets a thread that
waits for its team sleep at once: in a training step of `regnetx32` some 640 times, each
with a wake-up that takes longer than the wait. MXNet computes on its engine's thread;
a second team comes where the thread of Python computes in parallel too. It does when it
copies a large array from NumPy, which is kept to one thread here, and when it reads an
array that is in oneDNN's layout, see `gluon_nets.train.arrays`.

With one team the library waits awake for some 10 ms before it sleeps. That is best on a
quiet machine, and bad where another program takes a core: a step then waits, awake, for
a thread that cannot run. The number below waits long enough for most of the waits.
`benchmarks/README.md` has what both are worth.
"""

from __future__ import annotations

import os
import sys
from collections.abc import MutableMapping

# variable: value, where the user has not set it
SETTINGS = {
    "MXNET_CPU_PARALLEL_SIZE": str(2**31 - 1),  # the largest that MXNet can read
    "GOMP_SPINCOUNT": "10000",
}


def keep_one_team(environ: MutableMapping[str, str] = os.environ) -> dict[str, str]:
    """Set the variables that the user did not; return those that hold.

    Where ``OMP_WAIT_POLICY`` is set, how to wait is the user's choice: left alone.

    They are read when the libraries are loaded: where MXNet was imported before,
    nothing is set.
    """
    if "mxnet" not in sys.modules:
        for name, value in SETTINGS.items():
            if name != "GOMP_SPINCOUNT" or not environ.get("OMP_WAIT_POLICY"):
                environ.setdefault(name, value)
    return {name: environ[name] for name in SETTINGS if name in environ}
