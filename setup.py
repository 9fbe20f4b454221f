"""The packages; everything else is in pyproject.toml.

The built notebooks stand at the root, where people look for them, and are installed as
part of the course.
"""

from pathlib import Path

from setuptools import find_namespace_packages, setup

KINDS = ("lessons", "exercises")  # solutions are an instructor's, who has the sources
FOLDERS = {f"course.notebooks.{kind}": f"notebooks/{kind}" for kind in KINDS}
# before the first build there are none
built = {name: folder for name, folder in FOLDERS.items() if Path(folder).is_dir()}

setup(
    packages=[*find_namespace_packages(include=["gluon_nets*", "course*"]), *built],
    package_dir=built,
)
