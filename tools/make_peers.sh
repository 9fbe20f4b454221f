#!/bin/sh
# Make the environment FOLDER, in which the benchmarks' peers run: what
# benchmarks/peers.txt lists, as far as it can be had. PIP_FLAGS are pip's.
set -eu
folder=$1
here=$(dirname "$0")

pip() {
    "$folder/bin/python" -m pip install --disable-pip-version-check \
        -c "$here/../constraints.txt" ${PIP_FLAGS:-} "$@"
}

"$here/make_venv.sh" "$folder"
pip -e "$here/..[cpu]" # the networks' numbers come from it, and NumPy's bounds
sed 's/ *#.*//; /^$/d' "$here/../benchmarks/peers.txt" | while read -r peer; do
    # shellcheck disable=SC2086  # a line may name several packages
    pip $peer || echo "Not to be had here: $peer. Its rows will say so." >&2
done
