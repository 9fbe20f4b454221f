"""nbval on a copy of a notebook, in a process that is watched."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SANITIZE = ROOT / "tests" / "notebooks.sanitize"
# runs a command, and says how large its largest process was; in a process of its own,
# since Linux counts for a child what its parent had when it was made
WATCHED = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:])
print("largest process:", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""


def nbval(folder: Path, mode: str, path: Path, packages: Path = ROOT) -> int:
    """Run nbval on a copy of a notebook, in a folder of its own; all cells must pass.

    nbval starts a kernel where the notebook is: away from the clone, with nothing
    beside it.

    Parameters
    ----------
    folder : Path
        Where the copy's folder is made.
    mode : str
        '--nbval', or '--nbval-lax', which compares no outputs.
    path : Path
        Of the notebook.
    packages : Path
        Where the kernel finds this package.

    Returns
    -------
    int
        Bytes of the largest process.
    """
    pytest.importorskip("nbval")
    nbformat = pytest.importorskip("nbformat")
    pytest.importorskip("ipykernel")
    alone = folder / path.stem
    alone.mkdir()
    copy = Path(shutil.copy(path, alone))
    command = [
        *(sys.executable, "-c", WATCHED, sys.executable),
        *("-m", "pytest", mode, "--nbval-current-env"),
        *("--nbval-sanitize-with", str(SANITIZE), "--nbval-cell-timeout=300"),
        *("-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(alone)),
        str(copy),
    ]
    env = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(packages)}
    env.pop("MPLBACKEND", None)  # these tests' own: with it figures are not shown
    done = subprocess.run(
        command, cwd=alone, env=env, capture_output=True, text=True, timeout=290
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    cells = sum(cell.cell_type == "code" for cell in nbformat.read(copy, 4).cells)
    assert int(re.search(r"(\d+) passed", done.stdout).group(1)) == cells
    return 1024 * int(re.search(r"largest process: (\d+)", done.stdout).group(1))
