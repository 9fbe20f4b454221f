#!/bin/sh
# Make the virtual environment FOLDER, unless a fitting one is there already.
# One that was left half made is made anew; a folder that is something else, or whose
# Python does not fit, belongs to the user and is not touched.
set -eu
folder=$1
here=$(dirname "$0")

run() {
    "$folder/bin/python" "$@" >/dev/null 2>&1
}

if run -m pip --version; then
    run -c 'import sys; assert (3, 8) <= sys.version_info[:2] <= (3, 11)' && exit 0
    echo "The Python in $folder is not one of 3.8 to 3.11: remove it, or name" \
        "another folder (make VENV=...)." >&2
    exit 1
fi
if [ -n "$(ls -A "$folder" 2>/dev/null)" ] && [ ! -f "$folder/pyvenv.cfg" ]; then
    echo "$folder is there, but is no virtual environment: name another folder" \
        "(make VENV=...)." >&2
    exit 1
fi
python=$("$here/find_python.sh")
echo "Making $folder with $python"
"$python" -m venv --clear "$folder"
# The one that comes with Python 3.8 and 3.9 (23.0) takes over five minutes to choose
# releases where a later one takes half a minute; 25.0 is the last for 3.8.
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check \
    "pip>=24.1,<27" || echo "pip stays as old as it is: set-up may take long." >&2
