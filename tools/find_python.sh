#!/bin/sh
# Print the first Python that fits: 3.8 to 3.11, able to make virtual environments.
# Each one is run, not only looked up: a pyenv shim may stand for a Python that is not
# there, and Debian packs `ensurepip` apart from Python.
set -u

fits() {
    "$1" -c 'import sys
assert (3, 8) <= sys.version_info[:2] <= (3, 11)
import ensurepip, venv' >/dev/null 2>&1
}

version() {
    "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null
}

seen=
for python in "${PYTHON:-}" python3.11 python3.10 python3.9 python3.8 python3; do
    [ -n "$python" ] || continue
    if fits "$python"; then
        command -v "$python"
        exit 0
    fi
    found=$(version "$python") && seen="$seen $python ($found)"
    if [ "$python" = "${PYTHON:-}" ]; then
        echo "PYTHON=$python does not fit; looking for another" >&2
    fi
done

cat >&2 <<END
No Python fits. Needed: Python 3.8 to 3.11 (MXNet 1.9.1 and its NumPy have no newer
ones), with the modules venv and ensurepip. Seen:${seen:- none}.

Any one of these helps:
  Debian 12:          sudo apt-get install python3.11 python3.11-venv
  Debian 11:          sudo apt-get install python3.9 python3.9-venv
  Ubuntu 22.04:       sudo apt-get install python3.10 python3.10-venv
  later ones ship newer Pythons only; there, and elsewhere:
    uv:               uv python install 3.11
    pyenv:            pyenv install 3.11 && pyenv global 3.11
    conda:            conda create -n py311 python=3.11 && conda activate py311
    Ubuntu, deadsnakes: sudo add-apt-repository ppa:deadsnakes/ppa &&
                      sudo apt-get install python3.11 python3.11-venv
Then again; \`make PYTHON=/path/to/python3.11 ...\` names one that is not on the PATH.
END
exit 1
