"""The packages; everything else is in pyproject.toml.

The built notebooks stand at the root, where people look for them, and are installed as
part of the course.
"""

from pathlib import Path

from setuptools import find_namespace_packages, setup

FOLDERS = {"course.notebooks.lessons": "notebooks/lessons"}
# before the first build there are none
built = {name: folder for name, folder in FOLDERS.items() if Path(folder).is_dir()}

setup(
    packages=[*find_namespace_packages(include=["gluon_nets*", "course*"]), *built],
    package_dir=built,
    package_data={name: ["*.ipynb"] for name in built},
)
