"""The packages; everything else is in pyproject.toml.

The built notebooks stand at the root, where people look for them, and are installed as
part of the course.
"""

from pathlib import Path

from setuptools import find_namespace_packages, setup

# Executed solutions are not installed. The exercises' sources are, solutions included:
# `gluon-course release` makes the students' notebooks of them.
KINDS = ("lessons", "exercises")
FOLDERS = {f"course.notebooks.{kind}": f"notebooks/{kind}" for kind in KINDS}
# before the first build there are none
built = {name: folder for name, folder in FOLDERS.items() if Path(folder).is_dir()}

setup(
    packages=[*find_namespace_packages(include=["gluon_nets*", "course*"]), *built],
    package_dir=built,
)
