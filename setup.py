"""The packages; everything else is in pyproject.toml.

The built notebooks stand at the root, where people look for them, and are installed as
part of the course.
"""

from setuptools import find_namespace_packages, setup

setup(
    packages=[
        *find_namespace_packages(include=["gluon_nets*", "course*"]),
        "course.notebooks.lessons",
    ],
    package_dir={"course.notebooks.lessons": "notebooks/lessons"},
    package_data={"course.notebooks.lessons": ["*.ipynb"]},
)
